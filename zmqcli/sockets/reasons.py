"""Why libzmq refused an endpoint, and what to do about it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from zmqcli.errors import FILES_HINT

if TYPE_CHECKING:
    import zmq

    from zmqcli.endpoint import Endpoint

__all__ = ["bind_hint", "bind_reason", "reason"]

_FILES = (errno.EMFILE, errno.ENFILE)


EFSM = 156384763
"""libzmq's own errno for a call out of turn: ZMQ_HAUSNUMERO + 51 (zmq.h)."""


def reason(error: zmq.ZMQError) -> str:
    """Return why libzmq refused, in a person's words."""
    reasons = {
        errno.EADDRINUSE: "address in use",
        errno.EADDRNOTAVAIL: "this machine does not have that address",
        errno.ENODEV: "no such address or interface on this machine",
        errno.EINVAL: "libzmq does not take that address",
        errno.EACCES: "permission denied",
        errno.ENOENT: "no such directory",
        EFSM: "it is not this socket's turn: a REQ sends, then receives; a REP receives, then sends",
    }
    return reasons.get(error.errno or 0) or os.strerror(error.errno or 0).lower()


def bind_reason(error: zmq.ZMQError, endpoint: Endpoint) -> str:
    """Return why an endpoint could not be bound; of a tcp port that is taken, by whom, where /proc tells."""
    why = reason(error)
    port = _port(endpoint)
    if error.errno != errno.EADDRINUSE or endpoint.transport != "tcp" or port is None:
        return why
    from zmqcli.diagnosis.processes import holder_of_port

    holder = holder_of_port(port)
    return f"{why} by {holder[0]}, pid {holder[1]}" if holder else why


def bind_hint(error: zmq.ZMQError, endpoint: Endpoint) -> str:
    """Return what to do about a bind that failed; nothing where nothing helps."""
    if error.errno == errno.EADDRINUSE and endpoint.transport == "tcp":
        return f"see who has it: ss -ltnp 'sport = :{_port(endpoint)}'; see docs/troubleshooting.md#address-in-use"
    if error.errno == errno.EACCES and endpoint.transport == "tcp":
        return "ports below 1024 belong to root; take a higher one; see docs/troubleshooting.md#privileged-port"
    if error.errno in _FILES:
        return FILES_HINT
    if error.errno in {errno.ENODEV, errno.EADDRNOTAVAIL}:
        return "bind an address of this machine, or tcp://*:PORT for all of them"
    return ""


def _port(endpoint: Endpoint) -> int | None:
    port = endpoint.address.rpartition(":")[2]
    return int(port) if port.isdigit() else None
