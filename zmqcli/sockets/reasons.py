"""Why libzmq refused an endpoint, and what to do about it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import zmq

    from zmqcli.endpoint import Endpoint

__all__ = ["bind_hint", "reason"]


def reason(error: zmq.ZMQError) -> str:
    """Return why libzmq refused, in a person's words."""
    reasons = {
        errno.EADDRINUSE: "address in use",
        errno.EADDRNOTAVAIL: "this machine does not have that address",
        errno.ENODEV: "no such address or interface on this machine",
        errno.EINVAL: "libzmq does not take that address",
        errno.EACCES: "permission denied",
        errno.ENOENT: "no such directory",
    }
    return reasons.get(error.errno or 0) or os.strerror(error.errno or 0).lower()


def bind_hint(error: zmq.ZMQError, endpoint: Endpoint) -> str:
    """Return what to do about a bind that failed; nothing where nothing helps."""
    port = endpoint.address.rpartition(":")[2]
    if error.errno == errno.EADDRINUSE and endpoint.transport == "tcp":
        return f"see who has it: ss -ltnp 'sport = :{port}'"
    if error.errno == errno.EACCES and endpoint.transport == "tcp":
        return "ports below 1024 belong to root; take a higher one"
    if error.errno in {errno.ENODEV, errno.EADDRNOTAVAIL}:
        return "bind an address of this machine, or tcp://*:PORT for all of them"
    return ""
