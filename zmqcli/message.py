"""A message: one or more frames that travel together.

On the way through the floors a message is a plain list of frames, and messages travel in batches
(lists of them): a class instance for each of a million messages would cost more than sending it.
A received frame is pyzmq's own `Frame`, uncopied; `as_bytes` copies it where bytes are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Sequence

__all__ = ["Batch", "Frame", "Message", "ReceivedFrame", "as_bytes", "envelope_length", "front", "join"]


class ReceivedFrame(Protocol):
    """What this package uses of `zmq.Frame`: a buffer that libzmq owns."""

    @property
    def bytes(self) -> bytes:
        """A copy of the frame, made once."""

    @property
    def more(self) -> bool:
        """Whether another frame of the same message follows."""

    def get(self, name: str, /) -> Any:
        """Return a property of the message, such as `Peer-Address`. Raise zmq.ZMQError where it has none."""

    def __len__(self) -> int: ...

    def __buffer__(self, flags: int, /) -> memoryview: ...


Frame: TypeAlias = bytes | memoryview | ReceivedFrame
"""A long record that is sent as it is is a view of what was read."""
Message: TypeAlias = list[Frame]

Batch: TypeAlias = "Sequence[Message]"
"""A list, or what the compiled path has received and made no objects of yet."""


class Joinable(Protocol):
    """A batch that is joined without making its messages first: the compiled path's."""

    def join(self, between: bytes, after: bytes, /) -> bytes:
        """Return all messages as bytes: `between` between the frames of one, `after` after each."""


def join(batch: Batch, between: bytes, after: bytes) -> bytes:
    """Return all messages as bytes: `between` between the frames of one, `after` after each."""
    if not isinstance(batch, list):
        return cast("Joinable", batch).join(between, after)
    # bytes.join takes whatever has a buffer: frames that libzmq holds are copied once, straight into the output.
    records: Message
    if len(batch) and max(map(len, batch)) == 1:
        records = [message[0] for message in batch]
    else:
        records = [between.join(message) for message in batch]
    records.append(b"")  # so that the last record, too, ends with the delimiter
    return after.join(records)


def as_bytes(frame: Frame) -> bytes:
    """Return the frame as bytes: itself, or a copy of what libzmq or a larger buffer holds."""
    if isinstance(frame, bytes):
        return frame
    return frame.tobytes() if isinstance(frame, memoryview) else frame.bytes


def front(queue: deque[Message], limit: int | None) -> Batch:
    """Take up to `limit` messages off a queue; None: all of them."""
    return [queue.popleft() for _ in range(len(queue) if limit is None else min(limit, len(queue)))]


def envelope_length(message: Sequence[Frame], *, routing_id: bool, delimiter: bool, hops: int = 1) -> int:
    """Return how many leading frames of `message` are its envelope.

    The envelope is the routing id(s) a ROUTER puts in front (`routing_id`, one for each of `hops`), and the
    empty frame that directly follows them, or, with `delimiter`, that comes first (what REP expects of a
    DEALER). RFC 28, https://rfc.zeromq.org/spec/28/
    """
    length = min(hops, len(message)) if routing_id else 0
    if (routing_id or delimiter) and length < len(message) and not len(message[length]):
        length += 1
    return length
