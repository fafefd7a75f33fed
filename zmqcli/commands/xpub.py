"""zmqcli xpub."""

from zmqcli.environment import Environment
from zmqcli.exchange.duplex import converse, note_subscriptions
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.groups import (
    Block,
    Body,
    Delivery,
    Endpoints,
    Input,
    LimitOptions,
    Output,
    Pace,
    Records,
    Security,
    Socket,
)


@command(
    examples=[
        "zmqcli xpub -b 5556 -O quoted < /dev/null",
        "zmqcli xpub -b 5556 -n 1 -O quoted weather 72F",
        "zmqcli xpub -c tcp://broker:5558 -J",
    ]
)
def xpub(
    environment: Environment,
    body: Body,
    endpoints: Endpoints,
    input: Input,  # noqa: A002 # the group's name
    output: Output,
    records: Records,
    limits: LimitOptions,
    pace: Pace,
    delivery: Delivery,
    socket: Socket,
    security: Security,
    block: Block,
) -> None:
    """Publish, and show the subscriptions that come: byte 1 and a prefix, or byte 0 to end one."""
    job = Job(
        environment,
        "XPUB",
        endpoints,
        limits,
        socket,
        security=security,
        records=records,
        input=input,
        output=output,
        pace=pace,
        delivery=delivery,
        block=block,
    )
    source, sink = job.source(job.fixed(body), two_way=True), job.sink()
    with job.session(shows=job.writes) as session:
        converse(session, source, sink, incoming=note_subscriptions(session))
