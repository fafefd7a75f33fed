"""CURVE keys made by libzmq, and a client socket that connects to this machine alone (RFC 26)."""

from __future__ import annotations

from typing import Any

import zmq

from zmqcli.errors import UsageError
from zmqcli.security.certificates import KeyPair
from zmqcli.sockets.protection.descriptors import check_descriptors

__all__ = ["CurveSocket", "new_pair", "public_of"]


def new_pair() -> KeyPair:
    """Return a new pair of keys."""
    return KeyPair(*zmq.curve_keypair())


def public_of(secret: bytes) -> bytes:
    """Return the public key that belongs to a secret one; both are 40 characters of Z85."""
    return zmq.curve_public(secret)


class CurveSocket:
    """A socket that begins a CURVE handshake with a port of this machine, as a client of some server."""

    def __init__(self, port: int, server_key: bytes, keys: tuple[bytes, bytes] | None, kind: str) -> None:
        """Connect a socket of type `kind`.

        `server_key`, and `keys` (public, secret): 40 characters of Z85; without `keys` new ones are made. Raise
        UsageError for what is no key.
        """
        public, secret = keys or new_pair()
        check_descriptors()
        self._context: zmq.Context[Any] = zmq.Context()
        self._socket = socket = self._context.socket(getattr(zmq, kind))  # kept: garbage is closed
        try:
            socket.setsockopt(zmq.CURVE_SERVERKEY, server_key)
            socket.setsockopt(zmq.CURVE_PUBLICKEY, public)
            socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
        except zmq.ZMQError as error:
            self.close()
            raise UsageError("that is no CURVE key", hint="a key is 40 characters of Z85") from error
        socket.connect(f"tcp://127.0.0.1:{port}")

    def close(self) -> None:
        """End the context and the socket in it."""
        self._context.destroy(linger=0)
