"""Help: every command shows examples, and a slip of the fingers is met half way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zmqcli import __version__
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
    assert result.stderr == ""


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
