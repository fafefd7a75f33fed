"""One ZeroMQ context for several sockets of this process: what inproc needs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import zmq

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zmqcli.sockets.config import SocketConfig

__all__ = ["Context", "SharedContext", "shared_context"]

Context: TypeAlias = "zmq.Context[Any]"


class SharedContext(zmq.Context[Any]):
    """A context that remembers the inproc names of its sockets: libzmq tells nobody that one was never bound."""

    # Declared here, else pyzmq takes an assignment for an option of the context.
    bound: set[str]
    sent_to: set[str]
    """Those that sockets which can send have connected to."""

    def __init__(self) -> None:
        super().__init__()
        self.bound = set()
        self.sent_to = set()

    def remember(self, config: SocketConfig, *, can_send: bool) -> None:
        """Take note of where a socket has been bound, and connected."""
        self.bound.update(endpoint.address for endpoint in config.binds if endpoint.transport == "inproc")
        if can_send:
            self.sent_to.update(endpoint.address for endpoint in config.connects if endpoint.transport == "inproc")


@contextmanager
def shared_context() -> Iterator[SharedContext]:
    """Yield a context and end it afterwards; each socket has to be closed by who made it, with its own linger."""
    context = SharedContext()
    try:
        yield context
    finally:
        context.term()
