"""zmqcli push."""

from zmqcli.environment import Environment
from zmqcli.exchange.send import send
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.groups import Body, Delivery, Endpoints, Input, LimitOptions, Pace, Records, Security, Socket


@command(
    examples=[
        "zmqcli push -c tcp://localhost:5557 hello",
        "seq 1000 | zmqcli push -b 5557 -w 3",
        "zmqcli push -c 5557 -f photo.jpg",
    ]
)
def push(
    environment: Environment,
    body: Body,
    endpoints: Endpoints,
    input: Input,  # noqa: A002 # the group's name
    records: Records,
    limits: LimitOptions,
    pace: Pace,
    delivery: Delivery,
    socket: Socket,
    security: Security,
) -> None:
    """Send messages to pullers, in turn: each message goes to one of them."""
    job = Job(
        environment,
        "PUSH",
        endpoints,
        limits,
        socket,
        security=security,
        records=records,
        input=input,
        pace=pace,
        delivery=delivery,
    )
    source = job.source(job.fixed(body))
    with job.session() as session:
        send(session, source)
