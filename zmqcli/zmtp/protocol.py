r"""As much of ZMTP, ZeroMQ's wire protocol, as it takes to ask a peer what it is. No sockets, no clock: bytes only.

The readers are functions of all bytes that have come so far. They return None while more are needed, never need more
than `LONGEST_COMMAND` of them, and raise NotZmtp or BrokenZmtp for what cannot become right any more.

    ZMTP 1.0   https://rfc.zeromq.org/spec/13/   a first frame with the identity, nothing else
    ZMTP 2.0   https://rfc.zeromq.org/spec/15/   signature, revision, socket type; a frame with the identity
    ZMTP 3.0   https://rfc.zeromq.org/spec/23/   signature, version, mechanism, as-server; commands of the mechanism
    ZMTP 3.1   https://rfc.zeromq.org/spec/37/   the same
    PLAIN      https://rfc.zeromq.org/spec/24/   HELLO, WELCOME, INITIATE, READY
    CURVE      https://rfc.zeromq.org/spec/26/   the same, encrypted
"""

from __future__ import annotations

from typing import NamedTuple

from zmqcli.errors import ZmqcliError

__all__ = [
    "SIGNATURE",
    "BrokenZmtp",
    "Command",
    "Greeting",
    "NotZmtp",
    "command",
    "error_reason",
    "greeting_rest",
    "plain_hello",
    "properties",
    "read_command",
    "read_greeting",
    "read_properties",
]

SIGNATURE = b"\xff\0\0\0\0\0\0\0\x01\x7f"
"""What a greeting begins with since 2.0: to a 1.0 peer a frame of one byte to come, so it answers too."""
MAJOR = b"\x03"
"""Our version, as much of it as is said before the peer's is known."""
LONGEST_COMMAND = 1 << 16
"""Bytes of a command that are waited for; a READY has some forty, its properties 255 times 4 GiB by the grammar."""

_GREETING_BYTES = 64
_SOCKET_TYPES = ("PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH")
"""By their number in ZMTP 2.0."""
_LONGEST_IDENTITY = 255
_LONG, _COMMAND = 2, 4
_RESERVED = 0xF8
_MISSPELT_ERROR = b"^RROR"
r"""What a PLAIN server of libzmq 4.3.5 sends for an ERROR (measured): C reads \x5ERROR as \x5E and RROR."""
_REVISION_2 = 1
_MAJOR_3 = 3
_SIGNATURE_END, _REVISION = 9, 10


class NotZmtp(ZmqcliError):
    """What came is no ZMTP."""


class BrokenZmtp(ZmqcliError):
    """It began as ZMTP, and then broke the rules."""


class Greeting(NamedTuple):
    """What a peer says of itself before any mechanism."""

    major: int
    minor: int
    size: int
    """Bytes it took; commands (3.x) or messages follow."""
    mechanism: str = "NULL"
    as_server: bool = False
    """Whether it says to be the server of the mechanism. libzmq 4.3.5 never does, though it may be one (measured)."""
    socket_type: str = ""
    """2.0 only; later it is a property."""
    identity: bytes | None = None
    """1.0 and 2.0 only, and None as long as it has not come."""

    @property
    def version(self) -> str:
        """As people write it: `3.1`."""
        return f"{self.major}.{self.minor}"


class Command(NamedTuple):
    """A command of ZMTP 3.x."""

    name: str
    data: bytes
    size: int
    """Bytes it took with its head."""


def greeting_rest(minor: int, mechanism: str, *, as_server: bool = False) -> bytes:
    """Return what follows SIGNATURE and MAJOR in a greeting of ours."""
    return bytes([minor]) + mechanism.encode("ascii").ljust(20, b"\0") + bytes([as_server]) + bytes(31)


def read_greeting(data: bytes, *, over: bool = False) -> Greeting | None:
    """Return the greeting that `data` begins with, None while it is not whole.

    A 2.0 peer's is given as soon as its socket type is there; its identity may come later. `over`: nothing more will
    come. Raise NotZmtp, BrokenZmtp.
    """
    if data and data[0] != SIGNATURE[0]:
        return _unversioned(data)
    if len(data) > _SIGNATURE_END and not data[_SIGNATURE_END] & 1:
        return _unversioned(data)  # the flags of a long 1.0 frame, where a signature has an odd byte
    if len(data) > _REVISION:
        if data[_SIGNATURE_END] != SIGNATURE[-1]:
            raise NotZmtp("it does not speak ZMTP", why="its greeting has no signature")
        if data[_REVISION] < _MAJOR_3:
            return _second(data)
        if len(data) >= _GREETING_BYTES:
            return _third(data)
    if over:
        raise (BrokenZmtp if len(data) > _REVISION else NotZmtp)("its greeting ends too early")
    return None


