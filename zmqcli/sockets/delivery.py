"""Closing a socket so that what was sent is out, or it is known that it may not be.

libzmq's own linger ends at the kernel: on ipc a receiver at its high-water mark loses what the kernel holds when
the sender's end closes (libzmq #4660, pyzmq #1934). So the connections' duplicates (peers.py) outlive libzmq's own.
Once `term()` has returned, everything is in the kernel's queues and nobody but us listens to the connections: a peer
that leaves with bytes unread resets its connection, and the reset stays until we ask. Before that libzmq would take
it for itself; so the last message is held back until ipc peers have read the rest (outbox.py), and its way watched
(last_read.py).

How certain it is: tcp, the peer's kernel has acknowledged every byte; ipc, the peer's libzmq has read every byte.
What the peer's program did with it only the peer can say. docs/delivery.md
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zmqcli.sockets.link import ONE_READ_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.sockets.connection import Connection

__all__ = ["close_delivered"]

_TICK = 0.0002
"""Seconds between two looks at the queues."""

_EMPTY_LOOKS = 4
"""In a row, before a long message counts as read: libzmq may be about to write more of it."""


def close_delivered(
    connection: Connection, *, linger: float, parked: Callable[[], bool], sleep: Callable[[float], None]
) -> list[str]:
    """Get everything out within `linger` seconds and close; return why it is not known to be out, or [].

    `parked` says whether messages wait in libzmq for a peer that is not there; `sleep(seconds)` takes monitor
    events into account.
    """
    deadline = time.monotonic() + linger
    peers = connection.peers
    sleep(0)
    _let_be_read(connection, sleep, deadline)
    while parked() and time.monotonic() < deadline:  # with the socket open: a peer that comes back is still served
        sleep(_TICK)
    reasons = ["no peer when linger ended"] if parked() else []
    rest = max(0.0, deadline - time.monotonic())
    if connection.pattern.repeats_itself and not peers.count:
        rest = 0.0
    started = time.monotonic()
    connection.close(rest)
    # term() returns as soon as libzmq has nothing left: taking all of the linger means that it had.
    held = rest > 0 and time.monotonic() - started >= 0.98 * rest
    lost = [link for link in peers.links.values() if link.is_gone() and link.lost_output()]
    open_links = [link for link in peers.links.values() if not link.is_gone()]
    while (left := sum(link.look() for link in open_links)) and time.monotonic() < deadline:
        time.sleep(_TICK)
    if left:
        reasons.append(f"a peer had not taken {left} bytes when linger ended")
    elif held:
        reasons.append("libzmq still held messages when linger ended")
    lost += [link for link in open_links if link.was_reset()]
    places = peers.losses + [link.endpoint for link in lost]
    reasons += [f"{endpoint} went away with data outstanding" for endpoint in places]
    peers.close()
    return reasons


def _let_be_read(connection: Connection, sleep: Callable[[float], None], deadline: float) -> None:
    """Look at the queues a last time before libzmq may take a reset for itself; at a long one until it was read.

    Its reader may leave right after the last byte. Only who looks often sees that the queue was empty before that.
    """
    peers = connection.peers
    empty = 0 if peers.queued() > ONE_READ_BYTES and peers.on_ipc else _EMPTY_LOOKS
    while empty < _EMPTY_LOOKS and peers.count and time.monotonic() < deadline:
        time.sleep(_TICK)
        sleep(0)
        peers.queued()
        empty = 0 if peers.being_read else empty + 1
