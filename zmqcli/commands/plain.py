"""The socket commands that differ only in data: a row each, at the end of the file.

The draft types are there when pyzmq has libzmq's draft API; else they are refused with how to get it.
"""

from collections.abc import Callable, Sequence

from zmqcli.environment import Environment
from zmqcli.exchange.duplex import converse
from zmqcli.exchange.receive import receive
from zmqcli.exchange.send import send
from zmqcli.jobs.job import Job
from zmqcli.options.command import Declared, command
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


def _sends(kind: str, summary: str, examples: Sequence[str]) -> Declared:
    def plain(
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
        job = Job(
            environment,
            kind,
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

    return _declared(plain, kind, summary, examples)


def _receives(kind: str, summary: str, examples: Sequence[str]) -> Declared:
    def plain(
        environment: Environment,
        endpoints: Endpoints,
        output: Output,
        records: Records,
        limits: LimitOptions,
        socket: Socket,
        security: Security,
    ) -> None:
        job = Job(environment, kind, endpoints, limits, socket, security=security, records=records, output=output)
        sink = job.sink()
        with job.session(shows=job.writes) as session:
            receive(session, sink)

    return _declared(plain, kind, summary, examples)


def _converses(kind: str, summary: str, examples: Sequence[str]) -> Declared:
    def plain(
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
        job = Job(
            environment,
            kind,
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

    return _declared(plain, kind, summary, examples)


def _declared(function: Callable[..., None], kind: str, summary: str, examples: Sequence[str]) -> Declared:
    function.__name__ = kind.lower()
    function.__doc__ = summary
    return command(examples=examples)(function)


def _draft(make: Callable[[str, str, Sequence[str]], Declared], kind: str, summary: str) -> Declared:
    name = kind.lower()
    examples = [f"zmqcli {name} -b 5570", f"zmqcli {name} -c tcp://localhost:5570", f"zmqcli {name} -c 5570 -t 10 -v"]
    return make(kind, f"{summary} A draft type: pyzmq must have libzmq's draft API.", examples)


push = _sends(
    "PUSH",
    "Send messages to pullers, in turn: each message goes to one of them.",
    [
        "zmqcli push -c tcp://localhost:5557 hello",
        "seq 1000 | zmqcli push -b 5557 -w 3",
        "zmqcli push -c 5557 -f photo.jpg",
    ],
)
pair = _converses(
    "PAIR",
    "Talk to exactly one peer, both ways.",
    [
        "zmqcli pair -b 5561",
        "zmqcli pair -c tcp://localhost:5561 -n 1 ping",
        "zmqcli pair -c /tmp/pair -J",
    ],
)
client = _draft(_converses, "CLIENT", "Talk to servers, one frame a message.")
server = _draft(_converses, "SERVER", "Answer clients, one frame a message.")
peer = _draft(_converses, "PEER", "Talk to peers, one frame a message.")
channel = _draft(_converses, "CHANNEL", "Talk to exactly one peer, one frame a message.")
scatter = _draft(_sends, "SCATTER", "Send to gatherers in turn, one frame a message.")
gather = _draft(_receives, "GATHER", "Receive what is scattered.")
radio = _draft(_sends, "RADIO", "Send to the dishes of a group.")
dish = _draft(_receives, "DISH", "Receive what is sent to a group.")
