"""A CURVE client of libzmq's whose bytes pass through our hands, so that a handshake can stop half way.

Whoever finishes a handshake is a peer: a PUSH may hand it a message, which would be lost. Yet whether a server key is
right shows before that, at the server's WELCOME: only who has the secret key can open our HELLO, and only libzmq, which
keeps the cryptography, can tell that the WELCOME is no forgery. So a libzmq socket connects to us instead of to the
server, and what it says is carried over as far as is wanted. RFC 26, https://rfc.zeromq.org/spec/26/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.probe.plain_connection import Wire, listen_locally
from zmqcli.sockets.curve import CurveSocket
from zmqcli.zmtp.protocol import MAJOR, SIGNATURE, greeting_rest

if TYPE_CHECKING:
    from typing import Self

    from zmqcli.probe.deadline import Deadline

__all__ = ["CurveClient"]


class CurveClient:
    """The client: a context manager whose `wire` is libzmq's end of the connection, with its greeting taken."""

    def __init__(self, server_key: bytes, keys: tuple[bytes, bytes] | None, kind: str, deadline: Deadline) -> None:
        """Begin a handshake as a socket of type `kind`.

        `server_key`, and `keys` (public, secret): 40 characters of Z85; without `keys` new ones are made. Raise
        UsageError for what is no key.
        """
        self._deadline = deadline
        self._listener = listen_locally()
        try:
            self._socket = CurveSocket(self._listener.getsockname()[1], server_key, keys, kind)
        except BaseException:
            self._listener.close()
            raise

    def __enter__(self) -> Self:
        try:
            self.wire = Wire.accept(self._listener, self._deadline)
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
        self._socket.close()
