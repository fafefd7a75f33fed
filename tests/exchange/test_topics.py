"""What is counted on which topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zmqcli.exchange.topics import KEPT_BYTES, LONGEST_TOPIC, Topics

if TYPE_CHECKING:
    from zmqcli.message import Message


class Clock:
    """A clock that stands still until it is moved."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def topics(clock: Clock) -> Topics:
    return Topics(clock, lambda: 42, maximum=3)


def test_messages_bytes_and_the_last_value(topics: Topics) -> None:
    topics.add([[b"a", b"first"], [b"b"], [b"a", b"x", b"last\xff"]])
    (a, _), (b, _) = topics.snapshot().topics

    assert (a.name, a.messages, a.bytes, a.last, a.position, a.cut, a.last_ns) == (
        b"a",
        2,
        13,
        b"last\xff",
        2,
        False,
        42,
    )
    assert (b.name, b.messages, b.bytes, b.last, b.position) == (b"b", 1, 1, b"b", 0)
    assert topics.shown == 3


def test_a_rate_is_since_the_last_look_and_at_the_end_of_the_whole_time(topics: Topics, clock: Clock) -> None:
    topics.add([[b"a"]] * 10)
    clock.now_s += 2
    first = topics.snapshot()
    topics.add([[b"a"]] * 2)
    clock.now_s += 1
    second = topics.snapshot()
    clock.now_s += 1
    last = topics.snapshot(final=True)

    assert [look.rate for look in (first, second, last)] == [5, 2, 3]
    assert [look.topics[0][1] for look in (first, second, last)] == [5, 2, 3]
    assert last.messages == 12


def test_no_time_at_all_is_no_division_by_zero(topics: Topics) -> None:
    topics.add([[b"a"]])

    assert topics.snapshot().rate > 0


def test_most_messages_come_first_then_by_name(topics: Topics) -> None:
    topics.add([[b"z"], [b"b"], [b"a"], [b"b"]])

    assert [topic.name for topic, _ in topics.snapshot().topics] == [b"b", b"a", b"z"]


def test_topics_are_bounded_and_what_is_left_out_is_counted(topics: Topics) -> None:
    topics.add([[b"%d" % number, b"x"] for number in range(10)])
    topics.add([[b"0", b"x"]])
    look = topics.snapshot()

    assert [topic.name for topic, _ in look.topics] == [b"0", b"1", b"2"]
    assert (look.others, look.messages, look.bytes) == (7, 11, 22)


def test_long_topics_and_values_are_kept_in_part(topics: Topics) -> None:
    topics.add([[b"t" * 1000, b"v" * (KEPT_BYTES + 1)], [b"t" * 2000, b"v" * KEPT_BYTES]])
    ((topic, _),) = topics.snapshot().topics

    assert topic.name == b"t" * LONGEST_TOPIC
    assert (topic.bytes, topic.cut, len(topic.last)) == (3000 + 2 * KEPT_BYTES + 1, False, KEPT_BYTES)
    topics.add([[b"t" * 1000, b"v" * (KEPT_BYTES + 1)]])
    assert topics.snapshot().topics[0][0].cut
    assert len(topics.snapshot().topics[0][0].last) == KEPT_BYTES


def test_another_key(clock: Clock) -> None:
    def last_frame(message: Message) -> bytes:
        return bytes(message[-1])

    topics = Topics(clock, lambda: 0, key=last_frame)
    topics.add([[b"a", b"x"], [b"b", b"x"]])

    assert [(topic.name, topic.messages) for topic, _ in topics.snapshot().topics] == [(b"x", 2)]
