"""Plain pyzmq peers: sockets in the test itself, and processes of their own."""

from __future__ import annotations

import base64
import json
import random
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zmq

from tests.support.processes import Process, Stdin, clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["PeerProcess", "Peers", "endpoint_of", "free_port", "message_argument"]

SCRIPT = Path(__file__).with_name("peer.py")
PATIENCE_MS = 15_000


def endpoint_of(sock: zmq.Socket[bytes]) -> str:
    """Return where a socket is bound, its real port included."""
    return sock.getsockopt_string(zmq.LAST_ENDPOINT)


def free_port() -> int:
    """Return a tcp port nobody has: below those the kernel hands out by itself, so nobody else gets it meanwhile.

    A client that keeps connecting to a port of the kernel's range may even meet itself there.
    """
    chooser = random.SystemRandom()
    while True:
        port = chooser.randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def message_argument(frames: Sequence[bytes]) -> str:
    """Write a message as `peer.py --send` reads it."""
    return json.dumps([base64.b64encode(frame).decode() for frame in frames])


class PeerProcess(Process):
    """A plain pyzmq socket in another process."""

    @property
    def endpoint(self) -> str:
        """Where it is bound. Read once, before its messages."""
        endpoint: str = json.loads(self.read_line())["endpoint"]
        return endpoint

    def message(self) -> list[bytes]:
        """Return the next message it received."""
        return [base64.b64decode(frame) for frame in json.loads(self.read_line())]

    def messages(self, count: int) -> list[list[bytes]]:
        """Return the next messages it received."""
        return [self.message() for _ in range(count)]


class Peers:
    """Plain pyzmq peers of one test; `close` fails when a socket was left open outside of them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.context = zmq.Context[zmq.Socket[bytes]]()
        self._sockets: list[zmq.Socket[bytes]] = []
        self._processes: list[PeerProcess] = []

    def socket(
        self,
        kind: int,
        *,
        bind: str | None = None,
        connect: str | None = None,
        options: Mapping[int, Any] | None = None,
    ) -> zmq.Socket[bytes]:
        """Return a socket of this process that gives up after a while instead of hanging."""
        sock = self.context.socket(kind)
        self._sockets.append(sock)
        sock.rcvtimeo = sock.sndtimeo = PATIENCE_MS
        for option, value in (options or {}).items():
            sock.setsockopt(option, value)
        if bind is not None:
            sock.bind(bind)
        if connect is not None:
            sock.connect(connect)
        return sock

    def start(self, *argv: str, stdin: Stdin = None) -> PeerProcess:
        """Start `peer.py` with these arguments."""
        process = PeerProcess(
            [sys.executable, SCRIPT, *argv],
            environment=clean_environment(self.directory),
            directory=self.directory,
            stdin=stdin,
        )
        self._processes.append(process)
        return process

    def close(self) -> None:
        """End every peer."""
        for process in self._processes:
            process.close()
        for sock in self._sockets:
            sock.close(linger=0)
        # As pyzmq's own tests do it: a context that does not end still has a socket in it.
        ending = threading.Thread(target=self.context.term, daemon=True)
        ending.start()
        ending.join(10)
        assert not ending.is_alive(), "the test left a socket open that it did not take from `peers`"
