"""What was measured, and how it is shown: the ratios first."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Result", "Section", "compare", "markdown", "text"]

HEADINGS = ("ratio", "target", "what", "median", "beside", "its median")


@dataclass(frozen=True, slots=True)
class Result:
    """One line: what was measured, beside what."""

    what: str
    value: str
    beside: str = ""
    beside_value: str = ""
    ratio: float | None = None
    target: float | None = None
    at_least: bool = False
    """Whether the target is a lower bound."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The line as it is shown."""
        return (self._ratio(), self._target(), self.what, self.value, self.beside, self.beside_value)

    @property
    def missed(self) -> bool:
        """Whether there is a target and the ratio is on its wrong side."""
        if self.ratio is None or self.target is None:
            return False
        return self.ratio < self.target if self.at_least else self.ratio > self.target

    def _ratio(self) -> str:
        return "" if self.ratio is None else f"{self.ratio:.2f}"

    def _target(self) -> str:
        if self.target is None:
            return ""
        bound = ">=" if self.at_least else "<="
        return f"{bound} {self.target:g} {'missed' if self.missed else 'met'}"


@dataclass(frozen=True, slots=True)
class Section:
    """Results that belong together, and what has to be known to read them."""

    title: str
    results: Sequence[Result]
    notes: Sequence[str] = ()


def compare(
    what: str,
    values: Sequence[float],
    beside: str,
    others: Sequence[float],
    *,
    unit: str = "ms",
    target: float | None = None,
    at_least: bool = False,
) -> Result:
    """Return medians, and the median of the ratios round by round: what disturbs one disturbs its neighbour too."""
    ratio = median(value / other for value, other in zip(values, others, strict=True))
    return Result(
        what, shown(median(values), unit), beside, shown(median(others), unit), ratio, target=target, at_least=at_least
    )


def shown(value: float, unit: str) -> str:
    """Return seconds or bytes in `unit`."""
    factor = {"ms": 1e3, "us": 1e6, "s": 1.0, "MiB": 2.0**-20}[unit]
    number = value * factor
    return f"{number:.2f} {unit}" if number < 10 else f"{number:.1f} {unit}"


def text(section: Section) -> str:
    """Return the section for a terminal."""
    rows = [HEADINGS, *(result.cells for result in section.results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"\n{section.title}", *lines, *(f"  {note}" for note in section.notes)])


def markdown(section: Section) -> str:
    """Return the section for the results page."""
    rows = [HEADINGS, ("--:", "---", "---", "--:", "---", "--:"), *(result.cells for result in section.results)]
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    notes = ["", *(f"- {note}" for note in section.notes)] if section.notes else []
    return "\n".join([f"## {section.title}", "", *lines, *notes])
