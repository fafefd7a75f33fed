"""The figures of a benchmark."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zmqcli.bench.measure import Measured
from zmqcli.bench.report import Result, histogram, percentile


def test_a_percentile_is_a_value_that_was_measured() -> None:
    ordered = list(range(1, 1001))

    assert [percentile(ordered, share) for share in (50.0, 90.0, 99.0, 99.9)] == [500, 900, 990, 999]
    assert percentile([7], 99.9) == percentile([7], 50.0) == 7


def test_rates_are_of_the_time_that_was_measured() -> None:
    result = Result("throughput", "tcp", "both", 100, Measured(1000, 0.5, []))

    assert result.rate == 2000
    assert result.megabytes_rate == 0.2


def test_microseconds_are_of_nanoseconds() -> None:
    result = Result("latency", "tcp", "both", 100, Measured(2, 0.1, [1500, 2500]))

    assert result.percentiles_us() == {"p50": 1.5, "p90": 2.5, "p99": 2.5, "p99_9": 2.5, "max": 2.5, "mean": 2.0}


def test_a_histogram_shows_the_slowest_hundredth_in_one_row() -> None:
    trips = [10_000] * 60 + [12_500] * 39 + [900_000]

    assert histogram(trips) == (
        " 10.0 us  ████████████████████████████████████████ 60\n"
        " 10.5 us  0\n"
        " 11.0 us  0\n"
        " 11.5 us  0\n"
        " 12.0 us  0\n"
        " 12.5 us  ██████████████████████████ 39\n"
        "13.0 us+  ▋ 1\n"
    )


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=200))
def test_a_histogram_counts_every_trip_in_a_screen_of_rows(trips: list[int]) -> None:
    lines = histogram(trips).splitlines()

    assert sum(int(line.split()[-1]) for line in lines) == len(trips)
    assert len(lines) <= 15
