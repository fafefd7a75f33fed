"""zmqcli monitor."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

from zmqcli.engine.events import clock, watch
from zmqcli.environment import Environment
from zmqcli.errors import OptionError, UsageError
from zmqcli.escaping import safe, safe_json
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.groups import Endpoints, LimitOptions, Security, Socket
from zmqcli.options.types import COUNT, ArgumentRow, Duration, Timeout, declare
from zmqcli.sockets.patterns import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.diagnosis.narration import Told

FORMATS = ("text", "jsonl")


class EventLimits(NamedTuple):
    """How many and how long."""

    messages: Annotated[int | None, declare("Limits", "-n --count", "N", "Events to show.", parser=COUNT)] = None
    timeout: Timeout = None
    duration: Duration = None


@command(
    examples=[
        "zmqcli monitor pull -b 'tcp://*:5557'",
        "zmqcli monitor sub -c localhost:5556 -t 10",
        "zmqcli monitor dealer -c 5555 --duration 1m -O jsonl",
    ]
)
def monitor(
    environment: Environment,
    kind: Annotated[str, ArgumentRow("TYPE", "Type of the socket to open: sub, pull, router, ...")],
    endpoints: Endpoints,
    limits: EventLimits,
    socket: Socket,
    security: Security,
    output: Annotated[
        str, declare("Output", "-O --output", "FORMAT", "How events look: text, or jsonl for scripts.")
    ] = "text",
) -> None:
    """Open a socket and show what happens to its connections. It sends nothing, and shows no messages."""
    name = kind.upper()
    if name not in PATTERNS:
        raise UsageError(f"there is no socket type '{kind}'", hint=f"take one of: {' '.join(PATTERNS).lower()}")
    if output not in FORMATS:
        raise OptionError(f"there is no format '{output}' for events", hint="take text or jsonl")
    job = Job(
        environment,
        name,
        endpoints,
        LimitOptions(duration=limits.duration),
        socket,
        security=security,
        command=f"monitor {name.lower()}",
    )
    show = _jsonl(environment, name) if output == "jsonl" else _text(environment)
    with job.session(shows=True) as session:
        watch(session, show, count=limits.messages, timeout=limits.timeout)


def _text(environment: Environment) -> "Callable[[int, Told], bytes]":
    return lambda _, told: f"{clock(environment.time_ns())} {safe(told.text)}\n".encode("utf-8", "backslashreplace")


def _jsonl(environment: Environment, kind: str) -> "Callable[[int, Told], bytes]":
    import json

    from zmqcli.formats.jsonl import timestamp

    def show(number: int, told: "Told") -> bytes:
        event = {"time": timestamp(environment.time_ns()), "seq": number, "socket": kind, **told._asdict()}
        return safe_json(json.dumps(event)).encode() + b"\n"

    return show
