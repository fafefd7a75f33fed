"""What a benchmark has to say: a table, a histogram, or lines of JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.terminal.listing import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.bench.measure import Measured
    from zmqcli.environment import Environment

__all__ = ["Result", "histogram", "percentile", "report"]

PERCENTILES = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p99_9": 99.9}
ROWS = 12
"""Of a histogram, about."""
BAR = 40
"""Characters of its longest bar."""
EIGHTHS = " ▏▎▍▌▋▊▉"
NS_PER_US = 1000


class Result(NamedTuple):
    """One benchmark on one transport."""

    benchmark: str
    transport: str
    role: str
    size: int
    measured: Measured

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.measured.messages / self.measured.seconds

    @property
    def megabytes_rate(self) -> float:
        """Megabytes (10^6 bytes) a second, as libzmq's own programs count them."""
        return self.rate * self.size / 1e6

    def percentiles_us(self) -> dict[str, float]:
        """Return the percentiles, the longest and the mean of the round trips, in microseconds."""
        trips = sorted(self.measured.trips_ns)
        values = {name: percentile(trips, share) / NS_PER_US for name, share in PERCENTILES.items()}
        return values | {"max": trips[-1] / NS_PER_US, "mean": sum(trips) / len(trips) / NS_PER_US}


def percentile(ordered: Sequence[int], share: float) -> int:
    """Return the smallest value that at least `share` per cent of the values are not above (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def report(environment: Environment, results: Sequence[Result], *, jsonl: bool) -> str:
    """Return the results as `environment`'s stdout wants them."""
    if jsonl:
        return "".join(f"{_line(result)}\n" for result in results)
    if results[0].benchmark == "throughput":
        return _throughput(environment, results)
    text = _latency(environment, results)
    if environment.output.is_terminal():
        for result in results:
            text += f"\n{result.transport}, round trips by duration\n{histogram(result.measured.trips_ns)}"
    return text


def _line(result: Result) -> str:
    import json

    measured = result.measured
    line: dict[str, object] = {
        "benchmark": result.benchmark,
        "transport": result.transport,
        "role": result.role,
        "size_bytes": result.size,
        "count": measured.messages,
        "seconds": round(measured.seconds, 6),
    }
    if result.benchmark == "throughput":
        line |= {"messages_per_second": round(result.rate), "megabytes_per_second": round(result.megabytes_rate, 3)}
    else:
        line |= {f"{name}_us": round(value, 3) for name, value in result.percentiles_us().items()}
    return json.dumps(line, separators=(",", ":"))


def _throughput(environment: Environment, results: Sequence[Result]) -> str:
    columns = ["TRANSPORT", "SECONDS", "MSG/S", "MB/S"]
    rows = [
        [
            result.transport,
            f"{result.measured.seconds:.3f}",
            f"{result.rate:,.0f}",
            f"{result.megabytes_rate:,.1f}",
        ]
        for result in results
    ]
    if len(results) > 1:
        columns.append("VS TCP")
        for row, result in zip(rows, results, strict=True):
            row.append(f"{result.rate / results[-1].rate:.2f}x")
    return listing(environment, columns, rows)


def _latency(environment: Environment, results: Sequence[Result]) -> str:
    columns = ["TRANSPORT", *(f"{name} us" for name in ("P50", "P90", "P99", "P99.9", "MAX", "MEAN"))]
    rows = [[result.transport, *(f"{value:,.1f}" for value in result.percentiles_us().values())] for result in results]
    if len(results) > 1:
        columns.append("VS TCP")
        tcp = results[-1].percentiles_us()["p50"]
        for row, result in zip(rows, results, strict=True):
            row.append(f"{result.percentiles_us()['p50'] / tcp:.2f}x")
    return listing(environment, columns, rows)


def histogram(trips_ns: Sequence[int]) -> str:
    """Return a bar for each span of durations, and one for the slowest hundredth."""
    ordered = sorted(trips_ns)
    first, last = ordered[0], percentile(ordered, 99.0)
    step = _round_step(max(1, last - first) / ROWS)
    start = first // step
    counts = [0] * (last // step - start + 1)
    beyond = 0
    for trip in ordered:
        index = trip // step - start
        if index < len(counts):
            counts[index] += 1
        else:
            beyond += 1
    digits = 0 if step >= NS_PER_US else 1 if step >= NS_PER_US / 10 else 3
    most = max(*counts, beyond)
    edges = [f"{(start + index) * step / NS_PER_US:,.{digits}f} us" for index in range(len(counts) + 1)]
    wide = max(len(edge) for edge in [*edges[:-1], edges[-1] + "+" * bool(beyond)])
    lines = [f"{edge:>{wide}}  {_bar(count, most)}{count}" for edge, count in zip(edges, counts, strict=False)]
    if beyond:
        lines.append(f"{edges[-1] + '+':>{wide}}  {_bar(beyond, most)}{beyond}")
    return "".join(f"{line}\n" for line in lines)


def _round_step(least: float) -> int:
    """Return 1, 2 or 5 times a power of ten, not below `least` nanoseconds."""
    power = 10 ** max(0, math.floor(math.log10(max(1.0, least))))
    return next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= least)


def _bar(count: int, most: int) -> str:
    eighths = max(round(count / most * BAR * 8), 1 if count else 0)
    bar = "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
    return f"{bar} " if bar else ""
