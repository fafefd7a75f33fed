"""zmqcli bench."""

from enum import StrEnum
from typing import Annotated, NamedTuple

import typer

from zmqcli.environment import Environment
from zmqcli.options.command import command
from zmqcli.options.groups import Endpoints, Security
from zmqcli.options.types import COUNT, DURATION, SIZE, declare


class Kind(StrEnum):
    """What is measured."""

    THROUGHPUT = "throughput"
    LATENCY = "latency"


class Role(StrEnum):
    """Which end of two this is, by the names of libzmq's own programs."""

    LOCAL = "local"
    REMOTE = "remote"


class Load(NamedTuple):
    """What is sent to and fro, and for how long it is waited."""

    role: Annotated[
        Role | None, declare("Benchmark", "--role", None, "One end of two: local receives, remote sends or asks.")
    ] = None
    size: Annotated[int, declare("Benchmark", "--size", "SIZE", "Of a message; default 100 bytes.", parser=SIZE)] = 100
    messages: Annotated[
        int | None,
        declare(
            "Limits",
            "-n --count",
            "N",
            "Messages, default 500000 and fewer large ones, or round trips, default 10000.",
            parser=COUNT,
        ),
    ] = None
    warmup: Annotated[
        int | None,
        declare(
            "Benchmark", "--warmup", "N", "Not measured, before those; default a tenth, none with a role.", parser=COUNT
        ),
    ] = None
    timeout: Annotated[
        float,
        declare(
            "Limits",
            "-t --timeout",
            "DURATION",
            "Give up when nothing happens for so long: exit 124; default 30s.",
            parser=DURATION,
        ),
    ] = 30.0
    output: Annotated[str, declare("Output", "-O --output", "FORMAT", "text (a table), or jsonl.")] = "text"


class Tuning(NamedTuple):
    """Socket options, of both ends."""

    option: Annotated[
        list[str] | None,
        declare("Socket", "-o --option", "NAME=VALUE", "Any option of libzmq; see zmqcli options. Repeatable."),
    ] = None
    hwm: Annotated[
        int | None, declare("Socket", "--hwm", "N", "High-water mark in messages, both ways; 0 no limit.", parser=COUNT)
    ] = None


@command(
    examples=[
        "zmqcli bench throughput",
        "zmqcli bench latency --size 1K -O jsonl",
        "zmqcli bench latency --role local -b 'tcp://*:5555'",
        "zmqcli bench latency --role remote -c other-host:5555",
    ]
)
def bench(
    environment: Environment,
    benchmark: Annotated[Kind, typer.Argument(metavar="throughput|latency", help="What to measure.")],
    endpoints: Endpoints,
    load: Load,
    tuning: Tuning,
    security: Security,
) -> None:
    """Measure ZeroMQ here, over inproc, ipc and tcp, or between two machines; libzmq's own programs fit either end."""
    from zmqcli.bench.job import Benchmark

    run = Benchmark(environment, benchmark.value, endpoints, load, tuning, security)
    if load.role is None:
        run.both_ends()
    else:
        run.one_end(load.role.value)
