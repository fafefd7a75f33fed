"""One sleep over everything that a command waits for: its sockets, their monitors, stdin, stdout, signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zmq

from zmqcli.delivery.kernel_queue import unread
from zmqcli.streams import AWAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.environment import Environment
    from zmqcli.sockets.connection import Connection

__all__ = ["Poller", "Wake", "can_receive", "can_send", "unread_bytes"]


_LONGEST = 1 << 30
"""Milliseconds of one sleep, 12 days; the caller looks at its clock and sleeps again."""


# As plain ints: an operation on an enum costs a microsecond, and a round trip has a dozen of them.
_POLLIN, _POLLOUT, _POLLERR = int(zmq.POLLIN), int(zmq.POLLOUT), int(zmq.POLLERR)


class Wake:
    """Why a sleep ended, and what to sleep for: flags, as plain ints for the same reason.

    RECEIVE, SEND and MONITOR are those of the first socket. `on` and `of` move them to those of another one and back.
    """

    RECEIVE = 1
    SEND = 2
    INPUT = 4
    OUTPUT = 8
    OUTPUT_CLOSED = 16
    SIGNAL = 32
    MONITOR = 64
    CHILD = 128
    """The descriptor of `Poller.watch` is readable: a child process or a thread has something to tell."""

    PER_SOCKET = RECEIVE | SEND | MONITOR
    _BITS = 8

    @classmethod
    def on(cls, index: int, flags: int) -> int:
        """Return flags of the first socket as those of the socket with this index."""
        return flags << (cls._BITS * index)

    @classmethod
    def of(cls, index: int, flags: int) -> int:
        """Return the flags of the socket with this index, as RECEIVE, SEND and MONITOR."""
        return (flags >> (cls._BITS * index)) & cls.PER_SOCKET


class Poller:
    """Sleeps over some connections and the streams of one environment.

    A combination of interests is made into a `zmq.Poller` once: a wait costs 3 microseconds, not 10.
    """

    def __init__(self, connections: Sequence[Connection], environment: Environment, *, watch_output: bool) -> None:
        self._connections = list(connections)
        self._stdin = environment.input
        self._input = environment.input.descriptor
        self._output = environment.output.descriptor
        self._signals = environment.signals.descriptor
        self._watch_output = watch_output
        self._watched: int | None = None
        self._pollers: dict[int, zmq.Poller] = {}
        self._flags: dict[Any, dict[int, int]] = {}
        """What each source's events mean, as Wake flags."""

    def watch(self, descriptor: int | None) -> None:
        """Sleep over one more descriptor, where Wake.CHILD is of interest."""
        self._watched = descriptor
        self._forget()

    def ignore_output(self) -> None:
        """Watch for the closing of stdout no longer."""
        self._watch_output = False
        self._forget()

    def _forget(self) -> None:
        self._pollers.clear()
        self._flags.clear()

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
        for index, connection in enumerate(self._connections):
            if connection.monitor.ahead:
                woken |= Wake.on(index, Wake.MONITOR)
                milliseconds = 0
        # poll(2) counts whole milliseconds in an int; rounding up, else the last one is spent spinning.
        for source, events in poller.poll(None if milliseconds is None else min(int(milliseconds + 0.999), _LONGEST)):
            for event, flag in self._flags[source].items():
                if events & event:
                    woken |= flag
        return woken

    def _make(self, interest: int) -> zmq.Poller:
        poller = self._pollers[interest] = zmq.Poller()
        for index, connection in enumerate(self._connections):
            wanted = Wake.of(index, interest)
            receive, send, monitor = (Wake.on(index, flag) for flag in (Wake.RECEIVE, Wake.SEND, Wake.MONITOR))
            polled = (_POLLIN if wanted & Wake.RECEIVE else 0) | (_POLLOUT if wanted & Wake.SEND else 0)
            if polled:
                self._register(poller, connection.socket, polled, {_POLLIN: receive, _POLLOUT: send})
            self._register(poller, connection.monitor.socket, _POLLIN, {_POLLIN: monitor})
            if connection.zap_handler is not None:  # there is one from the connection's opening on
                self._register(poller, connection.zap_handler.socket, _POLLIN, {_POLLIN: monitor})
        readable = _POLLIN | _POLLERR  # POLLERR is a hang-up: reading tells
        self._register(poller, self._signals, _POLLIN, {readable: Wake.SIGNAL})
        if interest & Wake.INPUT:
            self._register(poller, self._input, _POLLIN, {readable: Wake.INPUT})
        if interest & Wake.CHILD:
            self._register(poller, self._watched, _POLLIN, {readable: Wake.CHILD})
        if self._watch_output or interest & Wake.OUTPUT:
            polled = _POLLERR | (_POLLOUT if interest & Wake.OUTPUT else 0)
            self._register(poller, self._output, polled, {_POLLERR: Wake.OUTPUT_CLOSED, _POLLOUT: Wake.OUTPUT})
        return poller

    def _register(self, poller: zmq.Poller, source: Any, events: int, flags: dict[int, int]) -> None:
        poller.register(source, events)
        self._flags[source] = flags


def can_send(connection: Connection) -> bool:
    """Whether the socket says that it would take a message now."""
    return bool(int(connection.socket.getsockopt(zmq.EVENTS)) & _POLLOUT)


def can_receive(connection: Connection) -> bool:
    """Whether the socket says that it has a message."""
    return bool(int(connection.socket.getsockopt(zmq.EVENTS)) & _POLLIN)


def unread_bytes(connection: Connection) -> int:
    """Return what has arrived for this socket and is still in the kernel."""
    return sum(unread(link.duplicate) for link in connection.peers.links.values())
