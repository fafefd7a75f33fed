"""Whether there are enough descriptors for a context: libzmq 4.3.5 aborts the process when it gets no epoll."""

from __future__ import annotations

import os

from zmqcli.errors import FILES_HINT, ZmqcliError

__all__ = ["LISTENS", "check_descriptors"]

NEEDED = 8
"""A context with its first socket takes 6, the monitor 2: measured."""


LISTENS = 5
"""Descriptors that a socket on ipc needs before connection_limit.py guards it: its own, and some for early peers."""


def check_descriptors(needed: int = NEEDED) -> None:
    """Raise ZmqcliError when fewer than `needed` are free: by default a context, a socket and its monitor."""
    taken: list[int] = []
    try:
        while len(taken) < needed:
            taken.append(os.dup(1))
    except OSError as error:
        raise ZmqcliError("cannot open a socket", why=os.strerror(error.errno or 0).lower(), hint=FILES_HINT) from error
    finally:
        for descriptor in taken:
            os.close(descriptor)