def _unversioned(data: bytes) -> Greeting | None:
    """Read what a 1.0 peer begins with: one short final frame, its identity."""
    head = 2
    if data[0] == SIGNATURE[0]:
        head = 10
        length = int.from_bytes(data[1:9], "big") - 1
        flags = data[_SIGNATURE_END]
    else:
        length = data[0] - 1
        flags = data[1] if len(data) > 1 else 0
    if flags or not 0 <= length <= _LONGEST_IDENTITY:
        raise NotZmtp("it does not speak ZMTP")
    if len(data) < head + length:
        return None
    return Greeting(1, 0, head + length, identity=data[head : head + length])


def _second(data: bytes) -> Greeting | None:
    """Read the greeting of a 2.0 peer, and its identity if that is there already."""
    if data[_REVISION] != _REVISION_2:
        raise BrokenZmtp(f"it speaks revision {data[_REVISION]} of ZMTP, which there is not")
    if len(data) < 12:  # noqa: PLR2004 # signature, revision, socket type
        return None
    number = data[11]
    if number >= len(_SOCKET_TYPES):
        raise BrokenZmtp(f"its socket type is {number}, which ZMTP 2.0 has not")
    frame = data[12:14]
    identity, size = None, 12
    if frame:
        if frame[0] != 0:
            raise BrokenZmtp("after its greeting comes no identity")
        if len(frame) > 1 and len(data) >= 14 + frame[1]:
            size = 14 + frame[1]
            identity = data[14:size]
    return Greeting(2, 0, size, socket_type=_SOCKET_TYPES[number], identity=identity)


def _third(data: bytes) -> Greeting:
    name = data[12:32].rstrip(b"\0")
    if not name or not all(0x20 < byte < 0x7F for byte in name):  # noqa: PLR2004 # RFC 23: A-Z 0-9 - _ . +
        raise BrokenZmtp("its greeting names no mechanism")
    return Greeting(data[_REVISION], data[11], _GREETING_BYTES, name.decode("ascii"), bool(data[32] & 1))


def read_command(data: bytes) -> Command | None:
    """Return the command that `data` begins with, None while it is not whole. Raise BrokenZmtp."""
    if not data:
        return None
    flags = data[0]
    if not flags & _COMMAND or flags & _RESERVED or flags & 1:
        raise BrokenZmtp("a message or nonsense came where a command of the handshake should")
    head = 9 if flags & _LONG else 2
    if len(data) < head:
        return None
    size = int.from_bytes(data[1:head], "big")
    if size > LONGEST_COMMAND:
        raise BrokenZmtp(f"it announces a command of {size} bytes")
    if size == 0:
        raise BrokenZmtp("a command has no name")
    body = data[head : head + size]
    if len(body) < size:
        return None
    if body.startswith(_MISSPELT_ERROR):
        return Command("ERROR", body.removeprefix(_MISSPELT_ERROR), head + size)
    name, rest = body[1 : 1 + body[0]], body[1 + body[0] :]
    if not name or len(name) < body[0] or not name.isalnum():
        raise BrokenZmtp("a command has no name")
    return Command(name.decode("ascii"), rest, head + size)


def read_properties(data: bytes) -> dict[str, bytes]:
    """Return the properties of a READY or INITIATE by name, in lower case: names differ not by case.

    Raise BrokenZmtp.
    """
    found: dict[str, bytes] = {}
    at = 0
    while at < len(data):
        name = data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
        size = int.from_bytes(data[at : at + 4], "big")
        value = data[at + 4 : at + 4 + size]
        if not name or len(data) < at + 4 + size:
            raise BrokenZmtp("its properties are cut off")
        found[name.decode("latin-1").lower()] = value
        at += 4 + size
    return found


def error_reason(data: bytes) -> str:
    """Return why a peer refuses, of an ERROR's data: for ZAP a status such as `400` (RFC 27)."""
    return data[1 : 1 + data[0]].decode("latin-1") if data else ""


def command(name: bytes, data: bytes = b"") -> bytes:
    """Return a command as it is sent."""
    body = bytes([len(name)]) + name + data
    if len(body) <= 255:  # noqa: PLR2004 # a byte's worth
        return bytes([_COMMAND, len(body)]) + body
    return bytes([_COMMAND | _LONG]) + len(body).to_bytes(8, "big") + body


def plain_hello(user: bytes, password: bytes) -> bytes:
    """Return the HELLO of a PLAIN client; both have at most 255 bytes."""
    return command(b"HELLO", bytes([len(user)]) + user + bytes([len(password)]) + password)


def properties(**values: bytes) -> bytes:
    """Return properties as they are sent, `Socket_Type` for `Socket-Type`."""
    return b"".join(
        bytes([len(name)]) + name.replace("_", "-").encode() + len(value).to_bytes(4, "big") + value
        for name, value in values.items()
    )
