"""What is sent: frames of the command line, files, or the records of stdin."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from zmqcli.errors import DataError, EncodeError
from zmqcli.sockets.batches import BATCH_MESSAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.environment import Environment
    from zmqcli.formats._api import Reader
    from zmqcli.message import Batch, Frame, Message

LONG_RECORD = 64 * 1024
"""Bytes of a record that is not complete, from which on stdin is read in longer pieces."""

__all__ = ["FixedSource", "InputSource", "NoSource"]

AHEAD_BYTES = 4 << 20
"""How far stdin is read ahead once every peer has left: the end of stdin changes what happens next."""
AHEAD_MESSAGES = 100_000


class NoSource:
    """Nothing to send: a service, or a type that only receives."""

    reads_input = False
    reads_ahead = False
    ended = True
    exhausted = True
    first_frame = None
    due = 0.0

    def take(self, limit: int | None = None) -> Batch:  # noqa: ARG002 # the protocol's
        """Return nothing."""
        return []

    stop = take

    def fill(self) -> None:
        """Nothing to read."""


class FixedSource:
    """Messages known beforehand, all of them `repeat` times over."""

    reads_input = False
    reads_ahead = False
    due = 0.0

    def __init__(self, messages: Batch, repeat: int = 1) -> None:
        self._messages = messages
        self._left = repeat * len(messages)
        self._next = 0

    @property
    def ended(self) -> bool:
        """Whether all were taken."""
        return self._left <= 0

    exhausted = ended

    @property
    def first_frame(self) -> Frame | None:
        """The first frame of the first message."""
        return self._messages[0][0] if self._messages else None

    def take(self, limit: int | None = None) -> Batch:
        """Return up to `limit` of them."""
        size = min(limit or BATCH_MESSAGES, self._left)
        batch = [self._messages[(self._next + offset) % len(self._messages)] for offset in range(size)]
        self._next += size
        self._left -= size
        return batch

    def stop(self) -> Batch:
        """Repeat no more; what was never sent once is still to be sent."""
        rest = self._messages[self._next :] if self._left > 0 else []
        self._left = 0
        return rest

    def fill(self) -> None:
        """Nothing to read."""


class InputSource:
    """The records of stdin, as their format and the codecs make messages of them."""

    first_frame = None
    due = 0.0

    def __init__(
        self,
        environment: Environment,
        reader: Reader,
        codecs: FrameCodecs | None,
        *,
        count: int | None = None,
        strict: bool = False,
        skip_empty: bool = False,
        envelope: Sequence[Frame] = (),
        routing_ids: int = 0,
    ) -> None:
        """Read with `reader`; `codecs` encode each frame's text, None when the format does that itself.

        `skip_empty`: blank lines typed at a terminal mean nothing. `envelope` goes in front of each message (`--to`,
        `--envelope`); `routing_ids` leading frames of a record are ids that no codec touches, and a body has to
        follow them.
        """
        self._closed = count == 0
        self._queue: deque[Batch] = deque()
        self._next = 0  # the first message of the first batch that was not taken
        self._queued = 0  # messages
        self._ahead = 0  # bytes read since the queue was last empty
        self._environment = environment
        self._reader = reader
        self._codecs = codecs
        self._left = count
        self._strict = strict
        self._skip_empty = skip_empty
        self._envelope = list(envelope)
        self._routing_ids = routing_ids
        self._number = 0

    @property
    def reads_input(self) -> bool:
        """Whether the next `take` reads stdin: not while records of an earlier read are left."""
        return not self._queue

    @property
    def ended(self) -> bool:
        """Whether stdin is at its end, or `count` records were taken."""
        return self._closed and not self._queue

    @property
    def exhausted(self) -> bool:
        """Whether stdin is at its end, or `count` records were read."""
        return self._closed

    @property
    def reads_ahead(self) -> bool:
        """Whether there may be more, and what is held is still little: memory stays bounded."""
        little = self._ahead < AHEAD_BYTES and self._queued < AHEAD_MESSAGES
        return not self._closed and (little or not self._queue)

    def take(self, limit: int | None = None) -> Batch:
        """Return the messages that one read from stdin completes; bad records are reported and skipped.

        With `limit`, return at most that many; the rest follows at the next call.
        """
        if not self._queue:
            self.fill()
        if not self._queue:
            return []
        batch, start = self._queue[0], self._next
        self._next = len(batch) if limit is None else min(start + limit, len(batch))
        taken = batch if self._next - start == len(batch) else batch[start : self._next]
        self._queued -= len(taken)
        if self._next == len(batch):
            self._queue.popleft()
            self._next = 0
        return taken

    def stop(self) -> Batch:
        """Read no more and return what was read and not taken; say what of a record had come without its end."""
        self._closed = True
        if self._reader.unfinished:
            self._environment.note(f"{self._reader.unfinished} bytes of an unfinished record were not sent")
        rest: list[Message] = []
        while self._queue:
            rest += self.take()
        return rest

    def fill(self) -> None:
        """Read once into the queue."""
        batch = self._read()
        if len(batch):
            self._queue.append(batch)
            self._queued += len(batch)

    def _read(self) -> Batch:
        chunk = self._environment.input.read(long=self._reader.unfinished >= LONG_RECORD)
        if chunk is None:
            return []
        self._ahead = len(chunk) + (self._ahead if self._queue else 0)
        batch = self._reader.feed(chunk) if chunk else self._reader.finish()
        if not chunk:
            self._closed = True
        if self._reader.bad or self._codecs or self._envelope or self._skip_empty or self._routing_ids:
            batch = self._make(batch)
        else:
            self._number += len(batch)
            if self._left is not None:
                batch = batch[: self._left]
        if self._left is not None:
            self._left -= len(batch)
            self._closed |= self._left == 0
        return batch

    def _make(self, batch: Batch) -> Batch:
        made: list[Message] = []
        bad = self._reader.bad
        for index, message in enumerate(batch):
            if len(made) == self._left:
                bad.clear()  # what comes after the last one wanted is not judged
                return made
            if not self._report([error for before, error in bad if before == index]):
                return made
            self._number += 1
            if self._skip_empty and len(message) == 1 and not message[0]:
                continue
            try:
                made.append(self._wrap(message))
            except DataError as error:
                if not self._report([_numbered(error, self._number)], counted=True):
                    return made
        if len(made) != self._left:
            self._report([error for before, error in bad if before >= len(batch)])
        bad.clear()
        return made

    def _wrap(self, message: Message) -> Message:
        if self._routing_ids and len(message) <= self._routing_ids:
            raise DataError(
                "a routing id without a body",
                hint="say who it is for with --to ID, or split records with --frame-delimiter '\\t'",
            )
        if self._codecs is not None:
            message = self._codecs.encode_texts(message, self._routing_ids)
        if self._envelope:
            message[:0] = self._envelope  # in place: a record of a recording knows its time
        return message

    def _report(self, errors: Sequence[DataError], *, counted: bool = False) -> bool:
        """Say what is wrong; return whether to go on (`--strict` does not)."""
        for error in errors:
            self._number += not counted
            self._environment.fail(error)
            if self._strict:
                self._closed = True
                self._reader.bad.clear()
                return False
        return True


def _numbered(error: DataError, number: int) -> EncodeError:
    return EncodeError(f"record {number} cannot be sent: {error.what}", why=error.why, hint=error.hint)
