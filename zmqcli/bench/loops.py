"""The tight loops of a benchmark, the same as in libzmq's own perf/: blocking calls, one after the other.

They are not those of `connection.py`: a poll before each message is what a command needs that also watches stdin and
the clock, and a quarter of a round trip (docs/bench.md). So that nothing blocks for ever all the same, a
call gives up every 0.1 s and asks `silent`, which raises what ends the benchmark.
"""

from __future__ import annotations

from itertools import repeat
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, cast

import zmq

from zmqcli.errors import ZmqcliError
from zmqcli.sockets.batches import ZERO_COPY_BYTES
from zmqcli.sockets.reasons import reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.message import Frame
    from zmqcli.sockets.connection import Connection

__all__ = ["Perf"]

PATIENCE_MS = 100
"""How long a call blocks at most, and so a Ctrl-C waits."""


class Perf:
    """Sends and receives messages of one size on an open connection."""

    def __init__(self, connection: Connection, size: int, silent: Callable[[], None]) -> None:
        """`silent` is called when nothing has come, or gone, for 0.1 s."""
        socket = connection.socket
        socket.setsockopt(zmq.SNDTIMEO, PATIENCE_MS)
        socket.setsockopt(zmq.RCVTIMEO, PATIENCE_MS)
        self._socket = cast("Any", super(zmq.Socket, socket))
        self._size = size
        self._silent = silent
        self._body = bytes(size)
        # Uncopied when it is large, as zmq_msg_recv(3) and zmq_msg_send(3) are; the copy of a small one is cheaper.
        self._copies = size < ZERO_COPY_BYTES

    def send(self, count: int) -> None:
        """Send so many messages. Raise what `silent` raises, and ZmqcliError."""
        send, body, copies = self._socket.send, self._body, self._copies
        for _ in repeat(None, count):
            try:
                send(body, 0, copies)
            except zmq.ZMQError as error:
                self._again(error, lambda: send(body, 0, copies))

    def receive(self, count: int) -> None:
        """Take so many messages. Raise what `silent` raises, and ZmqcliError: one of another size among them."""
        receive, size, copies = self._socket.recv, self._size, self._copies
        for _ in repeat(None, count):
            try:
                frame = receive(0, copies)
            except zmq.ZMQError as error:
                frame = self._again(error, lambda: receive(0, copies))
            if len(frame) != size:
                self._refuse(frame)

    def ask(self, count: int, until_ns: int) -> list[int]:
        """Make up to `count` round trips, at least one, none begun after `until_ns` (of perf_counter_ns).

        Return the nanoseconds of each. Raise as `receive` does.
        """
        send, receive, size, copies, body = self._socket.send, self._socket.recv, self._size, self._copies, self._body
        trips = []
        for _ in repeat(None, count):
            started = perf_counter_ns()
            try:
                send(body, 0, copies)
            except zmq.ZMQError as error:
                self._again(error, lambda: send(body, 0, copies))
            try:
                frame = receive(0, copies)
            except zmq.ZMQError as error:
                frame = self._again(error, lambda: receive(0, copies))
            ended = perf_counter_ns()
            if len(frame) != size:
                self._refuse(frame)
            trips.append(ended - started)
            if ended >= until_ns:
                break
        return trips

    def echo(self, count: int, until_ns: int) -> int:
        """Answer up to `count` requests, at least one, with themselves; return how many. Raise as `receive` does."""
        receive, send, copies = self._socket.recv, self._socket.send, self._copies
        for done in range(1, count + 1):
            try:
                frame = receive(0, copies)
            except zmq.ZMQError as error:
                frame = self._again(error, lambda: receive(0, copies))
            if len(frame) != self._size:
                self._refuse(frame)
            send(frame, 0, copies)
            if perf_counter_ns() >= until_ns:
                return done
        return count

    def _again(self, error: zmq.ZMQError, call: Callable[[], Any]) -> Any:
        """Try until it works: what else is there to do is for `silent` to say."""
        while isinstance(error, zmq.Again):
            self._silent()
            try:
                return call()
            except zmq.ZMQError as another:
                error = another
        raise ZmqcliError("the benchmark cannot go on", why=reason(error)) from error

    def _refuse(self, frame: Frame) -> None:
        raise ZmqcliError(
            f"a message of {len(frame)} bytes came", why=f"not {self._size}", hint="give both ends the same --size"
        )
