"""Where an endpoint leads, before anybody connects: the addresses of a name, and what is at an ipc path."""

from __future__ import annotations

import errno
import os
import socket
import stat
from typing import TYPE_CHECKING, Any, NamedTuple

from zmqcli.errors import ZmqcliError
from zmqcli.units import format_duration

if TYPE_CHECKING:
    from zmqcli.probe.deadline import Deadline

__all__ = ["Address", "check_path", "resolve"]


class Address(NamedTuple):
    """Where to connect to, as the kernel takes it."""

    family: int
    where: tuple[Any, ...] | bytes
    text: str
    """For a person: `127.0.0.1:5555`, `[::1]:5555`, `/tmp/x`, `@name`."""

    @property
    def is_ipv6(self) -> bool:
        """Whether libzmq connects there only with the option IPV6."""
        return self.family == socket.AF_INET6


def resolve(host: str, port: int, deadline: Deadline) -> list[Address]:
    """Return what the system's resolver knows of a name or address, in its order. Raise ZmqcliError.

    In a thread: no signal and no deadline would end getaddrinfo(3), which may take half a minute. One that is not
    waited for any more ends with the process.
    """
    import threading

    reading, writing = os.pipe()
    found: list[Address] = []
    failures: list[OSError | UnicodeError] = []

    def ask() -> None:
        try:
            for family, _, _, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                text = f"[{where[0]}]:{port}" if family == socket.AF_INET6 else f"{where[0]}:{port}"
                found.append(Address(family, where, text))
        except (OSError, UnicodeError) as error:  # UnicodeError: a label of more than 63 characters
            failures.append(error)
        finally:
            os.close(writing)

    threading.Thread(target=ask, daemon=True).start()
    try:
        if not deadline.wait(reading):
            raise ZmqcliError(
                f"{host} was not resolved within {format_duration(deadline.seconds)}",
                why="no name server answers",
                hint="use an address, or see: getent hosts",
            )
    finally:
        os.close(reading)
    if failures:
        why = failures[0].strerror if isinstance(failures[0], OSError) else "it is no host name"
        raise ZmqcliError(
            f"{host} does not resolve", why=(why or "").lower(), hint="check its spelling, or use an address"
        )
    return found


def check_path(path: str) -> Address:
    """Return the address of an ipc path that may be connected to. Raise ZmqcliError for one that cannot be."""
    if path.startswith("@"):
        return Address(socket.AF_UNIX, b"\0" + os.fsencode(path[1:]), path)
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 # a Path would turn `./x` into something else
    except OSError as error:
        parent = os.path.dirname(path) or "."  # noqa: PTH120 # likewise
        if error.errno in {errno.ENOENT, errno.ENOTDIR} and not os.path.isdir(parent):  # noqa: PTH112 # likewise
            raise ZmqcliError(f"there is no directory {parent}", hint="see where the other side has bound") from error
        if error.errno == errno.ENOENT:
            raise ZmqcliError(
                f"there is no {path}", why="no such file", hint="start the side that binds, or see where it has bound"
            ) from error
        raise ZmqcliError(f"cannot look at {path}", why=_words(error), hint="ask as a user who may") from error
    if not stat.S_ISSOCK(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "a file" if stat.S_ISREG(mode) else "something else"
        raise ZmqcliError(f"{path} is not a socket but {kind}", hint="see where the other side has bound")
    return Address(socket.AF_UNIX, os.fsencode(path), path)


def _words(error: OSError) -> str:
    return os.strerror(error.errno or 0).lower()
