"""Records out of a stream, however it is cut into chunks."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.support import cuts, pieces
from zmqcli.formats._split import Splitter

few_letters = st.text(alphabet="ab\n", max_size=60).map(str.encode)
delimiters = st.sampled_from([b"\n", b"aa", b"aab", b"ab\n", b"abab"])


def split(data: bytes, delimiter: bytes, sizes: list[int], maximum: int) -> list[bytes | None]:
    """Return the records in order, None in the place of each that is too long."""
    splitter = Splitter(delimiter, maximum)
    found: list[bytes | None] = []

    def take(records: list[bytes]) -> None:
        row: list[bytes | None] = [*records]
        for index in reversed(splitter.refused):
            row.insert(index, None)
        found.extend(row)

    for chunk in pieces(data, sizes):
        take(splitter.feed(chunk))
        assert splitter.unfinished <= maximum + len(delimiter)
    take(splitter.finish())
    assert splitter.unfinished == 0
    return found


@given(few_letters, delimiters, cuts, st.integers(min_value=0, max_value=20))
def test_chunks_do_not_matter(data: bytes, delimiter: bytes, sizes: list[int], maximum: int) -> None:
    records = data.split(delimiter)
    if not records[-1]:
        records.pop()
    expected = [record if len(record) <= maximum else None for record in records]
    assert split(data, delimiter, sizes, maximum) == expected


@pytest.mark.parametrize("delimiter", [b"\n", b"--end--"])
def test_a_huge_record_in_small_chunks_takes_linear_time(delimiter: bytes) -> None:
    def seconds(size: int) -> float:
        splitter = Splitter(delimiter, 1 << 30)
        started = time.perf_counter()
        for _ in range(size // 64):
            splitter.feed(b"-" * 64)
        assert splitter.feed(delimiter) == [b"-" * size]
        return time.perf_counter() - started

    small = min(seconds(1 << 18) for _ in range(3))
    assert min(seconds(1 << 21) for _ in range(3)) < 40 * small  # 8 times the bytes; quadratic would be 64


def test_a_record_that_is_too_long_takes_no_memory() -> None:
    splitter = Splitter(b"\n", 1000)
    told = 0
    for _ in range(1000):
        assert splitter.feed(b"x" * 500) == []
        told += len(splitter.refused)
        assert splitter.unfinished <= 1000
    assert told == 1
    assert splitter.feed(b"x\nnext\n") == [b"next"]
    assert splitter.refused == []


def test_what_is_unfinished_is_counted() -> None:
    splitter = Splitter(b"\r\n", 100)
    splitter.feed(b"abc\r")
    assert splitter.unfinished == 4
    assert splitter.feed(b"\nd") == [b"abc"]
    assert splitter.unfinished == 1
    assert splitter.finish() == [b"d"]
    assert splitter.unfinished == 0
    assert splitter.finish() == []
