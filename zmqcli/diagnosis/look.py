"""What can be known about an endpoint without connecting to it: the evidence of a diagnosis (see rules.py).

A hint is given unasked, so nothing here may be seen by another program: names are resolved, files are looked at, and
the kernel is asked what listens on this machine. What only a connection can tell is left to `zmqcli probe`.
"""

from __future__ import annotations

import os
import socket
import stat
from typing import TYPE_CHECKING, Any

from zmqcli.diagnosis.facts import Evidence
from zmqcli.diagnosis.listeners import tcp_listeners

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["find_listener", "look_at_name", "look_at_path", "out_of_descriptors"]

_OTHER_FAMILY = {"127.0.0.1": "[::1]", "localhost": "[::1]", "::1": "127.0.0.1"}
_REACHED_BY = {"[::1]": {"::1", "::"}, "127.0.0.1": {"127.0.0.1", "0.0.0.0"}}  # noqa: S104 # nothing is bound here
"""Where a listener may be bound that is reached by these addresses."""


def out_of_descriptors() -> bool:
    """Whether this process can open no more files: libzmq then only says that it tries again."""
    try:
        os.close(os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return True
    return False


def look_at_path(endpoint: str) -> str:
    """Return the state of an ipc path that nobody answers on, as in Evidence.path."""
    path = endpoint.removeprefix("ipc://")
    if path.startswith("@"):
        return ""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 # no module can be loaded when descriptors have run out
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
    other = _OTHER_FAMILY.get(host)
    if other is None or not any(listener.host in _REACHED_BY[other] for listener in tcp_listeners(port)):
        return Evidence()
    return Evidence(elsewhere=f"tcp://{other}:{port}")


def _host_and_port(endpoint: str) -> tuple[str, int]:
    """Split `tcp://host:port` and `tcp://source;host:port`; the brackets of an IPv6 address are taken off."""
    host, _, port = endpoint.partition("://")[2].rpartition(";")[2].rpartition(":")
    return host.strip("[]"), int(port)
