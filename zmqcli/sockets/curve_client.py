"""A CURVE client of libzmq's whose bytes pass through our hands, so that a handshake can stop half way.

Whoever finishes a handshake is a peer: a PUSH may hand it a message, which would be lost. Yet whether a server key is
right shows before that, at the server's WELCOME: only who has the secret key can open our HELLO, and only libzmq, which
keeps the cryptography, can tell that the WELCOME is no forgery. So a libzmq socket connects to us instead of to the
server, and what it says is carried over as far as is wanted. RFC 26, https://rfc.zeromq.org/spec/26/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zmq

from zmqcli.errors import UsageError
from zmqcli.probe.plain_connection import Wire, listen_locally
from zmqcli.sockets.protection.descriptors import check_descriptors
from zmqcli.zmtp.protocol import MAJOR, SIGNATURE, greeting_rest

if TYPE_CHECKING:
    from typing import Self

    from zmqcli.probe.plain_connection import Patience

__all__ = ["CurveClient"]


class CurveClient:
    """The client: a context manager whose `wire` is libzmq's end of the connection, with its greeting taken."""

    def __init__(self, server_key: bytes, keys: tuple[bytes, bytes] | None, kind: str, patience: Patience) -> None:
        """Begin a handshake as a socket of type `kind`.

        `server_key`, and `keys` (public, secret): 40 characters of Z85; without `keys` new ones are made. Raise
        UsageError for what is no key.
        """
        public, secret = keys or zmq.curve_keypair()
        check_descriptors()
        self._context: zmq.Context[Any] = zmq.Context()
        self._listener = listen_locally()
        self._patience = patience
        self._socket = socket = self._context.socket(getattr(zmq, kind))  # kept: garbage is closed
        try:
            socket.setsockopt(zmq.CURVE_SERVERKEY, server_key)
            socket.setsockopt(zmq.CURVE_PUBLICKEY, public)
            socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
        except zmq.ZMQError as error:
            self.close()
            raise UsageError("that is no CURVE key", hint="a key is 40 characters of Z85") from error
        socket.connect(f"tcp://127.0.0.1:{self._listener.getsockname()[1]}")

    def __enter__(self) -> Self:
        try:
            self.wire = Wire.accept(self._listener, self._patience)
            self.wire.send(SIGNATURE + MAJOR + greeting_rest(0, "CURVE", as_server=True))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.wire.close()
        self.close()

    def close(self) -> None:
        """Let go of everything."""
        self._listener.close()
        self._context.destroy(linger=0)
