"""The rates of each side of a proxy, reported at an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zmqcli.proxy.forward import DIRECTIONS
from zmqcli.units import format_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.engine.relay import Relay
    from zmqcli.message import Batch

__all__ = ["RateReport", "Rates", "as_json", "as_text"]


class RateReport(NamedTuple):
    """What one side did in a while."""

    side: str
    peers: int
    seconds: float
    messages_in: int
    bytes_in: int
    messages_out: int
    bytes_out: int


class Rates:
    """Counts what was read and what was sent on, and reports it."""

    def __init__(self, relay: Relay, interval: float, tell: Callable[[RateReport], None]) -> None:
        """Pass the rates of each side to `tell` every `interval` seconds."""
        self._relay = relay
        self._interval = interval
        self._tell = tell
        self._since = relay.now()
        self._due = self._since + interval
        self._read = dict.fromkeys(DIRECTIONS, (0, 0))
        self._sent = dict.fromkeys(DIRECTIONS, (0, 0))

    def received(self, direction: str, batch: Batch, size: int) -> None:
        """Count messages that came in."""
        _add(self._read, direction, len(batch), size)

    def passed(self, direction: str, batch: Batch, size: int) -> None:
        """Count messages that went out."""
        _add(self._sent, direction, len(batch), size)

    def finish(self) -> None:
        """Report what there was since the last time."""
        self._report()

    def tick(self) -> float:
        """Report when it is time; return when it is time again."""
        now = self._relay.now()
        if now >= self._due:
            self._report()
            # Without drift; what was missed is not made up for.
            self._due = max(self._due + self._interval, now)
        return self._due

    def _report(self) -> None:
        now = self._relay.now()
        seconds, self._since = now - self._since, now
        there, back = DIRECTIONS
        for connection, into, out in ((self._relay.frontend, there, back), (self._relay.backend, back, there)):
            side = self._relay.name(connection)
            peers = self._relay.peers_of(connection)
            self._tell(RateReport(side, peers, seconds, *self._read[into], *self._sent[out]))
        self._read = dict.fromkeys(DIRECTIONS, (0, 0))
        self._sent = dict.fromkeys(DIRECTIONS, (0, 0))


def _add(counts: dict[str, tuple[int, int]], direction: str, messages: int, size: int) -> None:
    before = counts[direction]
    counts[direction] = before[0] + messages, before[1] + size


def as_text(report: RateReport) -> str:
    """Return a report as a line for a person."""
    seconds = report.seconds or 1.0
    rates = [
        f"{way} {messages / seconds:.0f} msg/s {format_size(round(size / seconds))}/s"
        for way, messages, size in (
            ("in", report.messages_in, report.bytes_in),
            ("out", report.messages_out, report.bytes_out),
        )
    ]
    return f"{report.side}: {', '.join(rates)}, {report.peers} peer{'' if report.peers == 1 else 's'}"


def as_json(report: RateReport, time: str) -> str:
    """Return a report as a JSON object, all of it numbers but `time` and the side."""
    seconds = report.seconds or 1.0
    return (
        f'{{"time":"{time}","side":"{report.side}","peers":{report.peers},"seconds":{report.seconds:.3f},'
        f'"messages_in":{report.messages_in},"messages_in_per_second":{report.messages_in / seconds:.1f},'
        f'"bytes_in":{report.bytes_in},"bytes_in_per_second":{report.bytes_in / seconds:.1f},'
        f'"messages_out":{report.messages_out},"messages_out_per_second":{report.messages_out / seconds:.1f},'
        f'"bytes_out":{report.bytes_out},"bytes_out_per_second":{report.bytes_out / seconds:.1f}}}'
    )
