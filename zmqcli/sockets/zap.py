"""The handler of a server's ZAP requests (RFC 27): libzmq asks it about each client that wants in.

No thread and no asyncio, which pyzmq's authenticators bring along: a REP socket that the command's own poller watches
(docs/decisions/0008-own-zap-handler.md). libzmq's I/O thread does not wait for the answer, only that one client does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zmq
from zmq.utils.z85 import encode

from zmqcli.security.decisions import Admission, Client, decide

if TYPE_CHECKING:
    from zmqcli.environment import Environment
    from zmqcli.security.config import SecurityConfig

__all__ = ["ZapHandler"]

ENDPOINT = "inproc://zeromq.zap.01"
VERSION = b"1.0"
AT_ONCE = 64
"""Requests answered before the socket has its turn again: a thousand clients do not hold up the messages of others."""
KEY_BYTES = 32
_ENVELOPE = 6
"""Frames before the credentials: version, request id, domain, address, routing id, mechanism."""


class ZapHandler:
    """Answers for one socket; its context has no other handler (libzmq knows one name only)."""

    def __init__(self, context: zmq.Context[Any], security: SecurityConfig) -> None:
        self._security = security
        self._refused = False
        self.socket: zmq.Socket[bytes] = context.socket(zmq.REP)
        self.socket.bind(ENDPOINT)

    def serve(self, environment: Environment, where: str = "") -> None:
        """Answer what has been asked, without waiting, and tell who was let in and who was not, `where` in front.

        `-v` shows them all; without it the first refusal is said: whoever set up that client is looking for it.
        """
        for _ in range(AT_ONCE):
            try:
                request = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            client = read_request(request)
            admission = decide(self._security, client)
            self._answer(request, client, admission)
            self._tell(environment, where, client, admission)

    def close(self) -> None:
        """Stop answering: libzmq then lets nobody in."""
        self.socket.close(linger=0)

    def _answer(self, request: list[bytes], client: Client, admission: Admission) -> None:
        # 400 is final; libzmq's client would come again after 300, ten times a second
        status, text = (b"200", b"OK") if admission.admitted else (b"400", b"not admitted")
        user = (client.user or client.key) if admission.admitted else b""
        self.socket.send_multipart([VERSION, request[1] if len(request) > 1 else b"", status, text, user, b""])

    def _tell(self, environment: Environment, where: str, client: Client, admission: Admission) -> None:
        if admission.admitted:
            environment.detail(f"{where}let in {client}{f' ({admission.why})' if admission.why else ''}")
        elif self._refused or environment.verbose:
            environment.detail(f"{where}refused {client} ({admission.why})")
        else:
            self._refused = True
            environment.note(f"{where}refused {client} ({admission.why}); -v tells of every one")


def read_request(frames: list[bytes]) -> Client:
    """Return who asks; one that cannot be read has no mechanism, and nobody lets that in."""
    if len(frames) < _ENVELOPE or frames[0] != VERSION:
        return Client("", "")
    address, mechanism = frames[3].decode("utf-8", "replace"), frames[5].decode("utf-8", "replace")
    match (mechanism, frames[_ENVELOPE:]):
        case ("CURVE", [key]) if len(key) == KEY_BYTES:
            return Client(address, mechanism, key=encode(key))
        case ("PLAIN", [user, password]):
            return Client(address, mechanism, user=user, password=password)
        case ("NULL", []):
            return Client(address, mechanism)
    return Client(address, "")
