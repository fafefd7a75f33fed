"""Closing a socket so that what was sent is out, or it is known that it may not be.

libzmq's own linger ends at the kernel: on ipc a receiver at its high-water mark loses what the kernel holds when
the sender's end closes (libzmq #4660, pyzmq #1934). So the connections' duplicates (peers.py) are watched, first
with the socket open, so that a peer that comes back is still served, and again after `term()`.

How certain it is: tcp, the peer's kernel has acknowledged every byte; ipc, the peer's libzmq has read every byte.
What the peer's program did with it only the peer can say. docs/delivery.md
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.sockets.connection import Connection

__all__ = ["close_delivered"]

_EMPTY_LOOKS = 4
"""In a row, before a queue counts as empty."""
_PAUSE = 0.0003
"""Seconds between two looks at an empty queue: the I/O thread may be about to fill it."""
_MOVING = 0.002
"""While a queue is being read it is looked at without sleeping: on a busy machine a sleep of 0.2 ms takes 3, and an ipc
peer has taken the rest and left by then."""
_TICK = 0.0002
"""Seconds between two looks at a queue with bytes in it. An ipc peer that takes the last of it and leaves between two
looks cannot be told from one that leaves without: the shorter, the rarer."""


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
    reasons += [f"{endpoint} went away with data outstanding" for endpoint in peers.losses]
    gone = [link for link in peers.links.values() if link.is_gone() and link.lost_output()]  # since the last event
    reasons += [f"{link.endpoint} went away with data outstanding" for link in gone]
    peers.close()
    return reasons


def _drain(
    connection: Connection, deadline: float, parked: Callable[[], bool], sleep: Callable[[float], None]
) -> list[str]:
    """Wait with the socket open until the kernel's queues are empty several times in a row."""
    empty = 0
    while empty < _EMPTY_LOOKS:
        left = connection.peers.queued()
        sleep(0)
        if left or parked():
            empty = 0
            if time.monotonic() >= deadline:
                return [f"a peer had not taken {left} bytes when linger ended" if left else "no peer when linger ended"]
            if not connection.peers.moved_within(_MOVING):
                time.sleep(_TICK)
        else:
            empty += 1
            time.sleep(_PAUSE)
    return []
