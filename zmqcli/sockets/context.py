"""One ZeroMQ context for several sockets of this process: what inproc needs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import zmq

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Context", "shared_context"]

Context: TypeAlias = "zmq.Context[Any]"


@contextmanager
def shared_context() -> Iterator[Context]:
    """Yield a context and end it afterwards; each socket has to be closed by who made it, with its own linger."""
    context: Context = zmq.Context()
    try:
        yield context
    finally:
        context.term()
