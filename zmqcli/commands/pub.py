"""zmqcli pub."""

from zmqcli.environment import Environment
from zmqcli.exchange.send import send
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.groups import Block, Body, Delivery, Endpoints, Input, LimitOptions, Pace, Records, Security, Socket


@command(
    examples=[
        "zmqcli pub -b 5556 weather 72F",
        "tail -f app.log | zmqcli pub -b 'tcp://*:5556'",
        "zmqcli pub -c tcp://broker:5556 -i 1s -n 60 heartbeat",
    ]
)
def pub(
    environment: Environment,
    body: Body,
    endpoints: Endpoints,
    input: Input,  # noqa: A002 # the group's name
    records: Records,
    limits: LimitOptions,
    pace: Pace,
    delivery: Delivery,
    block: Block,
    socket: Socket,
    security: Security,
) -> None:
    """Publish messages to whoever has subscribed; the first waits for a subscription, not for a connection."""
    # An XPUB, which tells of its subscriptions; on the wire it is a PUB.
    job = Job(
        environment,
        "XPUB",
        endpoints,
        limits,
        socket,
        security=security,
        command="pub",
        records=records,
        input=input,
        pace=pace,
        delivery=delivery,
        block=block,
    )
    source = job.source(job.fixed(body))
    with job.session(publishes=True) as session:
        send(session, source)
