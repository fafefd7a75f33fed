"""What the values of options are, and how each option is declared."""

import os
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer

from zmqcli.errors import UsageError
from zmqcli.units import parse_duration, parse_share, parse_size

__all__ = [
    "COUNT",
    "DURATION",
    "SHARE",
    "SIZE",
    "SPEED",
    "Color",
    "Count",
    "Duration",
    "Eval",
    "Frames",
    "ReadyWhen",
    "SendEval",
    "Timeout",
    "To",
    "declare",
    "to_bytes",
]

MIN_SPEED = 1e-6
"""Of a replay: a microsecond's gap takes a second."""
LARGEST = (1 << 31) - 1
"""libzmq counts in ints."""

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


DURATION = _parsed(parse_duration)
SHARE = _parsed(parse_share)
SIZE = _parsed(parse_size)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"'{text}' is not a count", hint="say a whole number, 0 or more")
    if int(text) > LARGEST:
        raise UsageError(f"{text} is more than {LARGEST}")
    return int(text)


COUNT = _parsed(_count)


def _speed(text: str) -> float:
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not MIN_SPEED <= speed <= 1 / MIN_SPEED:
        raise UsageError(f"'{text}' is no speed", hint="say for example 2x, or 0.5x")
    return speed


SPEED = _parsed(_speed)


def declare(panel: str, names: str, metavar: str | None, help: str, **more: Any) -> Any:  # noqa: A002 # Typer's word
    """Return the declaration of an option: where help shows it, `-x --example`, what stands for its value."""
    return typer.Option(*names.split(), metavar=metavar, help=help, rich_help_panel=panel, show_default=False, **more)


Frames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FRAME]...",
        help="One message, a frame each; frames that start with - follow --.",
        show_default=False,
    ),
]
Count = Annotated[int | None, declare("Limits", "-n --count", "N", "Messages to receive, or to send.", parser=COUNT)]
Timeout = Annotated[
    float | None,
    declare(
        "Limits", "-t --timeout", "DURATION", "Give up when nothing happens for so long: exit 124.", parser=DURATION
    ),
]
Duration = Annotated[
    float | None, declare("Limits", "--duration", "DURATION", "Stop after so long in all.", parser=DURATION)
]
Eval = Annotated[
    str | None,
    declare("Output", "-e --eval", "EXPR", "Your own Python on what arrives: frames topic body value seq; None drops."),
]
SendEval = Annotated[
    str | None,
    declare(
        "Input", "-E --send-eval", "EXPR", "Your own Python on what leaves: frames topic body value seq; None drops."
    ),
]
To = Annotated[str | None, declare("Input", "--to", "ID", "Send everything to this peer; 0x... for bytes.")]
"""Who gets what is sent (`router`, `stream`)."""
