"""The options, in groups that commands share, each option declared once.

Typer has no option groups. `command` (in `_command.py`) expands a parameter whose type is one of these tuples into
its fields, and builds the tuple again when the command is called. So this module must not postpone the evaluation of
its annotations. Named tuples and not dataclasses: making a frozen dataclass of eight fields takes 0.7 ms, a tuple
0.08, and twelve of them are made at every start (docs/decisions/0003-start-up.md).
"""

import os
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, TypeVar

import typer

from zmqcli.errors import UsageError
from zmqcli.units import parse_duration, parse_size

__all__ = [
    "Block",
    "Body",
    "Color",
    "Delivery",
    "Endpoints",
    "General",
    "Input",
    "Limits",
    "Output",
    "Pace",
    "ReadyWhen",
    "Records",
    "Socket",
    "Subscriptions",
    "to_bytes",
]

T = TypeVar("T")


class ReadyWhen(StrEnum):
    """When `--ready-file` is written."""

    BOUND = "bound"
    PEER = "peer"


class Color(StrEnum):
    """When output is coloured."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def to_bytes(text: str) -> bytes:
    """Return an argument of the command line as the bytes it was typed as, UTF-8 or not."""
    return os.fsencode(text)


def _parsed(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Let Typer name the option in what `parse` has to say."""

    def parser(text: str | T) -> T:
        if not isinstance(text, str):  # Typer parses defaults too
            return text
        try:
            return parse(text)
        except UsageError as error:
            raise typer.BadParameter(str(error)) from error

    return parser


_DURATION = _parsed(parse_duration)
_SIZE = _parsed(parse_size)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"'{text}' is not a count", hint="say a whole number, 0 or more")
    return int(text)


_COUNT = _parsed(_count)


def _option(panel: str, *names: str, metavar: str | None = None, help: str, **more: Any) -> Any:  # noqa: A002 # Typer's word
    return typer.Option(*names, metavar=metavar, help=help, rich_help_panel=panel, show_default=False, **more)


class Endpoints(NamedTuple):
    """Where the socket is."""

    bind: Annotated[
        list[str] | None,
        _option(
            "Endpoints",
            "-b",
            "--bind",
            metavar="ENDPOINT",
            help="Listen there: tcp://*:5555, 5555, /path, @name. Repeatable.",
        ),
    ] = None
    connect: Annotated[
        list[str] | None,
        _option(
            "Endpoints", "-c", "--connect", metavar="ENDPOINT", help="Connect to: host:5555, 5555, /path. Repeatable."
        ),
    ] = None
    ready_file: Annotated[
        str | None,
        _option(
            "Endpoints", "--ready-file", metavar="PATH", help="Write the real endpoints there, one a line, once bound."
        ),
    ] = None
    ready_when: Annotated[
        ReadyWhen,
        _option(
            "Endpoints",
            "--ready-when",
            help="Write --ready-file when bound, or at the first peer.",
            case_sensitive=False,
        ),
    ] = ReadyWhen.BOUND


class Body(NamedTuple):
    """What is sent, when it is not stdin."""

    frames: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FRAME]...",
            help="One message, a frame each; frames that start with - follow --.",
            show_default=False,
        ),
    ] = None
    file: Annotated[
        list[str] | None,
        _option(
            "Input", "-f", "--file", metavar="PATH", help="Send the file as one frame; - is all of stdin. Repeatable."
        ),
    ] = None


class Records(NamedTuple):
    """The look of records and the codecs, both ways."""

    jsonl: Annotated[
        bool, _option("Records", "-J", "--jsonl", help="Read and write JSON lines: -I jsonl -O jsonl.")
    ] = False
    codec: Annotated[
        str | None,
        _option(
            "Records",
            "-x",
            "--codec",
            metavar="NAME,...",
            help="Codec of each frame, the last one repeating: text,json.",
        ),
    ] = None
    delimiter: Annotated[
        str, _option("Records", "--delimiter", metavar="STR", help=r"Ends a record, default \n; escapes allowed.")
    ] = r"\n"
    null: Annotated[bool, _option("Records", "-0", "--null", help="Records end with NUL.")] = False
    frame_delimiter: Annotated[
        str | None,
        _option(
            "Records",
            "--frame-delimiter",
            metavar="STR",
            help="Joins frames on output (default TAB), splits them on input.",
        ),
    ] = None


class Input(NamedTuple):
    """How stdin is read."""

    input: Annotated[
        str, _option("Input", "-I", "--input", metavar="FORMAT", help="Records on stdin: text, quoted, jsonl, raw.")
    ] = "text"
    send_codec: Annotated[
        str | None, _option("Input", "--send-codec", metavar="NAME,...", help="Codec for what is sent only.")
    ] = None
    strict: Annotated[bool, _option("Input", "--strict", help="Stop at the first record that cannot be sent.")] = False


