"""What comes on which topic: counted, timed, and the last of it kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zmqcli.message import as_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.message import Batch, Message

__all__ = ["LONGEST_TOPIC", "MAX_TOPICS", "Snapshot", "Topic", "Topics", "first_frame"]

MAX_TOPICS = 10_000
"""How many topics are counted separately; all others are counted together."""
LONGEST_TOPIC = 255
"""Bytes of a topic that are looked at."""
KEPT_BYTES = 4096
"""Of the last frame on a topic so much is kept."""


class Topic:
    """What is known of one topic."""

    __slots__ = ("bytes", "cut", "last", "last_ns", "messages", "name", "position", "recent")

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.messages = 0
        self.bytes = 0
        self.recent = 0
        """Messages since the last snapshot."""
        self.last = b""
        """The last frame of the last message, its beginning alone when `cut`."""
        self.position = 0
        """Which frame that was."""
        self.cut = False
        self.last_ns = 0
        """When it came: nanoseconds since 1970, UTC."""


class Snapshot(NamedTuple):
    """All of it at one time."""

    topics: list[tuple[Topic, float]]
    """Each topic with its rate in messages a second, those with the most messages first."""
    messages: int
    bytes: int
    rate: float
    others: int
    """Messages of topics that came after the first MAX_TOPICS."""


def first_frame(message: Message) -> bytes:
    """Return a message's topic as ZeroMQ has it: what a subscription is compared with."""
    frame = message[0]
    return as_bytes(frame) if len(frame) <= LONGEST_TOPIC else bytes(memoryview(frame)[:LONGEST_TOPIC])


class Topics:
    """A tally of the messages that `add` is given."""

    met = False
    unmet = None

    def __init__(
        self,
        now: Callable[[], float],
        time_ns: Callable[[], int],
        *,
        key: Callable[[Message], bytes] = first_frame,
        maximum: int = MAX_TOPICS,
    ) -> None:
        """Start the clock. `key` returns the topic of a message."""
        self.shown = 0
        """Messages counted, as `-n` counts them."""
        self._now = now
        self._time_ns = time_ns
        self._key = key
        self._maximum = maximum
        self._topics: dict[bytes, Topic] = {}
        self._bytes = 0
        self._others = 0
        self._recent = 0
        self._begun = self._since = now()

    def add(self, batch: Batch) -> None:
        """Count messages that have just come."""
        time_ns, key, topics = self._time_ns(), self._key, self._topics
        for message in batch:
            size = sum(map(len, message))
            self._bytes += size
            name = key(message)
            topic = topics.get(name)
            if topic is None:
                if len(topics) >= self._maximum:
                    self._others += 1
                    continue
                topic = topics[name] = Topic(name)
            topic.messages += 1
            topic.recent += 1
            topic.bytes += size
            topic.last_ns = time_ns
            last = message[-1]
            topic.position = len(message) - 1
            topic.cut = len(last) > KEPT_BYTES
            topic.last = bytes(memoryview(last)[:KEPT_BYTES]) if topic.cut else as_bytes(last)
        self.shown += len(batch)
        self._recent += len(batch)

    def snapshot(self, *, final: bool = False) -> Snapshot:
        """Return all that is known, and begin to count rates anew; `final` ones are those of the whole time."""
        now = self._now()
        seconds = max(now - (self._begun if final else self._since), 1e-6)
        self._since = now
        ranked = sorted(self._topics.values(), key=lambda topic: (-topic.messages, topic.name))
        rows = [(topic, (topic.messages if final else topic.recent) / seconds) for topic in ranked]
        rate = (self.shown if final else self._recent) / seconds
        for topic in ranked:
            topic.recent = 0
        self._recent = 0
        return Snapshot(rows, self.shown, self._bytes, rate, self._others)
