"""A command line up to the cursor, read as Typer will read it: what the word at the cursor can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zmqcli.completion.table import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.completion.table import CompletionRow

__all__ = ["Wanted", "wanted"]


class Wanted(NamedTuple):
    """What can stand at the cursor: one of `rows` by its name, or a value of `of`."""

    command: str
    word: str
    """What is typed of it."""
    kept: str = ""
    """What stands before it in the same word of the shell: `--codec=`, `-x`."""
    of: CompletionRow | None = None
    """The option or argument whose value it is."""
    rows: tuple[CompletionRow, ...] = ()
    """Commands, or options."""


def wanted(table: Sequence[CompletionRow], words: Sequence[str]) -> Wanted:
    """Return what the last of `words` (those after `zmqcli`, up to the cursor) can be."""
    line = _Line(table)
    for word in words[:-1]:
        line.take(word)
    return line.at_cursor(words[-1] if words else "")


class _Line:
    """The words before the cursor."""

    def __init__(self, table: Sequence[CompletionRow]) -> None:
        self._table = table
        self._seen: set[CompletionRow] = set()
        self._arguments = 0
        self._waiting: CompletionRow | None = None
        """The option whose value comes next."""
        self._literal = False
        """Whether `--` has been seen."""
        self._enter(PROGRAM)

    def _enter(self, command: str) -> None:
        self._command = command
        rows = [row for row in self._table if command in row.commands]
        self._options = {name: row for row in rows for name in row.names}
        self._positional = [row for row in rows if row.value and not row.names]

    def take(self, word: str) -> None:
        """Read one word."""
        waiting, self._waiting = self._waiting, None
        if waiting and (not _may_be_left_out(waiting) or _fits(word)):
            return
        if self._literal or not word.startswith("-") or word == "-":
            if self._command == PROGRAM:
                self._enter(word)
            else:
                self._arguments += 1
        elif word == "--":
            self._literal = True
        else:
            name, equals, _ = word.partition("=") if word.startswith("--") else self._short(word)
            row = self._options.get(name)
            if row is not None:
                self._seen.add(row)
                self._waiting = row if row.value and not equals else None

    def _short(self, word: str) -> tuple[str, str, str]:
        """Return the first option of `-qn5` that takes a value, its value behind it; else the last flag."""
        for place in range(1, len(word)):
            row = self._options.get(f"-{word[place]}")
            if row is None:
                break
            if row.value:
                return f"-{word[place]}", word[place + 1 :], word[place + 1 :]
            self._seen.add(row)
        return f"-{word[-1]}", "", ""

    def at_cursor(self, word: str) -> Wanted:
        """Return what the word at the cursor can be."""
        waiting = self._waiting
        if waiting and (not _may_be_left_out(waiting) or _fits(word)):
            return Wanted(self._command, word, of=waiting)
        if word.startswith("-") and not self._literal:
            return self._option(word)
        if self._command == PROGRAM:
            return Wanted(PROGRAM, word, rows=tuple(row for row in self._table if not row.names and not row.value))
        last = len(self._positional) - 1
        place = min(self._arguments, last)
        if last >= 0 and (self._arguments <= last or self._positional[place].repeatable):
            return Wanted(self._command, word, of=self._positional[place], rows=self._free() if not word else ())
        return Wanted(self._command, word, rows=() if word or self._literal else self._free())

    def _option(self, word: str) -> Wanted:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
        else:
            name, value, _ = self._short(word)
            equals = value
        row = self._options.get(name)
        if equals and row is not None and row.value:
            return Wanted(self._command, value, kept=word[: len(word) - len(value)], of=row)
        return Wanted(self._command, word, rows=self._free())

    def _free(self) -> tuple[CompletionRow, ...]:
        """Return the options that can still be given."""
        options = dict.fromkeys(self._options.values())
        return tuple(row for row in options if row not in self._seen or row.repeatable)


def _may_be_left_out(row: CompletionRow) -> bool:
    """Whether the value is one like that of `--replay [SPEED]`."""
    return row.value.startswith("[")


def _fits(word: str) -> bool:
    """Whether a value that may be left out is one (as `options/command.py` decides it)."""
    return word[:1].isdigit() or word.startswith(".")
