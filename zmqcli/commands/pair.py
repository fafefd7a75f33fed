"""zmqcli pair."""

from zmqcli.environment import Environment
from zmqcli.exchange.duplex import converse
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.groups import (
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
        "zmqcli pair -b 5561",
        "zmqcli pair -c tcp://localhost:5561 -n 1 ping",
        "zmqcli pair -c /tmp/pair -J",
    ]
)
def pair(
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
) -> None:
    """Talk to exactly one peer, both ways."""
    job = Job(
        environment,
        "PAIR",
        endpoints,
        limits,
        socket,
        security=security,
        records=records,
        input=input,
        output=output,
        pace=pace,
        delivery=delivery,
    )
    source, sink = job.source(job.fixed(body), two_way=True), job.sink()
    with job.session(shows=job.writes) as session:
        converse(session, source, sink)
