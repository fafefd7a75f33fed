"""Closing a socket so that what was sent is out, or it is known that it may not be.

libzmq's own linger ends before the kernel does: what it has encoded and the kernel has no room for yet (up to 8 KiB) is
lost when the socket closes, and on ipc a receiver at its high-water mark loses what the kernel holds when the sender's
end closes (libzmq #4660, pyzmq #1934). So the connections' duplicates (peers.py) are watched, first with the socket
open, until all queues are empty, and again after `term()`.

An ipc peer that takes the last of it and leaves cannot be told from one that leaves without by its queue: so the last
message is held back until the rest was read (outbox.py), and its way watched (last_read.py).

How certain it is: tcp, the peer's kernel has acknowledged every byte; ipc, the peer's libzmq has read every byte.
What the peer's program did with it only the peer can say. docs/delivery.md
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.sockets.connection import Connection

__all__ = ["Quiet", "close_delivered"]

_TICK = 0.0002
"""Seconds between two looks at the queues. An ipc peer that takes the last of a long message and leaves between two
looks cannot be told from one that leaves without: the shorter, the rarer."""
_QUIET_SECONDS = 0.0012
"""So long an empty queue may mean that libzmq's I/O thread is about to write more."""


class Quiet:
    """Tells when something has been over for a while, asked again and again."""

    def __init__(self) -> None:
        self._since: float | None = None

    def lasts(self, *, busy: bool) -> bool:
        """Whether it was not `busy` at any question of the last millisecond."""
        now = time.monotonic()
        if busy or self._since is None:
            self._since = now
        return now - self._since >= _QUIET_SECONDS


def close_delivered(
    connection: Connection, *, linger: float, parked: Callable[[], bool], sleep: Callable[[float], None]
) -> list[str]:
    """Get everything out within `linger` seconds and close; return why it is not known to be out, or [].

    `parked` says whether messages wait in libzmq for a peer that is not there; `sleep(seconds)` takes monitor
    events into account.
    """
    deadline = time.monotonic() + linger
    reasons = _drain(connection, deadline, parked, sleep)
    rest = max(0.0, deadline - time.monotonic())
    if connection.pattern.repeats_itself and not connection.peers.count:
        rest = 0.0
    started = time.monotonic()
    connection.close(rest)
    # term() returns as soon as libzmq has nothing left: taking all of the linger means that it had.
    if rest and time.monotonic() - started >= 0.98 * rest:
        reasons.append("libzmq still held messages when linger ended")
    peers = connection.peers
    while (left := peers.queued()) and time.monotonic() < deadline:
        time.sleep(_TICK)
    if left and not reasons:
        reasons.append(f"a peer had not taken {left} bytes when linger ended")
    gone = [link.endpoint for link in peers.links.values() if link.is_gone() and link.lost_output()]
    reasons += [f"{endpoint} went away with data outstanding" for endpoint in (*peers.losses, *gone)]
    peers.close()
    return reasons


def _drain(
    connection: Connection, deadline: float, parked: Callable[[], bool], sleep: Callable[[float], None]
) -> list[str]:
    """Wait with the socket open, so that a peer that comes back is still served, until the queues are empty."""
    quiet = Quiet()
    while True:
        left = connection.peers.queued()
        sleep(0)
        busy = left > 0 or parked()
        if quiet.lasts(busy=busy):
            return []
        if busy and time.monotonic() >= deadline:
            return [f"a peer had not taken {left} bytes when linger ended" if left else "no peer when linger ended"]
        time.sleep(_TICK)
