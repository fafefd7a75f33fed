"""Help: every command shows examples, and a slip of the fingers is met half way."""

from __future__ import annotations

import re
import shlex
from itertools import takewhile
from typing import TYPE_CHECKING

import pytest
import typer

from zmqcli import __version__
from zmqcli.cli.typer_app import load
from zmqcli.commands.table import COMMANDS, EXAMPLES, find
from zmqcli.errors import ExitCode

if TYPE_CHECKING:
    from tests.support.processes import Zmqcli

SOCKETS = ["pub", "sub", "push", "pull", "req", "rep", "dealer", "router", "pair", "xpub", "xsub", "stream"]
OTHERS = ["probe", "top", "options", "codecs", "completions"]


def test_the_help_names_every_command_and_exit_code(zmqcli: Zmqcli) -> None:
    result = zmqcli("--help").ok()
    words = set(result.stdout.decode().replace(",", " ").split())

    assert set(SOCKETS + OTHERS) <= words
    assert {str(code.value) for code in ExitCode} <= words
    assert result.stderr == ""


@pytest.mark.parametrize("command", SOCKETS + OTHERS)
def test_each_command_has_help_with_an_example(zmqcli: Zmqcli, command: str) -> None:
    result = zmqcli(command, "--help").ok()

    text = result.stdout.decode()
    assert f"zmqcli {command}" in text.replace("Usage: zmqcli", "")
    assert "\x1b" not in text
    assert {str(code.value) for code in ExitCode} <= set(text.partition("Exit codes: ")[2].replace("\n", " ").split())
    assert result.stderr == ""


def test_without_a_command_the_help_is_shown_and_why(zmqcli: Zmqcli) -> None:
    result = zmqcli()

    result.ended(2)
    assert b"Socket commands" in result.stdout
    assert result.stderr == "zmqcli: no command given; see zmqcli --help\n"


def examples(command: str) -> list[str]:
    """Return a command's examples."""
    return list(find(command).examples)


@pytest.mark.parametrize("command", COMMANDS)
def test_three_examples_or_more_that_the_command_takes(command: str) -> None:
    shown = examples(command)

    assert len(shown) >= 3
    for example in shown:
        words = shlex.split(example.replace("<(", "").rstrip(")"))
        start = words.index("zmqcli")
        arguments = list(takewhile(lambda word: word not in {"|", "<", ">", ">>", ";", "&&"}, words[start + 1 :]))
        built = load(arguments[0])
        assert built.make_context(arguments[0], arguments[1:], parent=typer.Context(built)).args == []


def test_examples_fit_a_terminal_of_80_columns() -> None:
    assert not [line for command in COMMANDS for line in (*examples(command), *EXAMPLES) if len(line) > 76]


def test_examples_leave_nothing_for_a_shell_to_expand() -> None:
    shown = [line for command in COMMANDS for line in (*examples(command), *EXAMPLES)]

    assert not [line for line in shown if "*" in re.sub(r"'[^']*'", "", line)]  # zsh and fish: no matches


@pytest.mark.parametrize("columns", ["80", "120"])
def test_help_fits_the_terminal_and_keeps_examples_whole(zmqcli: Zmqcli, columns: str) -> None:
    zmqcli.environment["COLUMNS"] = columns
    for command, shown in (("", EXAMPLES), ("sub", examples("sub")), ("proxy", examples("proxy"))):
        lines = zmqcli(*filter(None, [command]), "--help").ok().stdout.decode().splitlines()

        assert max(map(len, lines)) <= int(columns)
        assert set(shown) <= {line.strip() for line in lines}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_does_and_stands_in_a_group(command: str) -> None:
    options = [p for p in load(command).params if hasattr(p, "is_flag")]

    assert not [p.opts for p in options if not p.help or not p.help.endswith(".")]
    assert not [p.opts for p in options if not p.rich_help_panel]


def test_the_short_form(zmqcli: Zmqcli) -> None:
    assert zmqcli("sub", "-h").ok().stdout == zmqcli("sub", "--help").ok().stdout
    assert zmqcli("-h").ok().stdout == zmqcli("--help").ok().stdout


def test_the_version(zmqcli: Zmqcli) -> None:
    assert __version__ in zmqcli("--version").ok().stdout.decode()


@pytest.mark.parametrize(
    ("slip", "meant"), [("pll", "pull"), ("subb", "sub"), ("routr", "router"), ("codec", "codecs")]
)
def test_did_you_mean(zmqcli: Zmqcli, slip: str, meant: str) -> None:
    line = zmqcli(slip).error(2, slip)

    assert meant in line.replace(slip, "", 1)


def test_an_option_that_is_nearly_right(zmqcli: Zmqcli) -> None:
    zmqcli("sub", "-c", "5555", "--subscribr", "a").error(2, "--subscribr", "--subscribe")


def test_nothing_at_all_is_a_usage_error(zmqcli: Zmqcli) -> None:
    assert zmqcli().code == 2
