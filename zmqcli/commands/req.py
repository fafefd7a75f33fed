"""zmqcli req."""

from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.exchange.request import request
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
from zmqcli.options.types import Need, declare


@command(
    examples=[
        "zmqcli req -c tcp://localhost:5555 hello",
        "zmqcli req -c 5555 -t 2 --retry 3 status",
        "zmqcli req -c 5555 -J < questions.jsonl",
    ]
)
def req(
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
    retry: Annotated[
        int,
        declare(
            "Delivery",
            "--retry",
            "N",
            "With -t: send again on a fresh socket when no reply came.",
            least=0,
            needs=Need(("-t",), "--retry needs -t", why="without it a reply is waited for as long as it takes"),
        ),
    ] = 0,
) -> None:
    """Send requests and show the replies, one after the other."""
    job = Job(
        environment,
        "REQ",
        endpoints,
        limits,
        socket,
        security=security,
        records=records,
        input=input,
        output=output,
        pace=pace,
        delivery=delivery,
        retry=retry,
    )
    source, sink = job.source(job.fixed(body)), job.sink()
    with job.session(shows=job.writes) as session:
        request(session, source, sink, job.reopen)
