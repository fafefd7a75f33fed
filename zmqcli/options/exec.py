"""The options of `--exec`, in groups as in `groups.py`. Annotations must not be postponed, for the same reason."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from zmqcli.options.types import Need, declare

__all__ = ["Execution", "OnErrorChoice", "Printed"]


class OnErrorChoice(StrEnum):
    """What is done about a message whose command failed."""

    DROP = "drop"
    EMPTY = "empty"
    STOP = "stop"


_COMMAND = Need(("--exec",), "--on-error is about --exec", hint="say what to run: --exec COMMAND")


class Execution(NamedTuple):
    """A command that is run for each message."""

    exec: Annotated[
        str | None,
        declare("Exec", "--exec", "COMMAND", "Run it for each message: the last frame on stdin; its stdout goes on."),
    ] = None
    on_error: Annotated[
        OnErrorChoice | None,
        declare("Exec", "--on-error", None, "When it fails; default: replies empty, else drop.", needs=_COMMAND),
    ] = None

    @property
    def given(self) -> bool:
        """Whether there is one."""
        return self.exec is not None


Printed = Annotated[
    str | None,
    declare(
        "Input",
        "-I --input",
        "FORMAT",
        "What --exec prints: text (one frame), raw, quoted, jsonl.",
        needs=Need(("--exec",), "-I is about what --exec prints", hint="say what to run: --exec COMMAND"),
    ),
]
"""On commands that send nothing, and so have no Input."""
