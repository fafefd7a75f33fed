"""Harm done on purpose: the same for the same seed, whatever the batches; never more than is asked for."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqcli.proxy.faults import HELD_BYTES, FaultPlan, Faults, any_seed, body_start

if TYPE_CHECKING:
    from zmqcli.message import Batch, Message

MESSAGES: Batch = [[b"%d" % number, b"", b"a body"] for number in range(500)]


def faults(direction: str = "there", limit: int = 1000, start: int = 2, **plan: Any) -> Faults:
    return Faults(FaultPlan(**plan), direction, lambda _message: start, limit)


def through(made: Faults, batches: list[Batch]) -> Batch:
    return [message for batch in batches for message in made.take(batch, 0.0)]


@given(st.lists(st.integers(0, len(MESSAGES)), max_size=5), st.integers(0, 3))
def test_batches_do_not_matter(cuts: list[int], seed: int) -> None:
    ends = [0, *sorted(cuts), len(MESSAGES)]
    batches = [MESSAGES[a:b] for a, b in pairwise(ends)]
    plan: dict[str, Any] = {"drop": 0.2, "duplicate": 0.2, "corrupt": 0.2, "seed": seed}

    assert through(faults(**plan), batches) == through(faults(**plan), [MESSAGES])


def test_what_is_dropped_depends_on_no_other_fault() -> None:
    alone = through(faults(drop=0.3, seed=5), [MESSAGES])
    with_others = through(faults(drop=0.3, corrupt=0.5, latency=0.0, seed=5), [MESSAGES])

    assert len(alone) < len(MESSAGES)
    assert [message[0] for message in alone] == [message[0] for message in with_others]
    assert alone != with_others


def test_known_draws_stay_the_same() -> None:
    """A seed that a user has noted must mean the same in the next version, and on any Python."""
    left = through(faults("frontend>backend", drop=0.9, seed=1), [MESSAGES])

    assert [int(bytes(message[0])) for message in left[:5]] == [0, 17, 25, 31, 36]


def test_seeds_and_directions_differ() -> None:
    first = through(faults(drop=0.5, seed=1), [MESSAGES])

    assert first != through(faults(drop=0.5, seed=2), [MESSAGES])
    assert first != through(faults("back", drop=0.5, seed=1), [MESSAGES])
    assert 0 <= any_seed() < 1_000_000


def test_all_or_none() -> None:
    assert through(faults(drop=1.0), [MESSAGES]) == []
    assert through(faults(), [MESSAGES]) == MESSAGES
    assert through(faults(duplicate=1.0), [MESSAGES[:2]]) == [MESSAGES[0], MESSAGES[0], MESSAGES[1], MESSAGES[1]]


def test_corruption_changes_one_byte_of_the_body() -> None:
    message: Message = [b"id", b"", b"abc", b"", b"de"]
    for _ in range(50):
        made = faults(corrupt=1.0)
        (damaged,) = made.take([message], 0.0)
        assert damaged[:2] == message[:2]
        changed = [x != y for x, y in zip(b"".join(map(bytes, damaged)), b"".join(map(bytes, message)), strict=True)]
        assert sum(changed) == 1
        assert list(map(len, damaged)) == list(map(len, message))
    assert message == [b"id", b"", b"abc", b"", b"de"]
    empty: Batch = [[b"id", b"", b""]]
    assert made.take(empty, 0.0) == empty
    assert made.counts["corrupted"] == 1


def test_latency_holds_back_and_counts() -> None:
    made = faults(latency=1.0, limit=3)
    assert made.take(MESSAGES[:2], 10.0) == []
    assert (made.held, made.full, made.due) == (2, False, 11.0)
    assert made.take(MESSAGES[2:3], 10.5) == []
    assert made.full
    assert made.release(11.0) == MESSAGES[:2]
    assert made.release(11.5) == MESSAGES[2:3]
    assert (made.due, made.held) == (None, 0)
    assert made.summary() == "3 messages, 3 delayed"


def test_many_bytes_are_full_too() -> None:
    made = faults(latency=1.0)
    made.take([[bytes(HELD_BYTES)]], 0.0)
    assert made.full
    made.release(1.0)
    assert not made.full


def test_jitter_keeps_the_order_and_its_bounds() -> None:
    made = faults(latency=0.05, jitter=0.02)
    dues: list[float] = []
    released: list[Message] = []
    for number in range(100):
        now = number * 0.001
        released += made.take([MESSAGES[number]], now)
        dues.append(made._held[-1].due)
        assert 0.03 <= dues[-1] - now <= 0.07
    assert [*released, *made.release(1.0)] == MESSAGES[:100]
    assert dues == sorted(dues)
    assert len(set(dues)) > 5


def test_a_rate_gives_each_byte_its_time() -> None:
    made = faults(rate=100)
    assert made.take([[bytes(50)], [bytes(50)]], 0.0) == []
    assert made.release(0.5) == [[bytes(50)]]
    assert made.release(0.99) == []
    assert made.release(1.0) == [[bytes(50)]]
    made.take([[bytes(10)]], 5.0)
    assert made.due == 5.1


@pytest.mark.parametrize(
    ("message", "routing_ids", "topics", "start"),
    [
        ([b"id", b"", b"body"], 1, False, 2),
        ([b"id", b"body"], 1, False, 1),
        ([b"id", b"\0\0\0\1", b"", b"body", b""], 1, False, 3),
        ([b"id", b"body", b""], 1, False, 1),
        ([b"id"], 2, False, 1),
        ([b"", b"body"], 0, False, 1),
        ([b"body", b""], 0, False, 0),
        ([b"topic", b"body"], 0, True, 1),
        ([b"topic body"], 0, True, 0),
    ],
)
def test_where_the_body_starts(message: Message, routing_ids: int, topics: bool, start: int) -> None:
    assert body_start(message, routing_ids=routing_ids, topics=topics) == start


def test_summary_of_no_harm() -> None:
    made = faults(drop=0.0, duplicate=0.0, corrupt=0.5)
    assert made.summary() == "0 messages, none harmed"
    assert not FaultPlan().active
    assert FaultPlan(drop=0.1).active
