"""zmqcli top."""

from enum import StrEnum
from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.errors import UsageError
from zmqcli.jobs.arguments import prefixes
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.groups import Endpoints, LimitOptions, Output, Records, Security, Socket, Subscriptions
from zmqcli.options.types import DURATION, ArgumentRow, declare


class TopType(StrEnum):
    """What is watched: what comes to a SUB, or who subscribes at an XPUB."""

    SUB = "sub"
    XPUB = "xpub"


@command(
    examples=[
        "zmqcli top -c tcp://localhost:5556",
        "zmqcli top -c 5556 -s weather -x text,json --duration 10 | jq .topics",
        "zmqcli top xpub -b 'tcp://*:5556'",
    ]
)
def top(
    environment: Environment,
    endpoints: Endpoints,
    subscriptions: Subscriptions,
    output: Output,
    records: Records,
    limits: LimitOptions,
    socket: Socket,
    security: Security,
    every: Annotated[
        float, declare("Output", "--every", "DURATION", "From one look to the next; default 1s.", parser=DURATION)
    ] = 1.0,
    key: Annotated[
        str | None,
        declare("Output", "--key", "TEMPLATE", "What makes messages one topic; default %t, the first frame."),
    ] = None,
    kind: Annotated[
        TopType,
        ArgumentRow("[sub|xpub]", "Count messages, or show who subscribes."),
    ] = TopType.SUB,
) -> None:
    """Show topics as they come: how many messages, how fast, the last value. In a pipe, JSON lines."""
    from zmqcli.top.view import show_subscribers, show_topics

    if kind is TopType.XPUB and any(subscriptions):
        raise UsageError("an XPUB does not subscribe", hint="leave out -s, or xpub")
    if kind is TopType.XPUB and key is not None:
        raise UsageError("subscriptions are topics already", hint="leave out --key, or xpub")
    asked = [] if kind is TopType.XPUB else prefixes(subscriptions)
    job = Job(
        environment,
        kind.value.upper(),
        endpoints,
        limits,
        socket,
        command="top",
        security=security,
        records=records,
        output=output,
        subscriptions=asked,
    )
    if kind is TopType.XPUB:
        show_subscribers(job, output, records, every)
    else:
        show_topics(job, output, records, every, key)
