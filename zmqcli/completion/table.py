"""The commands and options as completion and the man page want them: read from `table.txt`.

`make docs` writes that file from the commands themselves. Asking Typer at every Tab instead would import it, the
command and zmq: 117 ms of CPU time where this takes 21.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PROGRAM", "CompletionRow", "read", "written"]

PROGRAM = "zmqcli"
"""Stands for no command: the options before one."""
_FILE = os.path.join(os.path.dirname(__file__), "table.txt")  # noqa: PTH118,PTH120 # pathlib takes longer than all the rest


class CompletionRow(NamedTuple):
    """A line of the table: a command (no names, no value), an argument (no names) or an option."""

    commands: tuple[str, ...]
    """Where it is taken."""
    names: tuple[str, ...]
    """Of an option, as typed: `-b`, `--bind`."""
    value: str
    """How the value is written (`ENDPOINT`, `auto|always|never`), nothing for a flag; `...` ends what is repeatable."""
    help: str

    @property
    def takes_value(self) -> bool:
        """Whether a value follows; a flag has none."""
        return bool(self.value)

    @property
    def may_be_bare(self) -> bool:
        """Whether its value may be left out: `[SPEED]`."""
        return self.value.startswith("[")

    @property
    def repeatable(self) -> bool:
        """Whether it can be given more than once."""
        return self.value.endswith("...") and not self.value.endswith(",...")


def read() -> list[CompletionRow]:
    """Return all rows, in the order of the commands and their options."""
    with open(_FILE, encoding="utf-8") as file:  # noqa: PTH123 # as above
        lines = file.read().splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return [
        CompletionRow(tuple(commands.split()), tuple(names.split()), value, text)
        for commands, names, value, text in rows
    ]


def written(rows: Sequence[CompletionRow]) -> str:
    """Return the file that `read` reads."""
    lines = ["# Made by docs/generate.py from the program; `make docs` writes it anew: commands, names, value, help."]
    lines += ["\t".join((" ".join(row.commands), " ".join(row.names), row.value, row.help)) for row in rows]
    return "\n".join(lines) + "\n"
