"""The options of `bench`, in groups as in `groups.py`. Annotations must not be postponed, for the same reason."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from zmqcli.options.types import COUNT, DURATION, SIZE, declare

__all__ = ["BenchLoad", "Role", "Tuning"]


class Role(StrEnum):
    """Which end of two this is, by the names of libzmq's own programs."""

    LOCAL = "local"
    REMOTE = "remote"


class BenchLoad(NamedTuple):
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
