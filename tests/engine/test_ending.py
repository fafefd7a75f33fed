"""Why a loop has ended, and what that makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zmqcli.engine.ending import DONE, End, Ended, EndReason, report_end, run
from zmqcli.errors import DataError, ExitCode, OutputClosed, Stopped, TimeRanOut

if TYPE_CHECKING:
    from tests.support.outside import Outside

IDLE = EndReason(End.IDLE, TimeRanOut("nothing happened for 1s"))
STOPPED = EndReason(End.STOPPED, Stopped(ExitCode.TERMINATED))


def raising(error: Exception) -> EndReason:
    """Run a loop that ends with `error`."""

    def loop() -> None:
        raise error

    return run(loop)


def test_a_loop_that_returns_is_done() -> None:
    assert run(lambda: None) is DONE


def test_what_ends_a_loop_is_returned() -> None:
    assert raising(Ended(IDLE)) is IDLE


def test_a_closed_stdout_ends_a_loop() -> None:
    error = OutputClosed("stdout is closed")
    assert raising(error) == EndReason(End.OUTPUT_CLOSED, error)


def test_an_error_is_no_end() -> None:
    with pytest.raises(DataError):
        raising(DataError("not JSON"))


@pytest.mark.parametrize(
    ("end", "late", "code", "said"),
    [
        (DONE, "too late", None, []),
        (IDLE, None, ExitCode.TIMEOUT, ["nothing happened for 1s"]),
        (STOPPED, "too late", ExitCode.TERMINATED, []),
        (EndReason(End.OUTPUT_CLOSED, OutputClosed("")), "too late", ExitCode.OUTPUT_CLOSED, []),
        (EndReason(End.DURATION), None, None, []),
        (EndReason(End.DURATION), "the duration is over", ExitCode.TIMEOUT, ["the duration is over (why)"]),
        (EndReason(End.PATIENCE), "too late", None, []),
    ],
)
def test_an_end_has_its_exit_code_and_its_words(
    outside: Outside, end: EndReason, late: str | None, code: ExitCode | None, said: list[str]
) -> None:
    report_end(outside.environment, end, late=late, why="why")

    assert outside.environment.outcome == ({code} if code is not None else set())
    assert outside.said == said
