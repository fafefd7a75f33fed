"""zmqcli rep."""

from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.errors import UsageError
from zmqcli.exchange.reply import no_answer, reply
from zmqcli.exchange.source import NoSource
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.exec import Execution
from zmqcli.options.groups import Body, Delivery, Endpoints, Input, LimitOptions, Output, Records, Security, Socket
from zmqcli.options.types import declare
from zmqcli.streams import Stdin


@command(
    examples=[
        "zmqcli rep -b 5555 World",
        "zmqcli rep -b 'tcp://*:5555' --echo",
        "zmqcli rep -b 5555 -n 2 < answers.txt",
        "zmqcli rep -b 5555 --exec 'tr a-z A-Z'",
    ]
)
def rep(
    environment: Environment,
    body: Body,
    endpoints: Endpoints,
    input: Input,  # noqa: A002 # the group's name
    output: Output,
    records: Records,
    limits: LimitOptions,
    delivery: Delivery,
    socket: Socket,
    security: Security,
    execution: Execution,
    echo: Annotated[bool, declare("Input", "--echo", None, "Reply with the request itself.")] = False,
) -> None:
    """Answer each request: with fixed frames, a file, the request itself, a command, or the next record of stdin."""
    if sum([bool(body.frames), bool(body.file), echo, execution.given]) > 1 or len(body.file or ()) > 1:
        hint = "give frames, or one --file, or --echo, or --exec, or records on stdin"
        raise UsageError("rep answers in one way", hint=hint)
    if execution.on_error == "drop":
        raise UsageError("rep cannot drop a reply", why="who has asked would wait for ever", hint="say empty or stop")
    if input.replay is not None:
        raise UsageError("rep has no --replay", why="a reply is due when it is asked for")
    job = Job(
        environment,
        "REP",
        endpoints,
        limits,
        socket,
        security=security,
        records=records,
        input=input,
        output=output,
        delivery=delivery,
    )
    if execution.given:
        from zmqcli.jobs.execution import reply_executing

        reply_executing(job, execution, socket)
        return
    fixed = job.fixed(body)
    if not (fixed or echo) and (stdin := environment.input.what()) is not Stdin.USABLE:
        raise no_answer(stdin.value)
    source = NoSource() if fixed or echo else job.source(None, two_way=True)
    answer = job.answer((lambda message: message) if echo else (lambda _: fixed[0]) if fixed else None)
    sink = job.sink()
    with job.session(shows=job.writes) as session:
        reply(session, source, sink, answer)
