"""The table: complete, and the same after writing and reading it."""

from __future__ import annotations

from pathlib import Path

from zmqcli.commands.table import COMMANDS
from zmqcli.completion import table
from zmqcli.completion.table import PROGRAM, CompletionRow, read, written


def test_what_is_written_is_read_again() -> None:
    rows = read()

    assert written(rows) == Path(table.__file__).with_name("table.txt").read_text()


def test_every_command_is_there_with_its_help() -> None:
    rows = read()

    assert [row.commands[0] for row in rows if not row.names and not row.value] == list(COMMANDS)
    assert all("-h" in {name for row in rows if command in row.commands for name in row.names} for command in COMMANDS)
    general = [row.names for row in rows if PROGRAM in row.commands]
    assert general == [("--version",), ("-p", "--profile"), ("--debug",), ("-h", "--help")]


def test_what_can_be_repeated() -> None:
    assert CompletionRow((), ("-b",), "ENDPOINT...", "").repeatable
    assert not CompletionRow((), ("-x",), "NAME,...", "").repeatable
