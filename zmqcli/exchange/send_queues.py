"""How it is known what a peer that leaves takes along: when the kernel's send queues are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.sockets.connection import Connection

__all__ = ["SETTLE_SECONDS", "SendQueues"]

LOOK_SECONDS = 0.002
"""While bytes are in an ipc peer's send queues they are looked at so often: the last look before an ipc peer leaves
is all that tells whether it had taken everything."""
WRITING_SECONDS = 0.01
"""So long after a send an empty queue may mean that libzmq's I/O thread has not written yet."""
SETTLE_SECONDS = 0.002
"""libzmq tells of a departure just before it takes the peer's queue away; what is sent in between is lost unsaid."""


class SendQueues:
    """Those of a connection's ipc peers: looked at while something is in them, and for a moment after each send."""

    def __init__(self, connection: Connection, now: Callable[[], float]) -> None:
        self._peers = connection.peers
        self._now = now
        self._outstanding = 0
        self._until = 0.0
        """When what was sent last is written; 0.0 as long as there is nothing to look at."""

    def sent(self) -> None:
        """Something was sent: look now, and until it is gone."""
        if self._peers.on_ipc:
            self._outstanding = self._peers.queued()
            self._until = self._now() + WRITING_SECONDS

    @property
    def due(self) -> float | None:
        """When to look again; None: when something is sent."""
        if not self._until:  # tcp: asked at each sleep
            return None
        now = self._now()
        return now + LOOK_SECONDS if self._outstanding > 0 or now < self._until else None

    def look(self) -> None:
        """Look, if there may be something."""
        if self.due is not None:
            self._outstanding = self._peers.queued()
