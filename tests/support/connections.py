"""What the tests of the sockets share: open connections, and waiting for what libzmq reports."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from zmqcli.endpoint import Endpoint, parse_endpoint
from zmqcli.sockets.config import SocketConfig
from zmqcli.sockets.connection import Connection, has_transport

if TYPE_CHECKING:
    from collections.abc import Callable

    import zmq

__all__ = ["PATIENCE", "Connections", "bound", "handle_events", "until"]

PATIENCE = 5.0


def bound(text: str) -> Endpoint:
    """Return an endpoint to bind."""
    return parse_endpoint(text, bind=True, transports=has_transport)


def connected(text: str) -> Endpoint:
    """Return an endpoint to connect to."""
    return parse_endpoint(text, bind=False, transports=has_transport)


def handle_events(connection: Connection, seconds: float = 0.0) -> None:
    """Wait up to `seconds` for an event of the connection's monitor, and take what is there into account."""
    if connection.monitor.ahead or connection.monitor.socket.poll(int(seconds * 1000)):
        for event in connection.monitor.drain():
            connection.peers.handle(event)


def until(connection: Connection, condition: Callable[[], object]) -> None:
    """Take events into account until `condition` holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"it never came; last report: {connection.peers.report!r}"
        handle_events(connection, 0.01)


class Connections:
    """Connections of one test; `close` leaves nothing of them."""

    def __init__(self) -> None:
        self._made: list[Connection] = []

    def make(
        self,
        kind: str,
        *,
        bind: str | None = None,
        connect: str | tuple[str, ...] = (),
        context: zmq.Context[Any] | None = None,
        **settings: Any,
    ) -> Connection:
        """Return a connection that is not open yet."""
        config = SocketConfig(
            kind,
            binds=[] if bind is None else [bound(bind)],
            connects=[connected(text) for text in ((connect,) if isinstance(connect, str) else connect)],
            **settings,
        )
        connection = Connection(config, context)
        self._made.append(connection)
        return connection

    def open(self, kind: str, **settings: Any) -> Connection:
        """Return an open connection; `settings` as `make` takes them."""
        connection = self.make(kind, **settings)
        connection.open()
        return connection

    def close(self) -> None:
        """Close them all without waiting for anything."""
        for connection in self._made:
            connection.close(0.0)
            connection.peers.close()
