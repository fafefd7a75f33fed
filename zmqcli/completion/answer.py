"""Answers a shell's script: on the first line what it is to list, then what can be typed, TAB, a word on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from zmqcli.completion.line import wanted
from zmqcli.completion.table import read
from zmqcli.completion.values import place_of_files, values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zmqcli.completion.line import Wanted

__all__ = ["answer", "main"]


def main(words: Sequence[str]) -> int:
    """Print the answer. Whatever goes wrong, nobody wants to read of it while typing."""
    try:
        lines = answer(words, os.environ)
        os.write(1, "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    except Exception:  # noqa: BLE001 # see above
        return 1
    return 0


def answer(words: Sequence[str], variables: Mapping[str, str]) -> list[str]:
    """Return the lines for `words`, those after `zmqcli`, the one at the cursor last.

    The first says what to list: "files", "directories", or "words", which follow.
    """
    asked = wanted(read(), words)
    files = place_of_files(asked.of.value) if asked.of else ""
    return [files] if files else ["words", *(f"{text}\t{more}" for text, more in _offers(asked, variables))]


def _offers(asked: Wanted, variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    found = False
    for text, more in values(asked, variables):
        found = True
        yield asked.kept + text, more
    if found:
        return
    for row in asked.rows:
        if row.names:
            # Of a bare Tab and `--` the long names: one line an option.
            names = row.names if asked.word == "-" else [name for name in row.names if name.startswith("--")]
        else:
            names = row.commands
        yield from ((name, row.help) for name in names or row.names if name.startswith(asked.word))
