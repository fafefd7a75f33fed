"""What the values of options are, and how each option is declared: as a row of data, without Typer."""

import os
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from zmqcli.errors import UsageError
from zmqcli.units import parse_duration, parse_share, parse_size

__all__ = [
    "COUNT",
    "DURATION",
    "SHARE",
    "SIZE",
    "SPEED",
    "ArgumentRow",
    "Color",
    "Count",
    "Duration",
    "Eval",
    "Exclusion",
    "Frames",
    "Need",
    "OptionRow",
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


DURATION = parse_duration
SHARE = parse_share
SIZE = parse_size


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"'{text}' is not a count", hint="say a whole number, 0 or more")
    if int(text) > LARGEST:
        raise UsageError(f"{text} is more than {LARGEST}")
    return int(text)


COUNT = _count


def _speed(text: str) -> float:
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not MIN_SPEED <= speed <= 1 / MIN_SPEED:
        raise UsageError(f"'{text}' is no speed", hint="say for example 2x, or 0.5x")
    return speed


SPEED = _speed


class Exclusion(NamedTuple):
    """Another option that cannot be given beside this one."""

    option: str
    why: str
    """What the two would be: two formats."""


class Need(NamedTuple):
    """Options of which one must be given with this one, and what to say if none is."""

    options: tuple[str, ...]
    what: str
    why: str = ""
    hint: str = ""


class OptionRow(NamedTuple):
    """One option of the command line."""

    panel: str
    """Where help shows it."""
    names: tuple[str, ...]
    """`-x`, `--example`."""
    metavar: str | None
    """What stands for its value in help; None for a flag, and where the choices are named."""
    help: str
    parser: Callable[[str], Any] | None = None
    """Makes the value of a text; raises UsageError. Without one the type says how."""
    least: int | None = None
    """The smallest value of a number that has no parser."""
    bare: str | None = None
    """What it means without a value; None where it needs one."""
    replaces: tuple[str, ...] = ()
    """Options whose values from a profile or a variable do not count beside this one."""
    excludes: Exclusion | None = None
    needs: Need | None = None


class ArgumentRow(NamedTuple):
    """One argument of the command line, or with a list as its type all that are left."""

    metavar: str
    help: str


def declare(
    panel: str,
    names: str,
    metavar: str | None,
    help: str,  # noqa: A002 # what it is called everywhere
    *,
    parser: Callable[[str], Any] | None = None,
    least: int | None = None,
    bare: str | None = None,
    replaces: str = "",
    excludes: Exclusion | None = None,
    needs: Need | None = None,
) -> OptionRow:
    """Return the row of an option; `names` and `replaces` are words: `-x --example`. The rest: see OptionRow."""
    words, replaced = tuple(names.split()), tuple(replaces.split())
    return OptionRow(panel, words, metavar, help, parser, least, bare, replaced, excludes, needs)


Frames = Annotated[
    list[str] | None,
    ArgumentRow("[FRAME]...", "One message, a frame each; frames that start with - follow --."),
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
