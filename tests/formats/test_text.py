"""`text`: bytes as they are, and the hot path's promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.support import TIME_NS, cuts, decoded, messages, pieces, read, reader, received, written
from zmqcli.codecs.pipeline import RAW
from zmqcli.formats import _registry
from zmqcli.formats._api import RecordBatch, RecordOptions

if TYPE_CHECKING:
    from zmqcli.message import Batch, Frame


class NeverCopied:
    """A frame with neither buffer nor bytes: whatever copies it fails."""


@given(st.lists(st.binary(max_size=40).filter(lambda frame: b"\n" not in frame), max_size=10), cuts)
def test_round_trip(frames: list[bytes], sizes: list[int]) -> None:
    batch = [[frame] for frame in frames]
    assert read(reader("text"), pieces(written("text", batch), sizes)) == (batch, [])


@given(messages.filter(lambda message: not any(set(b"\t\0") & set(frame) for frame in message)), cuts)
def test_round_trip_of_frames(message: list[bytes], sizes: list[int]) -> None:
    data = written("text", [message] * 2, delimiter=b"\0")
    source = reader("text", delimiter=b"\0", split_frames=True)
    assert read(source, pieces(data, sizes)) == ([message] * 2, [])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"a", [[b"a"]]),
        (b"a\n", [[b"a"]]),
        (b"\n", [[b""]]),
        (b"a\n\nb", [[b"a"], [b""], [b"b"]]),
        (b"a\tb\r\n", [[b"a\tb\r"]]),
    ],
)
def test_records(data: bytes, expected: list[list[bytes]]) -> None:
    assert read(reader("text"), pieces(data, [])) == (expected, [])
    assert read(reader("text"), pieces(data, [1])) == (expected, [])


def test_frames_are_split_only_when_asked() -> None:
    assert read(reader("text", frame_delimiter=b","), [b"a,b\n"])[0] == [[b"a,b"]]
    assert read(reader("text", frame_delimiter=b",", split_frames=True), [b"a,b\n,\n"])[0] == [[b"a", b"b"], [b"", b""]]


def test_a_long_record_is_skipped() -> None:
    data = b"one\n" + b"x" * 11 + b"\ntwo\n" + b"y" * 50 + b"\nthree\n" + b"z" * 20
    for sizes in ([], [1], [7], [100]):
        found, errors = read(reader("text", maximum=10), pieces(data, sizes))
        assert found == [[b"one"], [b"two"], [b"three"]]
        assert errors == [f"record {number} is longer than 10 bytes" for number in (2, 4, 6)]


def test_the_unfinished_record_is_counted() -> None:
    source = reader("text")
    assert source.feed(b"a\nbc") == [[b"a"]]
    assert source.unfinished == 2
    assert source.finish() == [[b"bc"]]
    assert source.unfinished == 0


def test_routing_ids_on_input() -> None:
    source = reader("text", routing_ids=1, split_frames=True)
    found, errors = read(source, [b"0x00ff\tx\nbob\t0x41\n0xq\tx\ntext:0x1\t\tx\n"])
    assert found == [[b"\x00\xff", b"x"], [b"bob", b"0x41"], [b"0x1", b"", b"x"]]
    assert len(errors) == 1
    assert errors[0].startswith("record 3: the routing id is not hexadecimal: 0xq")


@pytest.mark.parametrize(
    ("batch", "options", "expected"),
    [
        ([], {}, b""),
        ([[b"a"], [b""]], {}, b"a\n\n"),
        ([[b"a", b"b"], [b"c"]], {}, b"a\tb\nc\n"),
        ([[b"a", b"b"]], {"frame_delimiter": b" | ", "delimiter": b"\0"}, b"a | b\0"),
        ([[b"a"], [b"b"]], {"delimiter": b""}, b"ab"),
        ([[b"\xff\x1b"]], {}, b"\xff\x1b\n"),
        ([[b"\0A", b"", b"x"], [b"id"]], {"routing_ids": 1}, b"0x0041\t\tx\nid\n"),
        ([[b"\0A", b"\0B", b"", b"\0"]], {"routing_ids": 2}, b"0x0041\t0x0042\t\t\0\n"),
    ],
)
def test_output(batch: list[list[bytes]], options: dict[str, Any], expected: bytes) -> None:
    assert written("text", batch, **options) == expected


def test_a_batch_of_received_frames_is_one_chunk() -> None:
    batch: Batch = [[received(b"x%d" % index)] for index in range(512)]
    writer = _registry.load("text").writer(RecordOptions(), RAW)
    chunks = writer.format(RecordBatch(batch, TIME_NS, 1, 2048))
    assert chunks == [b"".join(b"x%d\n" % index for index in range(512))]


def test_large_frames_are_not_copied() -> None:
    batch: Batch = [[received(b"a" * 300_000), cast("Frame", NeverCopied())], [received(b"c" * 70_000)]]
    writer = _registry.load("text").writer(RecordOptions(), RAW)
    chunks = writer.format(RecordBatch(batch, TIME_NS, 1, 370_001))
    assert len(chunks) == 6
    assert [chunks[0], chunks[2], chunks[4]] == [batch[0][0], batch[0][1], batch[1][0]]
    assert (chunks[1], chunks[3], chunks[5]) == (b"\t", b"\n", b"\n")


def test_values() -> None:
    row = [b"weather", '{ "city": "Tromsø" }'.encode()]
    assert decoded("text", [row], "text,json") == 'weather\t{"city":"Tromsø"}\n'.encode()
    assert decoded("text", [[b"\xff", b'"s"']], "raw,json") == b'\xff\t"s"\n'


def test_an_undecoded_frame_quotes_its_record() -> None:
    assert decoded("text", [[b"t\0", b"\xff"], [b"t", b"1"]], "text,json") == b"t\\x00\t\\xff\nt\t1\n"


def test_values_after_an_envelope() -> None:
    row = [b"\0id", b"", b"[1, 2]"]
    assert decoded("text", [row], "json", envelope=2, routing_ids=1) == b"0x006964\t\t[1,2]\n"
    assert decoded("text", [[b"", b"[1, 2]"]], "json", envelope=1, delimited=True) == b"\t[1,2]\n"
