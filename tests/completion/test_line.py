"""Which word of a command line is what."""

from __future__ import annotations

import shlex

import pytest

from zmqcli.completion.line import Wanted, wanted
from zmqcli.completion.table import read

TABLE = read()


def at(typed: str) -> Wanted:
    """Return what is wanted at the end of a line."""
    words = shlex.split(typed)
    return wanted(TABLE, [*words, ""] if typed.endswith(" ") or not typed else words)


def names(asked: Wanted) -> set[str]:
    """Return the names of the options that can be given."""
    return {name for row in asked.rows for name in row.names}


@pytest.mark.parametrize(
    ("typed", "option", "word", "kept"),
    [
        ("sub -c tcp://x:5", "--connect", "tcp://x:5", ""),
        ("sub -c ", "--connect", "", ""),
        ("sub -c -", "--connect", "-", ""),
        ("sub --color=al", "--color", "al", "--color="),
        ("sub --color ", "--color", "", ""),
        ("sub -xte", "--codec", "te", "-x"),
        ("sub -qvxte", "--codec", "te", "-qvx"),
        ("sub -qx ", "--codec", "", ""),
        ("sub -c 5555 -qb ", "--bind", "", ""),
        ("push --replay 2", "--replay", "2", ""),
        ("push a -- -b", "", "-b", ""),
        ("push --replay ", "", "", ""),
        ("push --replay fr", "", "fr", ""),
        ("push --replay 2x a", "", "a", ""),
        ("push -n5 a", "", "a", ""),
        ("push -f - b", "", "b", ""),
        ("run 'pub a' ", "", "", ""),
        ("options rcv", "", "rcv", ""),
    ],
)
def test_the_value_at_the_cursor(typed: str, option: str, word: str, kept: str) -> None:
    asked = at(typed)

    assert asked.of is not None
    assert (asked.of.names[-1] if asked.of.names else "", asked.word, asked.kept) == (option, word, kept)


@pytest.mark.parametrize("typed", ["", "pu", "--debug pu"])
def test_a_command(typed: str) -> None:
    assert [row.commands for row in at(typed).rows][:2] == [("pub",), ("sub",)]


@pytest.mark.parametrize("typed", ["sub -", "sub --su", "sub -c 5555 --"])
def test_an_option(typed: str) -> None:
    assert {"-s", "--subscribe", "--subscribe-hex", "-h"} <= names(at(typed))


def test_what_was_given_is_offered_again_only_when_it_can_be_repeated() -> None:
    offered = names(at("sub -c 5555 -qn5 --color=auto -"))

    assert {"--connect", "--bind"} <= offered
    assert not offered & {"--quiet", "--count", "--color"}


@pytest.mark.parametrize("typed", ["sub what ", "options a b", "pull -- ", "nonsense "])
def test_nothing_belongs_there(typed: str) -> None:
    asked = at(typed)

    assert asked.of is None
    assert not asked.rows or "--bind" in names(asked)
