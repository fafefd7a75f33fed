"""Drops peers that send a message without an end: libzmq keeps its frames in memory, and no receive returns them.

libzmq keeps the frames of a message until the last one is there. RCVHWM does not help, because it counts whole
messages, nor does MAXMSGSIZE, which limits one frame. An empty frame has 2 bytes on the wire and 64 in memory, so a
peer that never ends its message takes 32 MiB for each MiB that it sends, and nothing wakes the application.

So we look at the memory of the process after each bit of processor time it uses (`Signals.watch`); an idle command is
never woken. Once the memory has grown by SUSPICIOUS_BYTES, what each connection has brought (TCP_INFO) is compared with
the messages received from it. A connection that has brought no message but only growth is shut down; libzmq sees its
end and frees the frames. docs/decisions/0016-bounds.md
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import zmq

from zmqcli.delivery.kernel_queue import unread
from zmqcli.sockets.setup import DEAF
from zmqcli.units import format_size

if TYPE_CHECKING:
    from zmqcli.delivery.link import Link
    from zmqcli.message import Batch
    from zmqcli.sockets.connection import Connection

__all__ = ["Hoard"]

SUSPICIOUS_BYTES = 64 << 20
"""The memory of the process may grow by this much before we look for the reason."""
EVIDENCE_BYTES = 16 << 20
"""During a look it must grow by this much more, apart from what work on messages takes."""
MOVED_BYTES = 1 << 18
"""A connection that has brought less during a look is not the reason."""
AMPLIFICATION = 8
"""Only frames of less than 8 bytes take more memory than this for a byte on the wire."""
MESSAGE_SIZES = 4
"""All frames of a message together may have this many times what `--max-size` allows for one frame."""
LOOKS = 20
"""After this many looks, a second of processor time, connections that brought nothing are no longer suspects."""
_SRCFD = 2
"""ZMQ_SRCFD, zmq_msg_get(3): the descriptor that a message came by. pyzmq has no name for it."""


class Hoard:
    """Finds the connections of one socket whose bytes never become a message."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._deaf = connection.config.type in DEAF
        self._calm = _resident()
        """The memory before anything was suspicious."""
        self._silent: dict[int, tuple[Link, int]] = {}
        """Connections without a message since we became suspicious, and the bytes that each had brought by then. A
        connection in the middle of a message can bring no other one."""
        self._began = self._own_since = 0
        """The memory when we became suspicious, and what work on messages has added since."""
        self._started = self._looks = self._own = 0
        """The same for the present stretch of looks, and their number."""
        self._received = self._received_last = 0
        """Bytes of messages received since then. The last ones may still be in memory, and do not count yet."""
        self._links: dict[int, tuple[Link, int]] = {}
        """All connections, and the bytes that each had brought when the present stretch began."""
        self._at_receive: int | None = None

    @property
    def suspicious(self) -> bool:
        """Whether the memory has grown a good deal."""
        return bool(self._silent)

    def look(self) -> list[str]:
        """Shut down connections that only take memory; return a text about each for the user."""
        now = _resident()
        if self._silent:
            return self._look_closely(now)
        if now >= self._calm + SUSPICIOUS_BYTES:
            self._start()
            self._silent = dict(self._links)
            self._began, self._own_since = now, 0
            self._connection.on_receive = self._note if self._silent else None
        self._calm = min(self._calm, now)
        return []

    def rest(self) -> None:
        """End the work on received messages: the memory that it took does not count against a peer."""
        if self._at_receive is not None:
            grown = max(0, _resident() - self._at_receive)
            self._own += grown
            self._own_since += grown
            self._at_receive = None

    def _start(self) -> None:
        self._looks = self._own = self._received = self._received_last = 0
        self._links = {at: (link, _brought(link)) for at, link in self._connection.peers.links.items()}
        # After the bytes: what comes between the two questions must not look like memory without bytes.
        self._started = _resident()

    def _note(self, batch: Batch, size: int) -> None:
        """Clear those who have sent a message."""
        self._at_receive = _resident()
        self._received_last += size + 2 * len(batch)
        for message in batch:
            frame: Any = message[0]
            self._silent.pop(frame.get(_SRCFD), None)

    def _look_closely(self, now: int) -> list[str]:
        links = self._connection.peers.links
        self._silent = {at: known for at, known in self._silent.items() if links.get(at) is known[0]}
        self._began = min(self._began, now)
        if now < self._started:
            self._start()
        self._looks += 1
        ended = []
        if not self._messages_wait():  # else a silent peer's messages may only be waiting for their turn
            amplified = self._is_amplified(now)
            for at, (link, before) in list(self._silent.items()):
                if self._hoards(at, link, before, now, amplified=amplified):
                    del self._silent[at]
                    link.shut_down()
                    ended.append(
                        f"connection on {link.endpoint} dropped by this end (the message that it sends does not end, "
                        f"and has taken {format_size(now - self._began + SUSPICIOUS_BYTES)} of memory)"
                    )
        self._received, self._received_last = self._received + self._received_last, 0
        if now >= self._started + EVIDENCE_BYTES or self._looks >= LOOKS:
            self._silent = {at: known for at, known in self._silent.items() if _moves(*known)}
            self._calm = now
            self._start()
        if not self._silent:
            self._connection.on_receive = None
        return ended

    def _messages_wait(self) -> bool:
        """Whether whole messages wait to be received."""
        if self._deaf:
            return False
        return bool(int(self._connection.socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN)

    def _is_amplified(self, now: int) -> bool:
        """Whether libzmq took far more memory than the bytes that came and were not received can explain."""
        links = self._connection.peers.links
        unclear = any(link.is_ipc or links.get(at) is not link for at, (link, _) in self._links.items())
        grown = now - self._started - self._own
        if unclear or grown < EVIDENCE_BYTES:
            return False
        brought = sum(_brought(link) - self._at_start(at) for at, link in links.items())
        return grown > AMPLIFICATION * (brought - self._received)

    def _at_start(self, descriptor: int) -> int:
        return self._links[descriptor][1] if descriptor in self._links else 0

    def _hoards(self, descriptor: int, link: Link, before: int, now: int, *, amplified: bool) -> bool:
        """Whether a silent connection is the reason why the memory has grown."""
        most = MESSAGE_SIZES * self._connection.config.max_size
        if link.is_ipc:  # its bytes are not counted
            return now - self._began - self._own_since > most and unread(link.duplicate) > 0
        brought = _brought(link)
        if amplified and brought - self._at_start(descriptor) >= MOVED_BYTES:
            return True
        return brought - before > most


def _moves(link: Link, before: int) -> bool:
    """Whether a connection brings anything."""
    return unread(link.duplicate) > 0 if link.is_ipc else _brought(link) - before >= MOVED_BYTES


def _resident() -> int:
    """Return the bytes of memory that the process has now; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 # no module can be loaded when descriptors have run out
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0


def _brought(link: Link) -> int:
    """Return the bytes that a connection has brought; 0 where the kernel does not count them."""
    return link.received() or 0
