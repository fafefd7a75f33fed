"""What a terminal is given of messages that come too fast: every one is shown or counted."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs.pipeline import RAW
from zmqcli.formats import _registry
from zmqcli.formats._api import Chunk, RecordBatch, RecordOptions
from zmqcli.formats.throttle import BURST_ROWS, ROWS_PER_SECOND, WINDOW_NS, Sampled
from zmqcli.message import as_bytes

LEFT_OUT = re.compile(
    r"^\.\.\. ([\d,]+) messages? not shown in detail, #(\d+)(?: to #(\d+))?, ([\d,]+) bytes", re.MULTILINE
)
HEADER = re.compile(r"^\d\d:\d\d:\d\d\.\d{3}  #(\d+)", re.MULTILINE)


def sampled(width: int = 80) -> Sampled:
    options = RecordOptions(width=width, terminal=True)
    return Sampled(_registry.load("pretty").writer(options, RAW), options)


def text(chunks: list[Chunk]) -> str:
    return b"".join(map(as_bytes, chunks)).decode()


def batch_of(count: int, time_ns: int, seq: int, frame: bytes = b"x") -> RecordBatch:
    return RecordBatch([[frame] for _ in range(count)], time_ns, seq)


def accounted(shown: str) -> list[int]:
    """Return the numbers of all messages that are shown or counted, in the order in which that is said."""
    numbers: list[int] = []
    for line in shown.splitlines():
        if header := HEADER.match(line):
            numbers.append(int(header[1]))
        elif left := LEFT_OUT.match(line):
            first = int(left[2])
            last = int(left[3] or first)
            assert last - first + 1 == int(left[1].replace(",", ""))
            numbers += range(first, last + 1)
    return numbers


def test_what_can_be_read_is_all_shown() -> None:
    writer = sampled()
    shown = "".join(text(writer.format(batch_of(10, second * 10**9, second * 10 + 1))) for second in range(50))
    assert accounted(shown) == [*range(1, 501)]
    assert "not shown" not in shown
    assert not writer.holds


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 2 * WINDOW_NS)), min_size=1, max_size=12))
def test_every_message_is_shown_or_counted_in_order(steps: list[tuple[int, int]]) -> None:
    writer = sampled()
    shown, seq, now = "", 1, 10**18
    for count, later in steps:
        now += later
        shown += text(writer.format(batch_of(count, now, seq)))
        seq += count
    shown += text(writer.release())
    assert accounted(shown) == [*range(1, seq)]
    assert not writer.holds


def test_rows_are_bounded_however_many_messages_come() -> None:
    writer = sampled()
    rows = 0
    for tenth in range(100):  # 10 s of 20,000 messages a second
        shown = text(writer.format(batch_of(2000, 10**18 + tenth * 10**8, 1 + tenth * 2000)))
        rows += shown.count("\n")
    assert rows < BURST_ROWS + 10 * ROWS_PER_SECOND + 100


def test_wide_lines_count_as_the_rows_they_take() -> None:
    writer = sampled(width=40)
    shown = text(writer.format(batch_of(2000, 10**18, 1, b"x" * 1999)))
    assert len(shown) < 40 * BURST_ROWS * 2
    assert writer.holds


def test_sequence_numbers_of_filtered_messages_are_their_own() -> None:
    writer = sampled()
    batch = batch_of(5000, 10**18, 1)._replace(sequences=range(2, 10002, 2))
    shown = text(writer.format(batch)) + text(writer.release())
    assert shown.rstrip().splitlines()[-1].split(", ")[1].endswith("to #10000")


def test_a_clock_that_is_set_back_changes_nothing_for_long() -> None:
    writer = sampled()
    writer.format(batch_of(5000, 10**18, 1))
    assert writer.holds
    shown = text(writer.format(batch_of(1, 10**17, 5001)))
    assert "not shown in detail" in shown


def test_nothing_held_back_is_nothing_said() -> None:
    assert sampled().release() == []
