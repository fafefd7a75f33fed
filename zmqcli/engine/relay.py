"""A proxy's two sockets and the outside: the only place that sleeps, and how the proxy ends.

It is to two sockets (and the one that captures) what `Session` is to one. `forward.py` and `native.py` pass the
messages on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zmqcli.engine.closing import close_delivered
from zmqcli.engine.limits import DurationOver
from zmqcli.engine.memory import MemoryWatch
from zmqcli.errors import OutputClosed, Stopped, UndeliveredError, ZmqcliError
from zmqcli.sockets.poller import Wake
from zmqcli.sockets.relay_poller import RelayPoller, Woken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.diagnosis.events import Event
    from zmqcli.environment import Environment
    from zmqcli.sockets.connection import Connection

__all__ = ["SIDES", "Relay", "RelayLimits"]

SIDES = ("frontend", "backend", "capture")
FLUSH_SECONDS = 1.0
"""A slow reader of stdout gets this long at the end."""


class RelayLimits(NamedTuple):
    """How long, in seconds."""

    duration: float | None = None
    linger: float = 5.0
    transient: bool = False
    """Whether to stop once every peer that had connected has left."""


class Relay:
    """Two connections, perhaps a third that captures, and the environment they live in."""

    def __init__(
        self, environment: Environment, connections: Sequence[Connection], limits: RelayLimits, *, writes: bool
    ) -> None:
        """Start the clock. `connections`: frontend, backend, and perhaps capture; `writes`: stdout is written to."""
        self.environment = environment
        self.frontend, self.backend = connections[:2]
        self.capture = connections[2] if len(connections) > 2 else None  # noqa: PLR2004 # the third is the capture
        self.limits = limits
        self.writes = writes
        self.now = environment.monotonic
        self.says_losses = False
        """Whether it is an error when a receiver of work leaves before it has received all of it."""
        self.on_ready: Callable[[], None] | None = None
        """Called once, when each side has had a peer (`--ready-when peer`)."""
        self.stopping = False
        """Whether only linger counts any more."""
        self.in_other_hands = False
        """Whether a thread has the sockets and does not give them back. Then they must not be closed here."""
        self._peers_before_end: dict[str, int] = {}
        self._sent_before: dict[str, int] = {}
        """How many messages had been sent on at a side when its last peer left."""
        self.counters: list[Callable[[Connection], int]] = []
        """Functions that return how many messages were sent on at a side."""
        self._open = list(connections)
        self._memory = MemoryWatch(environment, lambda: [] if self.in_other_hands else self._open)
        self._ends = None if limits.duration is None else self.now() + limits.duration
        self._descriptor: int | None = None
        self._poller = self._make_poller()
        self._tellers: dict[str, Callable[[Event], None]] = {}
        """With `-v`: what prints the events of each side."""
        if environment.verbose:
            from functools import partial

            from zmqcli.engine.events import teller

            for connection in connections:
                name = self.name(connection)
                self._tellers[name] = teller(environment, partial(_itself, connection), f"{name}: ")

    def watch(self, descriptor: int | None) -> None:
        """Wake up (Wake.INPUT) for one descriptor more."""
        self._descriptor = descriptor
        self._poller = self._make_poller()

    def _make_poller(self) -> RelayPoller:
        return RelayPoller(self._open, self.environment, watch_output=self.writes, descriptor=self._descriptor)

    # Waiting

    def wait(self, frontend: int = 0, backend: int = 0, *, output: bool = False, until: float | None = None) -> Woken:
        """Sleep until a side is ready for what is asked (Wake flags), or the clock says `until`.

        Raise Stopped at the first signal, OutputClosed, DurationOver. While stopping, raise only OutputClosed.
        """
        ends = None if self.stopping else self._ends
        deadline = min((at for at in (until, ends, self._look_at()) if at is not None), default=None)
        milliseconds = None if deadline is None else max(0.0, deadline - self.now()) * 1000
        interests = [frontend, backend, *[0] * (len(self._open) - 2), Wake.OUTPUT if output else 0]
        self._memory.rest()
        woken = self._poller.wait(interests, milliseconds)
        self._housekeeping(woken)
        if ends is not None and self.now() >= ends:
            raise DurationOver
        return woken

    def _look_at(self) -> float | None:
        """Return when to look at what became of the messages sent on, if a loss there counts."""
        pause = self.backend.peers.ledger.pause() if self.says_losses else None
        return None if pause is None else self.now() + pause

    def _housekeeping(self, woken: Woken) -> None:
        self._handle_events(woken)
        if self.says_losses:
            self.backend.peers.ledger.look_if_due()
        signals = self.environment.signals
        if signals.received and not self.stopping:
            raise Stopped(signals.received)
        if woken.rest & Wake.SIGNAL:
            signals.clear()
            self._memory.look()
        if woken.rest & Wake.OUTPUT_CLOSED and self.writes:
            self.writes = False  # once is enough
            self._poller = self._make_poller()
            raise OutputClosed("stdout is closed")

    def _handle_events(self, woken: Woken) -> None:
        told = [index for index, flags in enumerate(woken.connections) if flags & Wake.MONITOR]
        for index in told:
            self._handle(self._open[index])
        if told and self.on_ready is not None and self._met_both():
            announce, self.on_ready = self.on_ready, None  # once, also when it fails
            announce()
        if told and self.limits.transient and not self.stopping and self._all_gone():
            raise DurationOver

    def _handle(self, connection: Connection) -> None:
        environment, peers, name = self.environment, connection.peers, self.name(connection)
        before, shaken = peers.count, peers.handshakes
        if connection.zap_handler is not None:
            connection.zap_handler.serve(environment, f"{name}: ")
        for event in connection.monitor.drain():
            if name in self._tellers:
                self._tellers[name](event)
            peers.handle(event)
        if peers.handshakes > shaken and connection.pattern.exclusive and peers.count > 1:
            another = f"another peer has connected to the {name}; a PAIR talks to the first alone"
            environment.note(another, repeats=True)
        if peers.handshakes and not peers.count:
            self._sent_before[name] = self._sent(connection)
        if self.says_losses and peers.count < before:
            peers.ledger.let_leave()
        if not self.stopping:
            self._tell_losses(connection)
        self._tell_troubles(connection)

    def _tell_troubles(self, connection: Connection) -> None:
        environment, peers, name = self.environment, connection.peers, self.name(connection)
        for trouble in peers.troubles:
            environment.fail(ZmqcliError(f"{name}: {trouble}"), repeats=True)
        for loss in peers.unread:
            environment.fail(ZmqcliError(f"{name}: {loss}"))
        peers.troubles.clear()
        peers.unread.clear()
        for refusal in peers.take_refusals():
            environment.note(f"{name}: {refusal}", repeats=True)
        if complaint := connection.monitor.take_complaint():
            environment.note(f"{name}: {complaint}")

    def _tell_losses(self, connection: Connection) -> None:
        """Report what was lost on the way. A proxy's peers come and go; for it only what is lost at its end counts."""
        counts = self.says_losses and connection.pattern.balances
        losses = connection.peers.ledger.losses
        for endpoint in losses:
            what = f"{self.name(connection)}: {endpoint} went away with data outstanding"
            if counts:
                self.environment.fail(UndeliveredError(f"undelivered: {what}"))
            else:
                self.environment.detail(what)
        losses.clear()

    def _met_both(self) -> bool:
        """Whether each side has had a peer; unknown over inproc."""
        return all(side.peers.handshakes or side.peers.unseen for side in (self.frontend, self.backend))

    def _all_gone(self) -> bool:
        sides = (self.frontend.peers, self.backend.peers)
        return any(peers.handshakes for peers in sides) and not any(peers.count for peers in sides)

    def name(self, connection: Connection) -> str:
        """Return what a person calls it: frontend, backend, capture."""
        return SIDES[0 if connection is self.frontend else 1 if connection is self.backend else 2]

    # Ending

    def flush(self) -> None:
        """Give a slow reader of stdout a last chance to take what has been formatted."""
        output = self.environment.output
        deadline = self.now() + FLUSH_SECONDS
        while output.blocked and self.writes and self.now() < deadline:
            self.wait(output=True, until=deadline)
            output.flush()
        if output.blocked and self.writes:
            self.environment.note(f"{output.pending_bytes} bytes were not taken by the reader of stdout")

    def _sent(self, connection: Connection) -> int:
        return sum(counter(connection) for counter in self.counters)

    def begin_ending(self) -> None:
        """Ignore from now on what would end the relay. Remember the peers before senders are turned away."""
        self.stopping = True
        self._peers_before_end = {self.name(connection): connection.peers.count for connection in self._open}

    def peers_of(self, connection: Connection) -> int:
        """Return how many peers a side has, or had when the end began."""
        return self._peers_before_end.get(self.name(connection), connection.peers.count)

    def enter_uncounted(self) -> None:
        """Enter in the ledgers what libzmq's own proxy has sent since the last peer of a side left."""
        for connection in (self.frontend, self.backend):
            if self._sent(connection) > self._sent_before.get(self.name(connection), 0):
                connection.peers.ledger.took_uncounted()

    def close(self, deadline: float) -> list[str]:
        """Close both sides. Where something was sent, wait first until all is out, or until `deadline`.

        Return why not everything is known to be out; [] when it is.
        """
        self.stopping = True
        reasons = []
        for connection in (self.frontend, self.backend):
            if connection.pattern.can_send and self._sent(connection):
                reasons += [f"{self.name(connection)}: {why}" for why in self._deliver(connection, deadline)]
            self._forget(connection)
        if self.capture is not None:
            self._forget(self.capture)
        return reasons

    def _deliver(self, connection: Connection, deadline: float) -> list[str]:
        peers = connection.peers

        def sleep(seconds: float) -> None:
            woken = self._poller.wait([0] * (len(self._open) + 1), seconds * 1000)
            self._handle_events(woken)
            if woken.rest & Wake.SIGNAL:
                self.environment.signals.clear()

        never_met = self.environment.signals.received and not peers.handshakes  # then there is nothing to wait for
        linger = 0.0 if never_met else max(0.0, deadline - self.now())
        return close_delivered(connection, linger=linger, sleep=sleep).reasons

    def _forget(self, connection: Connection) -> None:
        connection.close(0.0)
        connection.peers.close()
        if connection in self._open:
            self._open.remove(connection)
            self._poller = self._make_poller()

    def abandon(self) -> None:
        """Close without waiting for anything. May be called again."""
        for connection in list(self._open):
            if self.in_other_hands:
                connection.release_paths()
            else:
                self._forget(connection)

    def say_undelivered(self, reasons: Sequence[str]) -> None:
        """Report what is not known to have arrived. It makes exit code 5."""
        if reasons:
            self.environment.fail(UndeliveredError(f"undelivered: {'; '.join(reasons)}"))


def _itself(connection: Connection) -> Connection:
    return connection
