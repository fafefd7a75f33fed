"""libzmq's own proxy, in a thread of its own: docs/decisions/0009-proxy.md.

`zmq_proxy_steerable(3)` and not `zmq_proxy(3)`: that one ends with its context only, and takes along what is queued.
Of its commands TERMINATE and STATISTICS are used; PAUSE and RESUME do not work in 4.3.5.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import zmq

from zmqcli.signals import EXIT_CODES
from zmqcli.sockets.protection.descriptors import check_descriptors
from zmqcli.sockets.reasons import reason

if TYPE_CHECKING:
    from zmqcli.sockets.connection import Connection

__all__ = ["NativeProxy"]

_ADDRESS = "inproc://control"
_STATISTICS = 8
"""Frames: messages and bytes in, messages and bytes out, of the frontend and then of the backend."""
_ANSWER_MS = 100
_SIGNALS = (*EXIT_CODES, signal.SIGALRM, signal.SIGPROF)


class NativeProxy:
    """Passes messages between two connections until it is told to stop. While it runs nobody else may use them."""

    def __init__(self, frontend: Connection, backend: Connection, capture: Connection | None) -> None:
        self._frontend, self._backend = frontend.socket, backend.socket
        self._capture = None if capture is None else capture.socket
        check_descriptors()
        self._context: zmq.Context[Any] = zmq.Context(io_threads=0)  # inproc needs none
        self._control = self._context.socket(zmq.PAIR)
        self._control.bind(_ADDRESS)
        self._controlled = self._context.socket(zmq.PAIR)
        self._controlled.connect(_ADDRESS)
        self.descriptor, self._ended = os.pipe()
        """Readable once the proxy has ended."""
        self.failure = ""
        """Why it ended by itself."""
        self._sent = (0, 0)
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        # A signal that this thread took would break off a send in the middle of a message (EINTR).
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            zmq.proxy_steerable(self._frontend, self._backend, self._capture, self._controlled)
        except zmq.ZMQError as error:
            self.failure = reason(error)
        finally:
            os.write(self._ended, b"\0")

    @property
    def running(self) -> bool:
        """Whether the sockets are still its own."""
        return self._thread.is_alive()

    def sent(self) -> tuple[int, int]:
        """Return how many frames went out at the frontend and at the backend; the last known where it is busy."""
        if self.running:
            self._control.send(b"STATISTICS")
            self._read_statistics(_ANSWER_MS)
        return self._sent

    def _read_statistics(self, milliseconds: int) -> None:
        while self._control.poll(milliseconds):
            counts = [int.from_bytes(frame, sys.byteorder) for frame in self._control.recv_multipart()]
            if len(counts) == _STATISTICS:
                self._sent = counts[2], counts[6]
                milliseconds = 0

    def stop(self) -> None:
        """Tell it to end. It does so after the messages at hand; where a send waits for room, when there is some."""
        self._control.send(b"STATISTICS")
        self._control.send(b"TERMINATE")

    def close(self) -> None:
        """Tidy up. Only once it has ended: the thread of one that cannot end is left to the end of the process."""
        self._thread.join()
        self._read_statistics(0)
        self._control.close(linger=0)
        self._controlled.close(linger=0)
        self._context.term()
        os.close(self.descriptor)
        os.close(self._ended)
