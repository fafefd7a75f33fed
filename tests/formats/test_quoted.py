"""`quoted`: any message comes back."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.formats.support import batches, cuts, decoded, pieces, read, reader, written
from tests.support.messages import NASTY


@given(batches, cuts)
def test_round_trip(batch: list[list[bytes]], sizes: list[int]) -> None:
    data = written("quoted", batch)
    assert all(byte in b"\t\n" or 0x20 <= byte < 0x7F for byte in data)
    assert read(reader("quoted"), pieces(data, sizes)) == (batch, [])


@given(batches, cuts)
def test_round_trip_with_nul(batch: list[list[bytes]], sizes: list[int]) -> None:
    data = written("quoted", batch, delimiter=b"\0")
    assert b"\n" not in data
    assert read(reader("quoted", delimiter=b"\0"), pieces(data, sizes)) == (batch, [])


def test_output() -> None:
    assert written("quoted", [[b"a b", b"\0\xff\\", b"\t\r\n"], [b""]]) == rb"a b	\x00\xff\\	\t\r\n" + b"\n\n"
    assert written("quoted", []) == b""


def test_input() -> None:
    data = b"a\\0\tsn\xc3\xb8\n\n\\x41"
    assert read(reader("quoted"), [data]) == ([[b"a\0", b"sn\xc3\xb8"], [b""], [b"A"]], [])


@pytest.mark.parametrize("bad", [rb"\q", rb"a	\x4", b"\\", b"\\\t"])
def test_a_bad_record_is_named_and_skipped(bad: bytes) -> None:
    found, errors = read(reader("quoted"), [b"one\n" + bad + b"\ntwo\n" + bad])
    assert found == [[b"one"], [b"two"]]
    assert [error.partition(":")[0] for error in errors] == ["record 2", "record 4"]
    assert all("unknown escape" in error for error in errors)


def test_long_and_bad_records_keep_their_numbers() -> None:
    data = b"ok\n\\q\n" + b"x" * 30 + b"\nok\n\\q\n" + b"y" * 30
    for sizes in ([], [1], [9]):
        found, errors = read(reader("quoted", maximum=20), pieces(data, sizes))
        assert found == [[b"ok"], [b"ok"]]
        assert [error[:8] for error in errors] == ["record 2", "record 3", "record 5", "record 6"]


def test_values_and_ids_are_shown_as_bytes() -> None:
    assert decoded("quoted", [[b"\0id", b"[1, 2]"]], "json", envelope=1, routing_ids=1) == b"\\x00id\t[1, 2]\n"


def test_nasty_messages_come_back() -> None:
    assert read(reader("quoted"), pieces(written("quoted", NASTY), [4096])) == (NASTY, [])
