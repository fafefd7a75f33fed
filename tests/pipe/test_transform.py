"""Messages in hand: how many, and that they go on in the order they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.codecs.pipeline import RAW
from zmqcli.filters.expression import Expression
from zmqcli.formats._api import RecordOptions
from zmqcli.pipe.transform import HELD_BYTES, InOrder, InProcess, Slot

if TYPE_CHECKING:
    from tests.support.outside import Outside


class ByHand(InOrder):
    """A transform whose work the test does."""

    def __init__(self, outside: Outside, count: int | None = None) -> None:
        super().__init__(outside.environment, count, 4)
        self.slots: list[Slot] = []

    def submit(self, slot: Slot) -> None:
        self.slots.append(slot)

    def advance(self, now: float) -> None:
        """Nothing: the test does it."""

    def close(self) -> None:
        """Nothing."""


def test_what_is_done_first_waits_for_what_came_first(outside: Outside) -> None:
    transform = ByHand(outside)
    assert transform.take([[b"a"], [b"b"], [b"c"]], 0.0) == []

    transform.slots[2].finish([b"C"])
    transform.slots[1].finish(None)
    assert transform.release(0.0) == []
    transform.slots[0].finish([b"A", b""])
    assert transform.release(0.0) == [[b"A", b""], [b"C"]]
    assert (transform.held, transform.summary()) == (0, "3 messages, 1 dropped")


def test_no_more_are_read_than_there_is_room_for(outside: Outside) -> None:
    transform = ByHand(outside, count=5)
    assert transform.room == 4
    transform.take([[b"a"]] * 3, 0.0)
    assert (transform.room, transform.full) == (1, False)
    transform.take([[b"a"]], 0.0)
    assert (transform.room, transform.full, transform.closed) == (0, True, False)

    for slot in transform.slots:
        slot.finish([b""])
    transform.release(0.0)
    assert transform.room == 1
    transform.take([[b"a"]], 0.0)
    assert transform.closed


def test_large_messages_fill_it_too(outside: Outside) -> None:
    transform = ByHand(outside)
    transform.take([[bytes(HELD_BYTES)]], 0.0)
    assert transform.full

    transform.slots[0].finish([b""])
    transform.release(0.0)
    assert not transform.full


def test_an_expression_is_done_at_once(outside: Outside) -> None:
    transform = InProcess(outside.environment, None, Expression("-e", "10 // value or None", RecordOptions(), RAW), 5.0)

    assert transform.take([[b"5"], [b"0"], [b"20"]], 0.0) == [[b"2"]]
    assert transform.summary() == "3 messages, 2 dropped, 1 failed"
    assert len(outside.said) == 1
