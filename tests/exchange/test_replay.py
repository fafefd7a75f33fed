"""A recording's gaps, by a clock of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zmqcli.codecs.pipeline import RAW
from zmqcli.exchange.replay import ReplaySource
from zmqcli.exchange.source import InputSource
from zmqcli.formats import _registry
from zmqcli.formats._api import RecordOptions

if TYPE_CHECKING:
    from tests.support.outside import Outside

CLOCK_STARTS = 1000.0


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = CLOCK_STARTS

    def __call__(self) -> float:
        return self.now


def replay(outside: Outside, *times: str | None, speed: float = 1.0) -> tuple[ReplaySource, Clock]:
    clock = Clock()
    outside.environment.monotonic = clock
    for number, moment in enumerate(times):
        start = "{" if moment is None else f'{{"time":"{moment}",'
        outside.type(f'{start}"frames":["{number}"]}}\n'.encode())
    outside.end_input()
    reader = _registry.load("jsonl").reader(RecordOptions(recorded=True), RAW)
    return ReplaySource(
        InputSource(outside.environment, reader, None, envelope=[b""]), outside.environment, speed
    ), clock


def dues(source: ReplaySource, clock: Clock) -> list[float]:
    """Take everything, each message when it is due; return when that was."""
    seen = []
    while not source.ended:
        clock.now = max(clock.now, source.due)
        seen += [round(clock.now - CLOCK_STARTS, 6)] * len(source.take())
    return seen


@pytest.mark.parametrize(
    ("times", "speed", "expected"),
    [
        (["T12:00:00Z", "T12:00:01.5Z", "T12:00:02Z"], 1, [0, 1.5, 2]),
        (["T12:00:00Z", "T12:00:01.5Z", "T12:00:02Z"], 2, [0, 0.75, 1]),
        (["T12:00:00Z", "T12:00:01Z"], 0.5, [0, 2]),
        (["T12:00:00Z", "T12:00:00Z", "T12:00:00.000001Z"], 1, [0, 0, 0.000001]),
        (["T12:00:05Z", "T12:00:00Z", "T12:00:01Z"], 1, [0, 0, 1]),
        (["T12:00:00Z", None, "T12:00:01Z"], 1, [0, 0, 1]),
        ([None, "T12:00:00Z", "T12:00:01Z"], 1, [0, 0, 1]),
        (["T12:00:00Z", "nonsense", "T12:00:01Z"], 1, [0, 0, 1]),
        (["T12:00:00Z", "T14:00:01+02:00", "T12:00:03"], 1, [0, 1, 3]),
    ],
)
def test_gaps(outside: Outside, times: list[str | None], speed: float, expected: list[float]) -> None:
    days = [f"2026-11-23{moment}" if moment and moment != "nonsense" else moment for moment in times]
    source, clock = replay(outside, *days, speed=speed)
    assert dues(source, clock) == expected


def test_delays_do_not_add_up(outside: Outside) -> None:
    source, clock = replay(outside, *(f"2026-11-23T12:00:0{second}Z" for second in range(5)))
    assert source.take() == [[b"", b"0"]]
    clock.now += 2.5
    assert source.take() == [[b"", b"1"], [b"", b"2"]]
    assert source.due == CLOCK_STARTS + 3


def test_nothing_comes_before_its_time(outside: Outside) -> None:
    source, clock = replay(outside, "2026-11-23T12:00:00Z", "2026-11-23T12:01:00Z")
    assert source.due == 0.0
    assert len(source.take()) == 1
    assert not source.reads_input
    assert source.take() == []
    clock.now += 59.99
    assert source.take() == []
    clock.now += 0.01
    assert len(source.take(5)) == 1


def test_who_stops_it_hears_what_was_not_sent(outside: Outside) -> None:
    source, _ = replay(outside, *(f"2026-11-23T12:00:0{second}Z" for second in range(5)))
    source.take()
    assert source.stop() == []
    assert source.ended
    assert outside.said == ["the replay stopped with 4 records read and not sent"]


def test_a_limit_is_kept(outside: Outside) -> None:
    source, _ = replay(outside, None, None, None)
    assert [len(source.take(2)), len(source.take(2))] == [2, 1]


@pytest.mark.parametrize(("speed", "pause"), [(1, 3600), (2, 3600), (1e6, 94.6944)])
def test_a_clock_that_was_set_costs_an_hour_at_most(outside: Outside, speed: float, pause: float) -> None:
    times = ["2023-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2023-01-01T00:00:01Z", "2023-01-01T00:00:01Z"]
    source, clock = replay(outside, *times, speed=speed)

    assert dues(source, clock) == [0, pause, pause, pause]
    assert [line.partition(" of ")[0] for line in outside.said] == ["message 2: the pause"] * (pause == 3600)


def test_an_hour_itself_is_kept(outside: Outside) -> None:
    source, clock = replay(outside, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "2026-01-01T03:00:00Z")

    assert dues(source, clock) == [0, 3600, 7200]
    (said,) = outside.said
    assert "message 3: the pause of 2h before it" in said
