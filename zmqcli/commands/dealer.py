"""zmqcli dealer."""

from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.errors import UsageError
from zmqcli.exchange.duplex import converse, without_delimiter
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.exec import Execution
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
from zmqcli.options.types import declare


@command(
    examples=[
        "zmqcli dealer -c tcp://localhost:5555 -n 1 hello",
        "seq 5 | zmqcli dealer -c 5555 --envelope -n 5",
        "zmqcli dealer -b 5560 -J",
    ]
)
def dealer(
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
    execution: Execution,
    envelope: Annotated[
        bool,
        declare("Delivery", "--envelope", None, "Put the empty frame that REP expects first, and take it off replies."),
    ] = False,
    lockstep: Annotated[
        bool,
        declare("Delivery", "--lockstep", None, "Send the next record only after a reply."),
    ] = False,
) -> None:
    """Send and receive at the same time: messages go to its peers in turn, whatever comes is shown."""
    executes = execution.given
    if executes and (body.frames or body.file or lockstep):
        raise UsageError("dealer --exec sends what the command prints", why="and nothing else")
    job = Job(
        environment,
        "DEALER",
        endpoints,
        limits,
        socket,
        security=security,
        records=records,
        input=input,
        output=output,
        pace=pace,
        delivery=delivery,
        delimited=envelope,
    )
    if executes:
        from zmqcli.jobs.execution import converse_executing

        converse_executing(job, execution, socket, incoming=without_delimiter if envelope else None)
        return
    source, sink = job.source(job.fixed(body), envelope=[b""] if envelope else (), two_way=True), job.sink()
    with job.session(shows=job.writes) as session:
        converse(session, source, sink, incoming=without_delimiter if envelope else None, lockstep=lockstep)
