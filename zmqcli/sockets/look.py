"""A closer look at an endpoint, taken only when a command is stuck: what diagnosis.py cannot know from events.

Blocking calls, each with a short limit: to be made in a thread of their own. A tcp peer sees one connection that sends
less than a handshake (it stops before READY, so no pipe is made and no message goes astray) and closes.
"""

from __future__ import annotations

import os
import socket
import stat
import time
from typing import TYPE_CHECKING, Any, TypeVar

import zmq

from zmqcli.errors import ZmqcliError
from zmqcli.sockets.facts import Evidence
from zmqcli.sockets.foreign import recognise
from zmqcli.sockets.zmtp import MAJOR, SIGNATURE, greeting_rest, read_command, read_greeting, read_properties

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.sockets.config import SocketConfig

__all__ = ["find_listener", "look_at_name", "look_at_path", "look_at_peer", "out_of_descriptors", "tap", "uses_ipv6"]

T = TypeVar("T")

SILENCE_SECONDS = 0.25
"""ZeroMQ, SSH and their like speak first: so long they are given."""
ANSWER_SECONDS = 0.3
"""Who does not speak first is asked, and given so long to answer."""
GREETING_SECONDS = 0.3
_ENOUGH_BYTES = 512
_QUESTION = b"GET / HTTP/1.0\r\n\r\n"
"""What makes an HTTP server answer, and a TLS server complain; a ZeroMQ socket never gets it: it speaks first."""
_RECOGNISABLE_BYTES = 5
_TAP_MS = 50
_TAP_HWM = 10
_TAP_FRAMES = 100


def out_of_descriptors() -> bool:
    """Whether this process can open no more files: libzmq then only says that it tries again."""
    try:
        os.close(os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return True
    return False


def uses_ipv6(watched: zmq.Socket[bytes]) -> bool:
    """Whether a socket connects to IPv6 addresses, too."""
    return bool(watched.getsockopt(zmq.IPV6))


def look_at_path(endpoint: str) -> str:
    """Return the state of an ipc path that nobody answers on, as in Evidence.path."""
    path = endpoint.removeprefix("ipc://")
    if path.startswith("@"):
        return ""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 # pathlib costs start-up
    except PermissionError:
        return "forbidden"
    except OSError:
        return "missing"
    if not stat.S_ISSOCK(mode):
        return "not a socket"
    return "stale" if os.access(path, os.W_OK) else "forbidden"


def look_at_name(endpoint: str, *, ipv6: bool, resolve: Callable[..., list[Any]] = socket.getaddrinfo) -> Evidence:
    """Return whether the host of a tcp endpoint resolves, and to the family that libzmq uses."""
    host, port = _host_and_port(endpoint)
    try:
        families = {address[0] for address in resolve(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return Evidence(resolves=False)
    return Evidence(resolves=True, fits_family=ipv6 or socket.AF_INET in families)


def find_listener(endpoint: str) -> Evidence:
    """Return where on this machine, in the other family, something does listen on the port of a tcp endpoint."""
    host, port = _host_and_port(endpoint)
    other = {"127.0.0.1": "[::1]", "localhost": "[::1]", "::1": "127.0.0.1"}.get(host)
    if other is None:
        return Evidence()
    try:
        socket.create_connection((other.strip("[]"), port), timeout=GREETING_SECONDS).close()
    except OSError:
        return Evidence()
    return Evidence(elsewhere=f"tcp://{other}:{port}")


def look_at_peer(endpoint: str) -> Evidence:
    """Return what a tcp peer says of itself: which protocol; of ZMTP its mechanism and, with NULL, its socket type."""
    try:
        connection = socket.create_connection(_host_and_port(endpoint), timeout=GREETING_SECONDS)
    except OSError:
        return Evidence()
    with connection:
        talk = _Talk(connection)
        talk.receive(SILENCE_SECONDS, bool)
        if talk.data[:1] == SIGNATURE[:1]:
            return _greet(talk)
        if not talk.data and not talk.over:
            talk.send(_QUESTION)
            talk.receive(ANSWER_SECONDS, lambda data: len(data) >= _RECOGNISABLE_BYTES)
    if talk.data:  # a ZeroMQ socket on a busy machine may have needed longer to begin
        return Evidence(speaks="ZMTP" if talk.data[:1] == SIGNATURE[:1] else recognise(talk.data))
    return Evidence(closes=talk.over, silent=not talk.over)


def _greet(talk: _Talk) -> Evidence:
    """Exchange greetings and read the READY of a peer without security; ours never follows.

    A peer that sees another mechanism than its own hangs up with its greeting unsent: so the half that names ours is
    sent last.
    """
    talk.send(SIGNATURE + MAJOR)
    found = Evidence(speaks="ZMTP")
    try:
        greeting = talk.receive(GREETING_SECONDS, read_greeting)
        if greeting is None:
            return found
        found = found._replace(mechanism=greeting.mechanism, socket_type=greeting.socket_type)
        if greeting.mechanism != "NULL" or greeting.socket_type:
            return found
        talk.send(greeting_rest(0, "NULL"))
        talk.data = talk.data[greeting.size :]
        ready = talk.receive(GREETING_SECONDS, read_command)
        if ready is not None and ready.name == "READY":
            kind = read_properties(ready.data).get("socket-type", b"")
            found = found._replace(socket_type=kind.decode("latin-1"))
    except ZmqcliError:  # it began as ZMTP, and then broke the rules
        pass
    return found


class _Talk:
    """A few bytes out and a few in, with deadlines."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.data = b""
        self.over = False
        """Whether the other end has hung up."""

    def receive(self, seconds: float, read: Callable[[bytes], T]) -> T:
        """Take what comes until `read` makes something of it, or it is too much, over or too late; return what."""
        end = time.monotonic() + seconds
        while not (found := read(self.data)) and not self.over and len(self.data) < _ENOUGH_BYTES:
            left = end - time.monotonic()
            if left <= 0:
                break
            self._connection.settimeout(left)
            try:
                piece = self._connection.recv(_ENOUGH_BYTES)
            except TimeoutError:
                break
            except OSError:  # reset
                piece = b""
            self.data += piece
            self.over = not piece
        return found

    def send(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError:  # it has hung up: what it said before can still be read
            pass


def _host_and_port(endpoint: str) -> tuple[str, int]:
    """Split `tcp://host:port` and `tcp://source;host:port`; the brackets of an IPv6 address are taken off."""
    host, _, port = endpoint.partition("://")[2].rpartition(";")[2].rpartition(":")
    return host.strip("[]"), int(port)


def tap(config: SocketConfig, seconds: float, subscriptions: Callable[[bytes], bool]) -> list[bytes]:
    """Return first frames of what is published to a subscription to everything.

    Until one comes for which `subscriptions` is false, or for `seconds`. The socket is made as the command's own is,
    security included, connects to the same endpoints, and is gone afterwards.
    """
    from zmqcli.sockets.connection import Connection

    everything = Connection(
        config._replace(type="SUB", binds=(), subscriptions=[b""], identity=None, hwm=_TAP_HWM, conflate=False)
    )
    frames: list[bytes] = []
    try:
        everything.open()
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(frames) < _TAP_FRAMES:
            for _ in everything.monitor.drain():  # one that nobody reads stalls libzmq
                pass
            if everything.socket.poll(_TAP_MS, zmq.POLLIN):
                batch, _ = everything.receive_batch(_TAP_FRAMES)
                frames += [bytes(message[0])[:64] for message in batch]
                if not all(subscriptions(frame) for frame in frames):
                    break
    finally:
        everything.close(0.0)
        everything.peers.close()
    return frames
