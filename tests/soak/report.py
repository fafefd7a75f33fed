"""The table at the end of a soak, ready for docs/delivery.md. No I/O."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.soak.judge import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["table"]


def table(results: Iterable[tuple[str, Verdict]], order: Sequence[str]) -> str:
    """Return the table of all runs: a row for each fault, in the given order, and their sum."""
    counts: dict[str, Counter[Verdict]] = {}
    for fault, verdict in results:
        counts.setdefault(fault, Counter())[verdict] += 1
    rows = [["fault", "runs", *(verdict.value for verdict in Verdict)]]
    rows += [_row(fault, counts[fault]) for fault in order if fault in counts]
    rows.append(_row("all", sum(counts.values(), Counter())))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(_cells(row, widths)) + " |" for row in rows]
    rule = (
        "|" + "|".join("-" * (width + 1) + ("-" if column == 0 else ":") for column, width in enumerate(widths)) + "|"
    )
    return "\n".join([lines[0], rule, *lines[1:]])


def _row(name: str, count: Counter[Verdict]) -> list[str]:
    return [name, str(count.total()), *(str(count[verdict]) for verdict in Verdict)]


def _cells(row: list[str], widths: list[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
