"""Who is at the other end, or has a port: what /proc tells of processes, as far as this user may read it (Linux)."""

from __future__ import annotations

import os
import struct

__all__ = ["connected_process", "holder_of_port", "process_name"]


def process_name(pid: int) -> str:
    """Return the name of a process, an empty text where it cannot be read."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 # no module can be loaded when descriptors have run out
            return file.read().strip()
    except OSError:
        return ""


def connected_process(descriptor: int) -> int | None:
    """Return the pid of the process that made the other end of a unix socket (SO_PEERCRED in unix(7)); None: unknown.

    That of a listener is the one that called listen(2).
    """
    import socket

    with socket.socket(fileno=os.dup(descriptor)) as peer:
        try:
            credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        except (OSError, AttributeError):  # gone, or a system without it
            return None
    pid: int = struct.unpack("3i", credentials)[0]
    return pid or None


def holder_of_port(port: int) -> tuple[str, int] | None:
    """Return name and pid of the process that listens on a tcp port of this machine; None where that cannot be known.

    Other users' processes can be seen by root alone.
    """
    from zmqcli.diagnosis.listeners import tcp_listeners

    inodes = {f"socket:[{listener.inode}]" for listener in tcp_listeners(port)}
    if not inodes:
        return None
    for entry in os.listdir("/proc"):  # noqa: PTH208 # no module can be loaded when descriptors have run out
        if entry.isdigit() and _holds(entry, inodes):
            return process_name(int(entry)) or "?", int(entry)
    return None


def _holds(pid: str, inodes: set[str]) -> bool:
    """Whether a process has one of these sockets open."""
    directory = f"/proc/{pid}/fd"
    try:
        return any(os.readlink(f"{directory}/{number}") in inodes for number in os.listdir(directory))  # noqa: PTH115, PTH208 # no module can be loaded when descriptors have run out
    except OSError:  # it has ended, or belongs to somebody else
        return False