class Output(NamedTuple):
    """How messages are shown."""

    output: Annotated[
        str | None,
        _option(
            "Output",
            "-O",
            "--output",
            metavar="FORMAT",
            help="text (in a pipe), pretty (on a terminal), quoted, jsonl, raw, hexdump, none.",
        ),
    ] = None
    receive_codec: Annotated[
        str | None, _option("Output", "--receive-codec", metavar="NAME,...", help="Codec for what is received only.")
    ] = None
    no_delimiter: Annotated[bool, _option("Output", "-N", "--no-delimiter", help="Nothing after a record.")] = False
    raw_tty: Annotated[bool, _option("Output", "--raw-tty", help="Let control characters reach the terminal.")] = False
    color: Annotated[Color, _option("Output", "--color", help="Colour the output.", case_sensitive=False)] = Color.AUTO
    full: Annotated[bool, _option("Output", "--full", help="Show long values whole.")] = False
    transient: Annotated[
        bool, _option("Limits", "--transient", help="Stop when every peer that had connected is gone.")
    ] = False


class Limits(NamedTuple):
    """How many and how long."""

    messages: Annotated[
        int | None,
        _option("Limits", "-n", "--count", metavar="N", help="Messages to receive, or to send.", parser=_COUNT),
    ] = None
    timeout: Annotated[
        float | None,
        _option(
            "Limits",
            "-t",
            "--timeout",
            metavar="DURATION",
            help="Give up when nothing happens for so long: exit 124.",
            parser=_DURATION,
        ),
    ] = None
    duration: Annotated[
        float | None,
        _option("Limits", "--duration", metavar="DURATION", help="Stop after so long in all.", parser=_DURATION),
    ] = None


class Pace(NamedTuple):
    """When messages are sent."""

    interval: Annotated[
        float | None,
        _option("Limits", "-i", "--interval", metavar="DURATION", help="From one send to the next.", parser=_DURATION),
    ] = None
    delay: Annotated[
        float, _option("Limits", "--delay", metavar="DURATION", help="Before the first send.", parser=_DURATION)
    ] = 0.0


class Delivery(NamedTuple):
    """What is done so that everything arrives."""

    wait: Annotated[
        int | None,
        _option(
            "Delivery",
            "-w",
            "--wait",
            metavar="N",
            help="Peers to wait for before the first send; default 1.",
            parser=_COUNT,
        ),
    ] = None
    linger: Annotated[
        float,
        _option(
            "Delivery",
            "--linger",
            metavar="DURATION",
            help="To get all out after the last send; default 5s.",
            parser=_DURATION,
        ),
    ] = 5.0


class Block(NamedTuple):
    """`pub` and `xpub` only."""

    block: Annotated[
        bool, _option("Delivery", "--block", help="Wait for slow subscribers; without it they miss messages.")
    ] = False


class Subscriptions(NamedTuple):
    """What a subscriber asks for."""

    subscribe: Annotated[
        list[str] | None,
        _option(
            "Subscriptions",
            "-s",
            "--subscribe",
            metavar="PREFIX",
            help="Messages that start so; default all. Repeatable.",
        ),
    ] = None
    subscribe_hex: Annotated[
        list[str] | None,
        _option("Subscriptions", "--subscribe-hex", metavar="HEX", help="The same, bytes in hex: 00ff. Repeatable."),
    ] = None


class Socket(NamedTuple):
    """Socket options."""

    option: Annotated[
        list[str] | None,
        _option(
            "Socket",
            "-o",
            "--option",
            metavar="NAME=VALUE",
            help="Any option of libzmq; see zmqcli options. Repeatable.",
        ),
    ] = None
    identity: Annotated[
        str | None, _option("Socket", "--identity", metavar="ID", help="The routing id that a ROUTER sees.")
    ] = None
    hwm: Annotated[
        int | None,
        _option(
            "Socket", "--hwm", metavar="N", help="High-water mark in messages, both ways; 0 no limit.", parser=_COUNT
        ),
    ] = None
    max_size: Annotated[
        int, _option("Socket", "--max-size", metavar="SIZE", help="Largest frame received; default 1G.", parser=_SIZE)
    ] = 1 << 30
    heartbeat: Annotated[
        float | None,
        _option(
            "Socket",
            "--heartbeat",
            metavar="DURATION",
            help="Ask silent peers for a sign of life so often.",
            parser=_DURATION,
        ),
    ] = None
    conflate: Annotated[bool, _option("Socket", "--conflate", help="Keep only the latest message; single frames.")] = (
        False
    )


class General(NamedTuple):
    """What every command takes."""

    quiet: Annotated[bool, _option("General", "-q", "--quiet", help="Say nothing but errors.")] = False
    verbose: Annotated[bool, _option("General", "-v", "--verbose", help="Say what happens to connections.")] = False
    debug: Annotated[bool, _option("General", "--debug", help="Show the traceback of an error.")] = False
