"""A command line is read alike from the rows and by Typer, whatever it is."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.commands.table import COMMANDS, find
from zmqcli.environment import Environment
from zmqcli.options.quick import read
from zmqcli.options.typer_command import build
from zmqcli.options.types import OptionRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.options.command import Declared

DECLARED = {name: find(name) for name in COMMANDS}


CALLS: list[dict[str, Any]] = []
"""The values that Typer has called a command with."""
TYPER = {
    name: build(declared, name, "", lambda _environment, values: CALLS.append(values))
    for name, declared in DECLARED.items()
}
WORDS = [
    "5555",
    "tcp://localhost:5",
    "1",
    "0",
    "-1",
    "1s",
    "10K",
    "2x",
    "text",
    "bound",
    "peer",
    "always",
    "",
    "-",
    "--",
    "a=b",
    "é",
]
"""Values, right ones and wrong ones."""


def by_typer(name: str, words: Sequence[str]) -> dict[str, Any] | None:
    """Return the values that Typer makes of a line; None when it refuses it, or prints help."""
    CALLS.clear()
    environment = Environment(variables={})
    try:
        with redirect_stdout(StringIO()):
            TYPER[name].main(args=list(words), prog_name=name, obj=environment, standalone_mode=False)
    except Exception:  # noqa: BLE001 # a usage error
        return None
    return CALLS[0] if CALLS else None


def names(declared: Declared) -> list[str]:
    return [
        name
        for parameter in declared.parameters
        if isinstance(parameter.row, OptionRow)
        for name in parameter.row.names
    ]


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Return a command and words for it: options, values, options with values, and what is nothing."""
    name = draw(st.sampled_from(sorted(DECLARED)))
    option = st.sampled_from([*names(DECLARED[name]), "-h", "--nonsense", "-Z"])
    value = st.sampled_from(WORDS)
    word = st.one_of(
        option,
        value,
        st.tuples(option, value).map("=".join),
        st.tuples(option, value).map("".join),
        st.tuples(option, option).map(lambda pair: pair[0] + pair[1].lstrip("-")),
    )
    return name, draw(st.lists(word, max_size=6))


@settings(max_examples=400, deadline=None)
@given(lines())
def test_what_is_read_quickly_is_read_as_typer_reads_it(line: tuple[str, list[str]]) -> None:
    name, words = line
    quickly = read(DECLARED[name].parameters, words)
    if quickly is not None:
        assert quickly == by_typer(name, words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("push", ["-c", "5555", "hello", "world"]),
        ("push", ["-qc5555", "-n", "3", "--", "-x"]),
        ("sub", ["-c", "5556", "-s", "weather", "-s", "news", "-n1", "-t", "10"]),
        ("pull", ["--bind=5555", "-O", "jsonl", "--transient"]),
        ("req", ["-c", "5555", "--retry", "2", "-t1s", "Hello"]),
        ("bench", ["latency", "--size", "1K"]),
        ("keygen", ["server"]),
        ("pub", ["--ready-when", "peer", "-b", "5556", "a", "b"]),
    ],
)
def test_plain_lines_need_no_typer(name: str, words: list[str]) -> None:
    quickly = read(DECLARED[name].parameters, words)

    assert quickly is not None
    assert quickly == by_typer(name, words)


@pytest.mark.parametrize(
    "words", [["-h"], ["--help"], ["--nonsense"], ["-c"], ["-n", "x"], ["--ready-when", "never"], ["-n"], ["-q=1"]]
)
def test_help_and_mistakes_are_left_to_typer(words: list[str]) -> None:
    assert read(DECLARED["push"].parameters, words) is None
