"""Many messages in one call: the compiled batch path (_batches.c), or its twin in Python where that was not built.

Both take and send as much as goes without waiting, and decide nothing: what a batch means is up to connection.py.
Their difference is speed: 0.1 instead of 0.6 microseconds a message received, 0.2 instead of 0.5 a message sent
(docs/decisions/0021-compiled-batches.md).
"""

from __future__ import annotations

import errno
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import zmq

from zmqcli.compiled import built

if TYPE_CHECKING:
    from zmqcli.message import Batch, Frame, Message
    from zmqcli.zmtp.framing import Framing

__all__ = [
    "BATCH_BYTES",
    "BATCH_FRAMES",
    "BATCH_MESSAGES",
    "ZERO_COPY_BYTES",
    "Batches",
    "PythonBatches",
    "Sent",
    "batches_for",
    "compiled",
]

BATCH_MESSAGES = 512
BATCH_BYTES = 1 << 20
BATCH_FRAMES = 1 << 14
"""Of messages of several frames."""
ZERO_COPY_BYTES = 64 * 1024
"""From here on a frame is handed over uncopied: 7 instead of 333 microseconds at 256 KiB."""

# A received frame is the backend's own: the class of `zmq` only adds to it `frame["User-Id"]` and Python's price for a
# subclass, a fifth of all that `pull` takes (docs/decisions/0013-the-hot-path.md).
zmq.Frame = zmq.backend.Frame  # type: ignore[assignment,misc] # a class, to mypy, is no variable

_NOBLOCK = int(zmq.NOBLOCK)
_MORE = int(zmq.SNDMORE) | _NOBLOCK
_NO_COPY = repeat(False)


class Sent(NamedTuple):
    """How far a batch came."""

    reached: int
    """The index of the first message that was not taken; the batch's end when all were."""
    frames: int
    """How many frames of that message were taken all the same."""
    errno: int
    """Why it was not taken; 0 when all were."""
    wire_bytes: int
    """Bytes on the wire of the messages that were taken (zmtp/framing.py); 0 when they are not counted."""


class Batches(Protocol):
    """Takes and sends batches on one socket."""

    def receive(self, limit: int) -> tuple[Batch, int, int]:
        """Take at most `limit` messages, about BATCH_BYTES and BATCH_FRAMES.

        Return them, the bytes in them, and the errno that ended it; 0 at a limit.
        """

    def send(self, batch: Batch, start: int, end: int, framing: Framing | None) -> Sent:
        """Hand the messages from `start` up to `end` to libzmq, as many as it takes.

        With `framing`, count their bytes on the wire.
        """


class PythonBatches:
    """The twin in Python. Its received frames are pyzmq's, which know their properties (`frame.get`).

    A frame goes through the backend's own `send` and `recv`, half the price of the wrappers in `zmq.Socket`; flags are
    plain positional ints, since an enum argument costs as much as the call.
    """

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        backend = cast("Any", super(zmq.Socket, socket))
        self._send = backend.send
        self._receive = backend.recv

    def receive(self, limit: int) -> tuple[Batch, int, int]:
        """Take messages (see `Batches`)."""
        batch: list[Message] = []
        size = frames = 0
        try:
            # copy=False: `more` comes with the frame. The calls are made by `map`, cheaper than by a loop.
            for frame in map(self._receive, repeat(_NOBLOCK, limit), _NO_COPY):
                size += len(frame)
                message = [frame]
                if frame.more:
                    size += self._receive_rest(message)
                    frames += len(message)
                batch.append(message)
                if size >= BATCH_BYTES or frames >= BATCH_FRAMES:
                    break
        except zmq.ZMQError as error:
            return batch, size, error.errno or 0
        return batch, size, 0

    def _receive_rest(self, message: Message) -> int:
        """Take the other frames of a message, which are there with the first; return their bytes."""
        size = 0
        while True:
            frame = self._receive(_NOBLOCK, False)
            size += len(frame)
            message.append(frame)
            if not frame.more:
                return size

    def send(self, batch: Batch, start: int, end: int, framing: Framing | None) -> Sent:
        """Send messages (see `Batches`)."""
        send = self._send
        index, frames, code = start, 0, 0
        try:
            for index in range(start, end):
                message = batch[index]
                last = len(message) - 1
                for frames, frame in enumerate(message):
                    flags = _NOBLOCK if frames == last else _MORE
                    if len(frame) < ZERO_COPY_BYTES:
                        send(frame, flags)
                    else:
                        send(frame, flags, False)  # copy=False; keywords cost time
            index, frames = max(start, end), 0
        except zmq.ZMQError as error:
            code = error.errno or 0
        return Sent(index, frames, code, framing.size(batch, start, index) if framing else 0)


class CompiledBatches:
    """The compiled batch path. Frames of less than ZERO_COPY_BYTES are received as bytes."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        """Take a socket. Raise RuntimeError where the compiled path is not there or has not found libzmq."""
        if not compiled():  # which also binds it: unbound, its functions would call address 0
            raise RuntimeError("the compiled batch path is not there")
        from zmqcli import _batches

        self._handle = socket.underlying
        self._receive = _batches.receive
        self._send = _batches.send
        backend = cast("Any", super(zmq.Socket, socket))
        self._send_one = backend.send

    def receive(self, limit: int) -> tuple[Batch, int, int]:
        """Take messages (see `Batches`)."""
        return self._receive(self._handle, limit, BATCH_BYTES, BATCH_FRAMES, ZERO_COPY_BYTES)

    def send(self, batch: Batch, start: int, end: int, framing: Framing | None) -> Sent:
        """Send messages (see `Batches`)."""
        unsent, longest_short = (framing.routing_ids, framing.longest_short) if framing else (0, 0)
        index, taken, code, size, frames, long_frames = self._send(
            self._handle, batch, start, end, ZERO_COPY_BYTES, self._send_large, unsent, longest_short
        )
        return Sent(index, taken, code, framing.total(index - start, size, frames, long_frames) if framing else 0)

    def _send_large(self, frame: Frame, flags: int) -> int:
        """Send a frame without copying it, which takes pyzmq's own bookkeeping; return an errno."""
        try:
            self._send_one(frame, flags, False)
        except zmq.ZMQError as error:
            return error.errno or errno.EIO
        return 0


@cache
def compiled() -> bool:
    """Return whether the compiled path is there, and bound to the libzmq that pyzmq has loaded."""
    if not built():
        return False
    from zmqcli import _batches

    try:
        from zmq.backend.cython import _zmq

        _batches.bind(_zmq.__file__)
    except (ImportError, OSError):  # another backend, or a pyzmq that hides libzmq's functions
        return False
    return True


def batches_for(socket: zmq.Socket[bytes]) -> Batches:
    """Return what takes and sends the batches of a socket."""
    return CompiledBatches(socket) if compiled() else PythonBatches(socket)
