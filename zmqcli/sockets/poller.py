"""One sleep over everything a command waits for: its socket, the monitor, stdin, stdout, signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zmq

from zmqcli.streams import AWAY_SECONDS

if TYPE_CHECKING:
    from zmqcli.environment import Environment
    from zmqcli.sockets.connection import Connection

__all__ = ["Poller", "Wake"]


_LONGEST = 1 << 30
"""Milliseconds of one sleep, 12 days; the caller looks at its clock and sleeps again."""


# As plain ints: an operation on an enum costs a microsecond, and a round trip has a dozen of them.
_POLLIN, _POLLOUT, _POLLERR = int(zmq.POLLIN), int(zmq.POLLOUT), int(zmq.POLLERR)


class Wake:
    """Why a sleep ended, and what to sleep for: flags, as plain ints for the same reason."""

    RECEIVE = 1
    SEND = 2
    INPUT = 4
    OUTPUT = 8
    OUTPUT_CLOSED = 16
    SIGNAL = 32
    MONITOR = 64
    CHILD = 128


class Poller:
    """Sleeps over one connection and the streams of one environment.

    A combination of interests is made into a `zmq.Poller` once: a wait costs 3 microseconds, not 10.
    """

    def __init__(self, connection: Connection, environment: Environment, *, watch_output: bool) -> None:
        self._connection = connection
        self._stdin = environment.input
        self._input = environment.input.descriptor
        self._output = environment.output.descriptor
        self._signals = environment.signals.descriptor
        self._watch_output = watch_output
        self._watched: int | None = None
        self._pollers: dict[int, zmq.Poller] = {}

    def watch(self, descriptor: int | None) -> None:
        """Sleep over one descriptor more, of commands at work, where Wake.CHILD is of interest."""
        self._watched = descriptor
        self._pollers.clear()

    def ignore_output(self) -> None:
        """Watch for the closing of stdout no longer."""
        self._watch_output = False
        self._pollers.clear()

    def wait(self, interest: int, milliseconds: float | None) -> int:
        """Sleep until something of `interest` (Wake flags) is there, a signal, an event, or the time is over.

        Signals and monitor events always end it, the closing of stdout when `watch_output` was asked for.
        `milliseconds`: None sleeps for ever. Returns Wake flags as a plain int; 0 when the time is over.
        """
        if self._stdin.away and interest & Wake.INPUT:
            # What is typed for another job keeps the terminal readable: polling it would spin.
            self._stdin.away = False
            interest &= ~Wake.INPUT
            away = AWAY_SECONDS * 1000
            milliseconds = away if milliseconds is None else min(milliseconds, away)
        poller = self._pollers.get(interest) or self._make(interest)
        woken = 0
        if self._connection.monitor.ahead:
            woken, milliseconds = Wake.MONITOR, 0
        # poll(2) counts whole milliseconds in an int; rounding up, else the last one is spent spinning.
        for source, events in poller.poll(None if milliseconds is None else min(int(milliseconds + 0.999), _LONGEST)):
            woken |= self._flags(source, events)
        return woken

    def _make(self, interest: int) -> zmq.Poller:
        poller = self._pollers[interest] = zmq.Poller()
        socket_events = (_POLLIN if interest & Wake.RECEIVE else 0) | (_POLLOUT if interest & Wake.SEND else 0)
        if socket_events:
            poller.register(self._connection.socket, socket_events)
        poller.register(self._connection.monitor.socket, _POLLIN)
        if self._connection.zap_handler is not None:
            poller.register(self._connection.zap_handler.socket, _POLLIN)
        poller.register(self._signals, _POLLIN)
        if interest & Wake.INPUT:
            poller.register(self._input, _POLLIN)
        if interest & Wake.CHILD:
            poller.register(self._watched, _POLLIN)
        if self._watch_output or interest & Wake.OUTPUT:
            poller.register(self._output, _POLLERR | (_POLLOUT if interest & Wake.OUTPUT else 0))
        return poller

    def _flags(self, source: Any, events: int) -> int:
        if source is self._connection.socket:
            return (Wake.RECEIVE if events & _POLLIN else 0) | (Wake.SEND if events & _POLLOUT else 0)
        if source is self._connection.monitor.socket:
            return Wake.MONITOR
        if self._connection.zap_handler is not None and source is self._connection.zap_handler.socket:
            return Wake.MONITOR  # an event of a connection, too
        if source == self._signals:
            return Wake.SIGNAL
        if source in {self._input, self._watched}:  # POLLERR too (a hang-up): reading tells
            return Wake.INPUT if source == self._input else Wake.CHILD
        return (Wake.OUTPUT_CLOSED if events & _POLLERR else 0) | (Wake.OUTPUT if events & _POLLOUT else 0)
