"""Commands at work: pipes, ends, and what they are started with."""

from __future__ import annotations

import os
import select
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zmqcli.exec.child import Child, Children, Outcome, problem_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 15


@pytest.fixture
def children() -> Iterator[Children]:
    made = Children(limit=10_000_000)
    yield made
    made.close()


def finish(children: Children, *started: Child) -> list[Outcome]:
    """Wait over the one descriptor until all have ended."""
    while any(child.outcome is None for child in started):
        assert select.select([children.descriptor], [], [], PATIENCE)[0]
        children.step()
    return [child.outcome for child in started if child.outcome]


def python(children: Children, code: str, data: bytes = b"") -> Child:
    return children.start([sys.executable, "-c", code], data, os.environ)


def test_much_goes_in_and_comes_out(children: Children) -> None:
    data = os.urandom(3_000_000)

    assert finish(children, children.start(["cat"], data, os.environ)) == [Outcome(data, None)]


def test_one_that_reads_nothing_is_no_dead_end(children: Children) -> None:
    assert finish(children, children.start(["true"], bytes(3_000_000), os.environ)) == [Outcome(b"", None)]


def test_several_at_once_end_on_their_own(children: Children) -> None:
    started = [children.start(["sh", "-c", f"read x; echo $x {code}; exit {code}"], b"in\n", {}) for code in (0, 3)]

    assert children.busy == 2
    assert finish(children, *started) == [Outcome(b"in 0\n", None), Outcome(b"in 3\n", "exit code 3")]
    assert children.busy == 0


def test_what_cannot_be_started_has_ended(children: Children) -> None:
    child = children.start(["./no such command"], b"", {})

    assert child.outcome == Outcome(b"", "it cannot be started: no such file or directory")
    assert children.busy == 0


def test_too_much_output_ends_it() -> None:
    children = Children(limit=1000)
    try:
        assert finish(children, children.start(["yes"], b"", os.environ)) == [
            Outcome(b"", "more than 1000 bytes of output")
        ]
    finally:
        children.close()


def test_what_it_leaves_in_the_background_is_not_waited_for(children: Children) -> None:
    ((output, problem),) = finish(children, children.start(["sh", "-c", "sleep 60 & echo $!"], b"", os.environ))
    os.kill(int(output), signal.SIGKILL)

    assert problem is None


def test_signals_are_as_in_a_shell(children: Children) -> None:
    ((output, _),) = finish(children, children.start(["grep", "SigIgn", "/proc/self/status"], b"", os.environ))

    assert not int(output.split()[1], 16) & (1 << (signal.SIGPIPE - 1))


def test_descriptors_are_not_inherited(children: Children) -> None:
    with Path(os.devnull).open("rb") as file:
        os.set_inheritable(file.fileno(), True)
        ((output, _),) = finish(children, python(children, "import os; print(len(os.listdir('/proc/self/fd')))"))

    assert output == b"4\n"  # the fourth is the listing itself


def test_a_signal_reaches_all_of_it(children: Children) -> None:
    child = children.start(["sh", "-c", "sleep 60; :"], b"", os.environ)
    children.signal(signal.SIGTERM)

    assert finish(children, child) == [Outcome(b"", "killed by SIGTERM")]


def test_closing_leaves_nothing() -> None:
    children = Children()
    child = children.start(["sleep", "60"], b"", os.environ)
    children.close()

    assert child.outcome == Outcome(b"", "killed by SIGKILL")


@pytest.mark.parametrize(
    ("code", "said"), [(0, None), (1, "exit code 1"), (-11, "killed by SIGSEGV"), (-250, "killed by signal 250")]
)
def test_an_exit_code_is_worded(code: int, said: str | None) -> None:
    assert problem_of(code) == said
