"""The options of `--exec`, in groups as in `groups.py`. Annotations must not be postponed, for the same reason."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from zmqcli.errors import UsageError
from zmqcli.options.types import declare

__all__ = ["Execution", "OnErrorChoice", "Printed"]


class OnErrorChoice(StrEnum):
    """What is done about a message whose command failed."""

    DROP = "drop"
    EMPTY = "empty"
    STOP = "stop"


class Execution(NamedTuple):
    """A command that is run for each message."""

    exec: Annotated[
        str | None,
        declare("Exec", "--exec", "COMMAND", "Run it for each message: the last frame on stdin; its stdout goes on."),
    ] = None
    on_error: Annotated[
        OnErrorChoice | None, declare("Exec", "--on-error", None, "When it fails; default: replies empty, else drop.")
    ] = None

    @property
    def given(self) -> bool:
        """Whether there is one. Raise UsageError for `--on-error` alone."""
        if self.on_error is not None and self.exec is None:
            raise UsageError("--on-error is about --exec", hint="say what to run: --exec COMMAND")
        return self.exec is not None


Printed = Annotated[
    str | None,
    declare("Input", "-I --input", "FORMAT", "What --exec prints: text (one frame), raw, quoted, jsonl."),
]
"""On commands that send nothing, and so have no Input."""
