"""Connections of the kernel without libzmq on them: a real tcp or unix one, both ends in the test."""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["KernelLink"]

PATIENCE_MS = 5000


class KernelLink:
    """`near` is ours, `far` the peer's."""

    def __init__(self, transport: Literal["tcp", "ipc"]) -> None:
        if transport == "ipc":
            self.near, self.far = socket.socketpair()
        else:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                self.far = socket.create_connection(listener.getsockname())
                self.near, _ = listener.accept()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.near.close()
        self.far.close()

    def fill(self) -> int:
        """Send until the kernel takes no more, and return how much that was."""
        self.near.setblocking(False)
        sent = 0
        try:
            while True:
                sent += self.near.send(bytes(65_536))
        except BlockingIOError:
            return sent

    def leave(self, *, unread: bytes = b"") -> None:
        """Close the far end, with bytes it has not read if there are some: that resets the connection."""
        if unread:
            self.near.sendall(unread)
            assert select.select([self.far], [], [], 5)[0]
        self.far.close()
        self.wait(select.POLLRDHUP)

    def wait(self, event: int = select.POLLIN) -> None:
        """Wait until the near end sees it."""
        poll = select.poll()
        poll.register(self.near, event)
        assert poll.poll(PATIENCE_MS)
