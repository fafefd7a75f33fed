"""zmqcli router."""

from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.errors import UsageError
from zmqcli.exchange.duplex import converse
from zmqcli.exchange.source import NoSource
from zmqcli.jobs.arguments import routing_id
from zmqcli.jobs.job import Job
from zmqcli.message import Message, envelope_length
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
from zmqcli.options.types import To, declare


@command(
    examples=[
        "zmqcli router -b 5555 --echo",
        "zmqcli router -b 5555 -J",
        "zmqcli router -b 5555 --exec 'wc -c'",
        "zmqcli router -b 5555 --to 0x006b8b4567 -n 1 hello",
    ]
)
def router(
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
    to: To = None,
    echo: Annotated[
        bool,
        declare("Input", "--echo", None, "Answer with the message itself."),
    ] = False,
    hops: Annotated[
        int,
        declare("Records", "--hops", "N", "Routing ids in front, for chained routers; default 1.", least=1),
    ] = 1,
) -> None:
    """Talk to each of many peers by its routing id, the first frame of every message."""
    given = bool(body.frames or body.file)
    several = len(body.file or ()) + bool(body.frames) > 1
    executes = execution.given
    ways = echo + executes
    if (ways and (ways > 1 or given or to is not None)) or (several and to is None):
        raise UsageError("router answers in one way", hint="give frames to answer with, or --echo, --exec, or --to ID")
    job = Job(
        environment,
        "ROUTER",
        endpoints,
        limits,
        socket,
        security=security,
        records=records,
        input=input,
        output=output,
        pace=pace,
        delivery=delivery,
        routing_ids=hops,
    )
    if executes:
        from zmqcli.jobs.execution import converse_executing

        converse_executing(job, execution, socket)
        return
    answers = echo or (given and to is None)
    fixed = None if echo else job.fixed(body)

    def answer(message: Message) -> Message:
        envelope = envelope_length(message, routing_id=True, delimiter=False, hops=hops)
        return message if fixed is None else [*message[:envelope], *fixed[0]]

    target = [] if to is None else [routing_id(to)]
    source = NoSource() if answers else job.source(fixed, envelope=target, two_way=True)
    sink = job.sink()
    with job.session(shows=job.writes) as session:
        converse(session, source, sink, answer=job.answer(answer) if answers else None)
