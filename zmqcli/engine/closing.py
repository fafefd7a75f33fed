"""Closes a socket so that what was sent is out, or is known to be in doubt.

libzmq's own linger ends before the kernel does: what it has encoded and the kernel has no room for yet (up to 8 KiB) is
lost when the socket closes, and on ipc a receiver at its high-water mark loses what the kernel holds when the sender's
end closes (libzmq #4660, pyzmq #1934). So the socket stays open until the ledger (ledger.py) says that everything is
out, and the kernel's queues are looked at once more when libzmq has closed it.

How certain it is: tcp, the peer's kernel has acknowledged every byte; ipc, the peer's libzmq has read every byte.
What the peer's program did with it only the peer can say. docs/delivery.md
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.sockets.connection import Connection

__all__ = ["Closed", "close_delivered"]

_TICK = 0.0002
"""Seconds between two looks."""
_SETTLED_SECONDS = 0.1
"""libzmq gets this long to close when everything is known to be out."""
_PROOF_SECONDS = 0.25
"""How long, beyond linger, it may take to see that empty queues stay empty: the machine may be busy."""


class Closed(NamedTuple):
    """What became of everything that was sent."""

    reasons: list[str]
    """Why not all of it is known to be out; empty when it is."""
    dropped: list[str]
    """The same about subscribers that a publisher does not wait for, when another one has got everything."""


def close_delivered(connection: Connection, *, linger: float, sleep: Callable[[float], None]) -> Closed:
    """Get everything out within `linger` seconds, close, and return what became of it.

    `sleep(seconds)` takes monitor events into account.
    """
    ledger = connection.peers.ledger
    deadline = time.monotonic() + linger
    reasons = _drain(connection, deadline, sleep)
    served = connection.drops and ledger.somebody_has_all()
    rest = 0.0 if served else max(0.0, deadline - time.monotonic())
    if ledger.settled:  # a socket that connects would wait in vain for a peer, with nothing to send
        rest = min(rest, _SETTLED_SECONDS)
    if connection.pattern.repeats_itself and not connection.peers.count:
        rest = 0.0
    ledger.forget_unwatched()
    started = time.monotonic()
    connection.close(rest)
    # close() returns as soon as libzmq has nothing left. When it takes all of the linger, libzmq still had something.
    if rest and not ledger.settled and time.monotonic() - started >= 0.98 * rest:
        reasons.append("libzmq still held messages when linger ended")
    while (left := ledger.queued()) and time.monotonic() < deadline:
        time.sleep(_TICK)
    if left and not reasons:
        reasons.append(f"a peer had not taken {left} bytes when linger ended")
    reasons += [f"{endpoint} went away with data outstanding" for endpoint in ledger.after_closing()]
    connection.peers.close()
    return Closed([], reasons) if served else Closed(reasons, [])


def _drain(connection: Connection, deadline: float, sleep: Callable[[float], None]) -> list[str]:
    """Wait with the socket open, so that a peer that comes back is still served, until everything is out."""
    ledger = connection.peers.ledger
    while True:
        sleep(0)
        ledger.look()
        if ledger.settled or ledger.only_libzmq_knows:
            return []
        now = time.monotonic()
        if now >= deadline and (ledger.parked or (left := ledger.queued())):
            what = "no peer" if ledger.parked else f"a peer had not taken {left} bytes"
            return [f"{what} when linger ended"]
        if now >= deadline + _PROOF_SECONDS:
            return ["libzmq had not written everything when linger ended"]
        time.sleep(_TICK)
