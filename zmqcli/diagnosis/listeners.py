"""What listens on this machine, as its kernel tells it. No connection is made, so the listener notices nothing.

Linux only, through proc(5) and sock_diag(7), and only what is in this network namespace. Elsewhere both functions find
nothing, and their callers have to say less, or to try a connection.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TcpListener", "file_has_listener", "tcp_listeners"]

_LISTEN: Final = 10
"""TCP_LISTEN of include/net/tcp_states.h, which unix sockets use too."""
_LOCAL, _STATE, _INODE = 1, 3, 9
"""Columns of /proc/net/tcp."""

_NETLINK_SOCK_DIAG: Final = 4
_SOCK_DIAG_BY_FAMILY: Final = 20
_REQUEST_DUMP: Final = 0x301
"""NLM_F_REQUEST and NLM_F_DUMP."""
_HEADER: Final = struct.Struct("=IHHII")
"""nlmsghdr: length with header, type, flags, sequence, port."""
_ERROR, _DONE = 2, 3
_QUESTION: Final = struct.Struct("=BBHIIIII")
"""unix_diag_req: family, protocol, padding, states, inode, what to show, cookie twice."""
_ANSWER_BYTES: Final = 16
"""unix_diag_msg, in front of its attributes."""
_SHOW_FILE: Final = 2
_FILE: Final = 1
"""UDIAG_SHOW_VFS and UNIX_DIAG_VFS: inode and device of the socket file."""
_ATTRIBUTE_BYTES: Final = 4
"""nlattr, in front of an attribute's value: its size with this, its type."""
_ALIGNMENT: Final = 4
_ANSWERS_BYTES: Final = 1 << 16
_PATIENCE_SECONDS: Final = 0.5


class TcpListener(NamedTuple):
    """A socket that listens on a tcp port."""

    host: str
    """`0.0.0.0` and `::` are all addresses of the machine."""
    inode: str
    """Of the socket, as /proc/PID/fd shows it."""


def tcp_listeners(port: int) -> list[TcpListener]:
    """Return what listens on a tcp port; nothing where the kernel does not tell."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:  # noqa: PTH123 # no module can be loaded when descriptors have run out
                rows = [line.split() for line in file]
        except OSError:
            continue
        for row in rows[1:]:
            address, _, number = row[_LOCAL].rpartition(":")
            if int(row[_STATE], 16) == _LISTEN and int(number, 16) == port:
                found.append(TcpListener(_host(address), row[_INODE]))
    return found


def _host(digits: str) -> str:
    """Return an address of /proc/net/tcp as people write it: it stands there in words of this machine's byte order."""
    words = [struct.pack("=I", int(digits[at : at + 8], 16)) for at in range(0, len(digits), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, b"".join(words)).removeprefix("::ffff:")


def file_has_listener(status: os.stat_result) -> bool:
    """Whether the kernel knows of a listener on the unix socket whose file has this status.

    False does not mean that there is none: it may be in another network namespace (a container that shares the
    directory), the kernel may not tell, and some file systems show other numbers than the kernel has.
    """
    device = os.major(status.st_dev) << 20 | os.minor(status.st_dev)
    try:
        return (status.st_ino & 0xFFFFFFFF, device) in _listening_files()
    except (OSError, AttributeError, struct.error):  # no AF_NETLINK, no unix_diag, or a sandbox without either
        return False


def _listening_files() -> Iterator[tuple[int, int]]:
    """Yield inode and device of the file of each listening unix socket."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(_PATIENCE_SECONDS)
        question = _QUESTION.pack(socket.AF_UNIX, 0, 0, 1 << _LISTEN, 0, _SHOW_FILE, 0, 0)
        kernel.send(_HEADER.pack(_HEADER.size + len(question), _SOCK_DIAG_BY_FAMILY, _REQUEST_DUMP, 1, 0) + question)
        while True:
            answers = kernel.recv(_ANSWERS_BYTES)
            at = 0
            while at < len(answers):
                size, kind, *_ = _HEADER.unpack_from(answers, at)
                if kind in {_ERROR, _DONE} or not size:
                    return
                yield from _files(answers[at + _HEADER.size + _ANSWER_BYTES : at + size])
                at += _aligned(size)


def _files(attributes: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(attributes):
        size, kind = struct.unpack_from("=HH", attributes, at)
        if kind == _FILE:
            yield struct.unpack_from("=II", attributes, at + _ATTRIBUTE_BYTES)
        at += _aligned(max(size, _ATTRIBUTE_BYTES))


def _aligned(size: int) -> int:
    return (size + _ALIGNMENT - 1) & -_ALIGNMENT
