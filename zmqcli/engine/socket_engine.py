"""The engine of a command on one socket: what it receives, shows and holds back, and who its peers are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from zmqcli.engine.engine import Engine
from zmqcli.errors import TOO_MANY_FILES
from zmqcli.sockets.batches import BATCH_MESSAGES
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zmqcli.delivery.link import Link
    from zmqcli.engine.limits import Limits
    from zmqcli.environment import Environment
    from zmqcli.message import Batch, Frame, Message, ReceivedFrame
    from zmqcli.sockets.connection import Connection

__all__ = ["Held", "SocketEngine"]

GLANCE_SECONDS = 0.001
"""Longest gap between looks at events and signals in a loop that never has to wait."""


class Held(Protocol):
    """A sink that may hold messages back for a moment."""

    due: float | None
    """When it lets go of them; None while it holds none."""

    def let_go(self, write: Callable[[Iterable[Frame]], None]) -> None:
        """Print them with `write`."""


class SocketEngine(Engine):
    """One socket at work."""

    def __init__(
        self, environment: Environment, connection: Connection, limits: Limits, *, shows: bool, publishes: bool = False
    ) -> None:
        """Start the clocks.

        `shows`: messages go to stdout, so its closing ends the command. `publishes`: the XPUB's subscriptions are for
        the command to read, not messages to show.
        """
        super().__init__(environment, [connection], limits, writes=shows)
        self.departures = 0
        """How often a peer has left."""
        self.received = 0
        """Messages that have arrived."""
        self.most = BATCH_MESSAGES
        """Messages to receive at once, at most."""
        self.counts_sends = True
        """Whether a send restarts the clock of `-t`. It does not where sends only answer what was received."""
        self.publishes = publishes
        self.reads_subscriptions = publishes
        """Whether an XPUB's subscriptions are read, so that `peers.subscriptions` is complete."""
        self.on_message: Callable[[Batch], None] | None = None
        """Called with what arrives, for `-v`."""
        self.held: Held | None = None
        self._interest = Wake.RECEIVE if publishes else 0
        self.alarms.append(_HeldTimer(self))

    @property
    def connection(self) -> Connection:
        """The socket."""
        return self.connections[0]

    # What happens

    def sent(self) -> None:
        """Something was sent."""
        if self.counts_sends:
            self.touch()
        for alarm in self.alarms:
            alarm.rearm()

    def arrived(self, batch: Batch) -> None:
        """Messages have arrived. The caller decides whether that counts for `-t`."""
        self.received += len(batch)
        if self.on_message is not None:
            self.handle_events()  # events that came before the message are shown before it
            self.on_message(batch)

    def write(self, chunks: Iterable[Frame]) -> None:
        """Write to stdout. Wait for a slow reader, which in turn holds the sender back."""
        output, signals = self.environment.output, self.environment.signals
        signals.sheltered = True  # a write must not be torn; and `wait` sees everything that ends us
        try:
            output.write(chunks)
            while output.blocked:
                self.wait(Wake.OUTPUT)
                output.flush()
        finally:
            signals.sheltered = False
        self.touch()

    def let_go(self) -> None:
        """Print what the sink holds back. It arrived before, so `-t` does not count from now."""
        if self.held is not None:
            idle_since = self._idle_since
            self.held.let_go(self.write)
            self._idle_since = idle_since

    # Waiting

    def glance(self) -> None:
        """Take events, signals and the clock into account, unless that was just done. For loops that never wait."""
        now = self.now()
        if now - self._woken_at >= GLANCE_SECONDS:
            self.wait(until=now)

    def pause(self, until: float) -> None:
        """Sleep until the clock says `until`. `-t` does not count this time: the pause is ours."""
        self.paced_until = until
        while self.now() < until:
            self.wait(until=until)

    def situation(self) -> str:
        """Return where the socket is and what libzmq last reported about it, for a person."""
        try:
            config, peers = self.connection.config, self.connection.peers
            where = ", ".join([*self.connection.endpoints, *(endpoint.text for endpoint in config.connects)])
            report = peers.report
            if not report and config.binds and not peers.links:
                report = "nobody has connected"
        except OSError:  # no descriptor is left to read a module with
            return TOO_MANY_FILES
        return f"{where}: {report}" if report else where

    def _take_into_account(self, woken: int) -> None:
        super()._take_into_account(woken)
        if self.publishes and woken & Wake.RECEIVE:
            self.connection.read_subscriptions()
            self.touch()
            if self.connection.peers.subscribed(None):
                self.announce()

    def _handled(self, connection: Connection, *, met: bool, left: bool) -> None:
        if met:
            if connection.pattern.can_send:
                self.touch()
            if not self.publishes:
                self.announce()
        if left:
            self.departures += 1
            connection.peers.ledger.let_leave()

    # Requests and their peers

    def requester(self, message: Message) -> Link | None:
        """Return the connection that a request has come over; None over inproc, or when it has already closed."""
        frame = cast("ReceivedFrame", message[0])
        link = self.connection.peers.link_of(frame)
        if link is None and self.connection.monitor.has_events():  # the message arrived before the event about its peer
            self.handle_events()
            link = self.connection.peers.link_of(frame)
        return link

    def is_req(self, message: Message) -> bool:
        """Whether a request has come from a REQ. A REQ asks again only after it has its reply."""
        return self.connection.peers.type_of(cast("ReceivedFrame", message[0])) == "REQ"

    def has_left(self, link: Link | None) -> bool:
        """Whether the peer that `requester` returned is known to have left."""
        if self.connection.monitor.has_events():
            self.handle_events()
        peers = self.connection.peers
        return not peers.unseen and (link is None or peers.links.get(link.number) is not link)

    # Ending

    def abandon(self) -> None:
        """Close without waiting: nothing was sent, or its fate is known, or the command failed."""
        self.connection.close(0.0)
        self.connection.peers.close()


class _HeldTimer:
    """Prints what the sink of an engine holds back when its time has come."""

    def __init__(self, engine: SocketEngine) -> None:
        self._engine = engine

    @property
    def at(self) -> float | None:
        """When that is; None while nothing is held back."""
        return None if self._engine.held is None else self._engine.held.due

    def ring(self, _now: float) -> None:
        """Print it."""
        self._engine.let_go()

    def rearm(self) -> None:
        """Nothing: what happens elsewhere does not change the time."""
