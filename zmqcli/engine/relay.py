"""The engine of a proxy: its two sockets, perhaps a third that captures, and how they are closed.

`proxy/forward.py` and `proxy/native.py` pass the messages on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.closing import close_delivered
from zmqcli.engine.ending import DONE, Ended
from zmqcli.engine.engine import Engine
from zmqcli.errors import UndeliveredError
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.engine.limits import Limits
    from zmqcli.environment import Environment
    from zmqcli.sockets.connection import Connection

__all__ = ["BACKEND", "FRONTEND", "SIDES", "Relay"]

SIDES = ("frontend", "backend", "capture")
FRONTEND, BACKEND = 0, 1
"""The indices of the two sides, for `Wake.on` and `Wake.of`."""
FLUSH_SECONDS = 1.0
"""A slow reader of stdout gets this long at the end."""


class Relay(Engine):
    """Two connections, perhaps a third that captures."""

    def __init__(
        self, environment: Environment, connections: Sequence[Connection], limits: Limits, *, writes: bool
    ) -> None:
        """Start the clocks. `connections`: frontend, backend, and perhaps capture; `writes`: stdout is written to."""
        self.frontend, self.backend = connections[:2]
        self.capture = connections[2] if len(connections) > 2 else None  # noqa: PLR2004 # the third is the capture
        self.in_other_hands = False
        """Whether a thread has the sockets and does not give them back. Then they must not be closed here."""
        super().__init__(environment, connections, limits, writes=writes)
        self.says_losses = False
        """Whether it is an error when a receiver of work leaves before it has received all of it."""
        self.counters: list[Callable[[Connection], int]] = []
        """Functions that return how many messages were sent on at a side."""
        self._peers_before_end: dict[str, int] = {}
        self._sent_before: dict[str, int] = {}
        """How many messages had been sent on at a side when its last peer left."""
        if environment.verbose:
            from zmqcli.engine.events import narrate

            narrate(self)

    def watch(self, descriptor: int | None) -> None:
        """Wake up (Wake.CHILD) for one more descriptor."""
        self.poller.watch(descriptor)
        self._interest = 0 if descriptor is None else Wake.CHILD

    def name(self, connection: Connection) -> str:
        """Return what a person calls it: frontend, backend, capture."""
        return SIDES[0 if connection is self.frontend else 1 if connection is self.backend else 2]

    def _watched(self) -> Sequence[Connection]:
        return [self.backend] if self.says_losses else []

    def _own_connections(self) -> Sequence[Connection]:
        return [] if self.in_other_hands else self.connections

    # Events

    def _take_into_account(self, woken: int) -> None:
        super()._take_into_account(woken)
        if self.on_ready is not None and self._met_both():
            self.announce()
        if self.limits.transient and not self.stopping and self._all_gone():
            raise Ended(DONE)

    def _handled(self, connection: Connection, *, met: bool, left: bool) -> None:  # noqa: ARG002 # `met`: the engine's
        peers = connection.peers
        if peers.handshakes and not peers.count:
            self._sent_before[self.name(connection)] = self._sent(connection)
        if self.says_losses and left:
            peers.ledger.let_leave()
        if not self.stopping:
            self._report_losses(connection)

    def _report_losses(self, connection: Connection) -> None:
        """Report what was lost on the way. A proxy's peers come and go; for it only what is lost at its end counts."""
        counts = self.says_losses and connection.pattern.balances
        losses = connection.peers.ledger.losses
        for endpoint in losses:
            what = f"{self.prefix(connection)}{endpoint} went away with data outstanding"
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

    # Ending

    def flush(self) -> None:
        """Give a slow reader of stdout a last chance to take what has been formatted."""
        output = self.environment.output
        deadline = self.now() + FLUSH_SECONDS
        while output.blocked and self.writes and self.now() < deadline:
            self.wait(Wake.OUTPUT, deadline)
            output.flush()
        if output.blocked and self.writes:
            self.environment.note(f"{output.pending_bytes} bytes were not taken by the reader of stdout")

    def _sent(self, connection: Connection) -> int:
        return sum(counter(connection) for counter in self.counters)

    def begin_ending(self) -> None:
        """Ignore from now on what would end the relay. Remember the peers before senders are turned away."""
        self.stopping = True
        self._peers_before_end = {self.name(connection): connection.peers.count for connection in self.connections}

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
                reasons += [f"{self.prefix(connection)}{why}" for why in self._deliver(connection, deadline)]
            self.release(connection)
        if self.capture is not None:
            self.release(self.capture)
        return reasons

    def _deliver(self, connection: Connection, deadline: float) -> list[str]:
        never_met = self.environment.signals.received and not connection.peers.handshakes
        linger = 0.0 if never_met else max(0.0, deadline - self.now())  # without a peer there is nothing to wait for
        return close_delivered(connection, linger=linger, sleep=self.sleep).reasons

    def abandon(self) -> None:
        """Close without waiting for anything. May be called again."""
        for connection in list(self.connections):
            if self.in_other_hands:
                connection.release_paths()
            else:
                self.release(connection)

    def report_undelivered(self, reasons: Sequence[str]) -> None:
        """Report what is not known to have arrived. It makes exit code 5."""
        if reasons:
            self.environment.fail(UndeliveredError(f"undelivered: {'; '.join(reasons)}"))
