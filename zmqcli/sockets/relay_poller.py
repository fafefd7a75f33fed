"""One sleep over several connections at once: both sides of a proxy, its capture, stdout and the signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import zmq

from zmqcli.delivery.kernel_queue import unread
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.environment import Environment
    from zmqcli.sockets.connection import Connection

__all__ = ["RelayPoller", "Woken", "can_receive", "can_send", "unread_bytes"]

_LONGEST = 1 << 30
"""Milliseconds of one sleep, as in poller.py."""

_POLLIN, _POLLOUT, _POLLERR = int(zmq.POLLIN), int(zmq.POLLOUT), int(zmq.POLLERR)


class Woken(NamedTuple):
    """Why a sleep ended."""

    connections: list[int]
    """For each connection, in order: Wake.RECEIVE, SEND and MONITOR."""
    rest: int
    """Wake.SIGNAL, OUTPUT, OUTPUT_CLOSED, and Wake.INPUT for the extra descriptor."""


class RelayPoller:
    """Sleeps over connections and the streams of one environment.

    A combination of interests is made into a `zmq.Poller` once, as in `Poller`.
    """

    def __init__(
        self,
        connections: Sequence[Connection],
        environment: Environment,
        *,
        watch_output: bool,
        descriptor: int | None = None,
    ) -> None:
        """Take what is slept over. `descriptor`: one more to be read, such as of a thread that tells of its end."""
        self._connections = list(connections)
        self._output = environment.output.descriptor
        self._signals = environment.signals.descriptor
        self._watch_output = watch_output
        self._descriptor = descriptor
        self._pollers: dict[tuple[int, ...], zmq.Poller] = {}
        self._places: dict[Any, int] = {}
        for index, connection in enumerate(self._connections):
            self._places[connection.socket] = self._places[connection.monitor.socket] = index

    def wait(self, interests: Sequence[int], milliseconds: float | None) -> Woken:
        """Sleep until something is there, a signal, an event, or the time is over; None sleeps for ever.

        `interests`: Wake.RECEIVE and SEND for each connection in order, and last Wake.OUTPUT or 0.
        """
        key = tuple(interests)
        poller = self._pollers.get(key) or self._make(key)
        woken = [0] * len(self._connections)
        rest = 0
        for index, connection in enumerate(self._connections):
            if connection.monitor.ahead:
                woken[index], milliseconds = Wake.MONITOR, 0
        # Rounded up, else the last millisecond is spent spinning.
        for source, events in poller.poll(None if milliseconds is None else min(int(milliseconds + 0.999), _LONGEST)):
            place = self._places.get(source)
            if place is None:
                rest |= self._flags(source, events)
            elif source is self._connections[place].socket:
                woken[place] |= (Wake.RECEIVE if events & _POLLIN else 0) | (Wake.SEND if events & _POLLOUT else 0)
            else:
                woken[place] |= Wake.MONITOR
        return Woken(woken, rest)

    def _make(self, interests: tuple[int, ...]) -> zmq.Poller:
        poller = self._pollers[interests] = zmq.Poller()
        for place, (connection, interest) in enumerate(zip(self._connections, interests, strict=False)):
            events = (_POLLIN if interest & Wake.RECEIVE else 0) | (_POLLOUT if interest & Wake.SEND else 0)
            if events:
                poller.register(connection.socket, events)
            poller.register(connection.monitor.socket, _POLLIN)
            if connection.zap_handler is not None:  # there is one from its opening on
                self._places[connection.zap_handler.socket] = place
                poller.register(connection.zap_handler.socket, _POLLIN)
        poller.register(self._signals, _POLLIN)
        if self._descriptor is not None:
            poller.register(self._descriptor, _POLLIN)
        if self._watch_output or interests[-1] & Wake.OUTPUT:
            poller.register(self._output, _POLLERR | (_POLLOUT if interests[-1] & Wake.OUTPUT else 0))
        return poller

    def _flags(self, source: Any, events: int) -> int:
        if source == self._signals:
            return Wake.SIGNAL
        if source == self._descriptor:
            return Wake.INPUT
        return (Wake.OUTPUT_CLOSED if events & _POLLERR else 0) | (Wake.OUTPUT if events & _POLLOUT else 0)


def can_send(connection: Connection) -> bool:
    """Whether the socket says that it would take a message now."""
    return bool(int(connection.socket.getsockopt(zmq.EVENTS)) & _POLLOUT)


def can_receive(connection: Connection) -> bool:
    """Whether the socket says that it has a message."""
    return bool(int(connection.socket.getsockopt(zmq.EVENTS)) & _POLLIN)


def unread_bytes(connection: Connection) -> int:
    """Return what has arrived for this socket and is still in the kernel."""
    return sum(unread(link.duplicate) for link in connection.peers.links.values())
