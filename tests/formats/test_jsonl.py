"""`jsonl`: what is written is valid, comes back, and bad lines are named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.support import batches, cuts, decoded, pieces, read, reader, written
from tests.support.messages import NASTY
from zmqcli.codecs.pipeline import FrameCodecs
from zmqcli.formats import _registry
from zmqcli.formats._api import RecordBatch, RecordOptions
from zmqcli.formats.jsonl import timestamp

texts = st.text().map(lambda text: text.encode("utf-8", "replace"))


@given(batches | st.lists(st.lists(texts, min_size=1, max_size=5), max_size=4), cuts)
def test_round_trip(batch: list[list[bytes]], sizes: list[int]) -> None:
    data = written("jsonl", batch)
    assert [json.loads(line)["seq"] for line in data.split(b"\n")[:-1]] == list(range(1, len(batch) + 1))
    assert read(reader("jsonl"), pieces(data, sizes)) == (batch, [])


def test_the_envelope_of_the_contract() -> None:
    data = decoded("jsonl", [[b"weather", b"[1, null]", b"\xff"]], "text,json,raw", socket="SUB")
    assert data == (
        b'{"time":"2026-11-23T12:00:00.000123Z","seq":1,"socket":"SUB","direction":"in",'
        b'"frames":["weather","[1, null]",{"base64":"/w=="}],"values":["weather",[1,null],{"base64":"/w=="}]}\n'
    )


def test_strings_are_escaped_as_json_wants() -> None:
    frame = 'q" b\\ \x00\x1f\x7f ø \u2028 \U0001f600'.encode()
    line = written("jsonl", [[frame]], delimiter=b"\0")
    assert json.loads(line[:-1])["frames"] == [frame.decode()]
    assert line.count(b"\0") == 1
    assert "ø".encode() in line


def test_an_undecoded_frame_is_null() -> None:
    line = json.loads(decoded("jsonl", [[b"t", b"\xff"]], "text,json"))
    assert line["values"] == ["t", None]
    assert line["frames"] == ["t", {"base64": "/w=="}]


def test_envelope_frames_stand_in_values_as_in_frames() -> None:
    line = json.loads(decoded("jsonl", [[b"\xff", b"", b"1"]], "json", envelope=2, routing_ids=1))
    assert line["values"] == [{"base64": "/w=="}, "", 1]


def test_sequences_and_delimiters() -> None:
    batch = RecordBatch([[b"a"], [b"b"]], 0, sequences=[3, 9])
    writer = _registry.load("jsonl").writer(RecordOptions(delimiter=b"\xff;"), FrameCodecs.parse("raw"))
    (chunk,) = writer.format(batch)
    lines = bytes(chunk).split(b"\xff;")
    assert [json.loads(line)["seq"] for line in lines[:-1]] == [3, 9]
    assert lines[-1] == b""
    assert writer.format(RecordBatch([], 0)) == []


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (999, "1970-01-01T00:00:00.000000Z"),
        (951_782_400_999_999_999, "2000-02-29T00:00:00.999999Z"),
    ],
)
def test_timestamp(time_ns: int, text: str) -> None:
    assert timestamp(time_ns) == text


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ('{"frames":["a","b"]}', [b"a", b"b"]),
        ('["a",{"base64":"/wD+"}]', [b"a", b"\xff\0\xfe"]),
        (' { "seq": 4, "x": {"y": [1e5]}, "frames" : [ "" ] } \r', [b""]),
        ('{"values":[1],"frames":["f"]}', [b"f"]),
        ('{"frames":["\\ud83d\\ude00\\u0000"]}', "😀\0".encode()),
        ('{"frames":[{"base64":""}]}', [b""]),
    ],
)
def test_input(record: str, message: Any) -> None:
    expected = [message] if isinstance(message, bytes) else message
    assert read(reader("jsonl"), [record.encode() + b"\n"]) == ([expected], [])


BAD = [
    "nope",
    "{",
    '"a"',
    "1",
    "null",
    "{}",
    "[]",
    '{"frames":[]}',
    '{"frames":"a"}',
    '{"frames":null}',
    '{"frames":{}}',
    '{"frames":[1]}',
    '{"frames":[null]}',
    '{"frames":[["a"]]}',
    '{"frames":["\\ud800"]}',
    '{"frames":[{"base64":"/wD"}]}',
    '{"frames":[{"base64":"/w D+"}]}',
    '{"frames":[{"base64":"\\u00e9"}]}',
    '{"frames":[{"base64":"-_-_"}]}',
    '{"frames":[{"base64":7}]}',
    '{"frames":[{"base64":"", "x":1}]}',
    '{"frames":[{}]}',
    '{"frames":["a"],"x":NaN}',
    '{"frames":["a"]} x',
    '{"frames":["a"]}{}',
    '{"frames":["a",]}',
    '{"values":[]}',
    '{"values":3}',
    '{"values":["\\ud800"]}',
    '{"values":[1]}',
    "[" * 100_000,
    "[" * 5000 + "]" * 5000,
    '{"a":' * 5000 + "1" + "}" * 5000,
    '{"frames":["a"],"x":' + "9" * 5000 + "}",
    '{"frames":["a"],"x":1e999}',
    "\ufeff[]",
    '["a\tb"]',
]


@pytest.mark.parametrize("record", BAD, ids=lambda record: record[:30])
def test_a_bad_record_is_named_and_skipped(record: str) -> None:
    data = b'["one"]\n\n' + record.encode() + b'\n["two"]\n' + record.encode()
    found, errors = read(reader("jsonl"), [data])
    assert found == [[b"one"], [b"two"]]
    assert [error[:9] for error in errors] == ["record 2:", "record 4:"]


@given(st.binary(max_size=60).filter(lambda data: b"\n" not in data) | st.text(alphabet='[]{}":,0a\\u').map(str.encode))
def test_nothing_is_an_exception(record: bytes) -> None:
    read(reader("jsonl"), [b'["one"]\n' + record + b"\n"])


def test_not_utf8() -> None:
    found, errors = read(reader("jsonl"), [b'["\xff"]\n'])
    assert found == []
    assert errors == ["record 1: not JSON (byte 0xff at 2 is not UTF-8)"]


def test_values_pass_the_codecs() -> None:
    codecs = FrameCodecs.parse("text,json")
    found, errors = read(reader("jsonl", codecs), [b'{"values":["topic",{"a":[1, "\xc3\xb8"]}]}\n{"values":[1]}\n'])
    assert found == [[b"topic", '{"a":[1,"ø"]}'.encode()]]
    assert len(errors) == 1
    assert errors[0].startswith("record 2: frame 0 is not text")


def test_values_of_an_envelope_are_frames() -> None:
    codecs = FrameCodecs.parse("json")
    lines = b'{"values":[{"base64":"/w=="},"",1]}\n{"values":["id","a"]}\n'
    assert read(reader("jsonl", codecs, routing_ids=1), [lines]) == ([[b"\xff", b"", b"1"], [b"id", b'"a"']], [])
    assert read(reader("jsonl", codecs, delimited=True), [b'{"values":["",1]}']) == ([[b"", b"1"]], [])


def test_blank_lines_are_ignored() -> None:
    assert read(reader("jsonl"), [b'\n  \n["a"]\n\r\n\n']) == ([[b"a"]], [])
    assert read(reader("jsonl"), []) == ([], [])


def test_a_long_line_is_refused() -> None:
    found, errors = read(reader("jsonl", maximum=10), pieces(b'["a"]\n["' + b"x" * 50 + b'"]\n["b"]\n', [4]))
    assert found == [[b"a"], [b"b"]]
    assert errors == ["record 2 is longer than 10 bytes"]


def test_nasty_messages_come_back() -> None:
    assert read(reader("jsonl"), pieces(written("jsonl", NASTY), [4096])) == (NASTY, [])
