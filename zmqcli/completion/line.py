"""A command line up to the cursor, read as the command reads it: what the word at the cursor can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zmqcli.completion.table import PROGRAM
from zmqcli.options.line import Line, is_bare_value

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
    command, line = PROGRAM, _line_of(table, PROGRAM)
    for word in words[:-1]:
        line.take(word)
        if command == PROGRAM and line.arguments:
            command, line = word, _line_of(table, word)
    return _at_cursor(table, command, line, words[-1] if words else "")


def _line_of(table: Sequence[CompletionRow], command: str) -> Line[CompletionRow]:
    return Line([row for row in table if command in row.commands])


def _at_cursor(table: Sequence[CompletionRow], command: str, line: Line[CompletionRow], word: str) -> Wanted:
    waiting = line.waiting
    if waiting and (not waiting.may_be_bare or is_bare_value(word)):
        return Wanted(command, word, of=waiting)
    if word.startswith("-") and not line.literal:
        return _option(command, line, word)
    if command == PROGRAM:
        return Wanted(PROGRAM, word, rows=tuple(row for row in table if not row.names and not row.value))
    return _argument(table, command, line, word)


def _argument(table: Sequence[CompletionRow], command: str, line: Line[CompletionRow], word: str) -> Wanted:
    """Return what a word can be that begins with no dash: an argument of the command, if it takes one more."""
    positional = [row for row in table if command in row.commands and row.value and not row.names]
    typed = len(line.arguments)
    free = _free(line) if not word and not line.literal else ()
    if typed < len(positional) or (positional and positional[-1].repeatable):
        return Wanted(command, word, of=positional[min(typed, len(positional) - 1)], rows=free)
    return Wanted(command, word, rows=free)


def _option(command: str, line: Line[CompletionRow], word: str) -> Wanted:
    """Return what a word can be that begins with a dash: an option, or one with its value behind it."""
    value: str | None
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        value = value if equals else None
    elif word == "-":
        name, value = word, None
    else:
        name, value = line.short(word)
    row = line.options.get(name)
    if value is not None and row is not None and row.takes_value:
        return Wanted(command, value, kept=word[: len(word) - len(value)], of=row)
    return Wanted(command, word, rows=_free(line))


def _free(line: Line[CompletionRow]) -> tuple[CompletionRow, ...]:
    """Return the options that can still be given."""
    seen = {row for row, _ in line.given} | ({line.waiting} if line.waiting else set())
    return tuple(row for row in dict.fromkeys(line.options.values()) if row not in seen or row.repeatable)
