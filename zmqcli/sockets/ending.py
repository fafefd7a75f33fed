"""Ends a context, which libzmq 4.3.5 may never come back from.

A socket that is closed within a fraction of a millisecond of its peer's leaving, with messages for it, makes
`zmq_ctx_term` wait for ever, whatever the linger: measured with pyzmq alone on tcp and ipc, one run of twenty.
"""

from __future__ import annotations

import _thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import zmq

__all__ = ["GRACE_SECONDS", "end_context"]

GRACE_SECONDS = 0.5
"""What the end may take beyond linger, on a busy machine."""


def end_context(context: zmq.Context[Any], linger: float) -> None:
    """End `context`, whose sockets were closed with `linger` seconds. If libzmq does not return, give up on it."""
    # In a thread of its own: nothing else gets out of a call that does not return. A signal would end it too early.
    # Not a threading.Thread, whose start() waits for ever where memory is too short for the thread to begin.
    running = _thread.allocate_lock()
    running.acquire()

    def end() -> None:
        try:
            context.term()
        finally:
            running.release()

    _thread.start_new_thread(end, ())
    running.acquire(timeout=min(linger + GRACE_SECONDS, _thread.TIMEOUT_MAX))
