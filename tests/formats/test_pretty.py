"""`pretty`: what a person sees, and what no payload may do to the terminal."""

from __future__ import annotations

import json
import re
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.support import decoded, messages, written
from tests.support.hostile import HOSTILE, assert_calm
from tests.support.messages import NASTY
from zmqcli.codecs.pipeline import RAW
from zmqcli.formats import _registry
from zmqcli.formats._api import RecordBatch, RecordOptions
from zmqcli.message import as_bytes

SGR = re.compile(r"\x1b\[[0-9;]*m")


def check(data: bytes) -> str:
    plain = SGR.sub("", data.decode())
    assert_calm(plain)
    return plain


@pytest.mark.parametrize("payload", HOSTILE, ids=lambda payload: ascii(payload)[:30])
def test_no_control_character_reaches_the_terminal(payload: bytes) -> None:
    for full in (False, True):
        for ids in (0, 1):
            batch = [[payload], [payload, payload, b"", payload]]
            plain = written("pretty", batch, full=full, routing_ids=ids)
            assert b"\x1b" not in plain
            assert check(plain) == check(written("pretty", batch, full=full, routing_ids=ids, color=True))
            for spec in ("text", "json", "raw,json", "msgpack"):
                check(decoded("pretty", batch, spec, envelope=ids, full=full, routing_ids=ids, color=True))


@given(messages | st.lists(st.text().map(lambda text: text.encode("utf-8", "replace")), min_size=1, max_size=3))
def test_nor_of_any_other_message(message: list[bytes]) -> None:
    assert b"\x1b" not in written("pretty", [message])
    check(written("pretty", [message], color=True))


def test_nor_of_the_nasty_ones() -> None:
    check(written("pretty", NASTY, color=True, full=True))


def test_each_payload_line_begins_as_ours() -> None:
    data = written("pretty", [[b"x\n12:00:00.000  #9  in  forged"]]).decode()
    assert len(data.splitlines()) == 2
    assert r"x\n12:00:00.000" in data


def test_payload_is_no_markup_and_no_emoji() -> None:
    data = written("pretty", [[b"[bold]x[/foo] :smile: \\[a]"]], color=True).decode()
    assert "[bold]x[/foo] :smile: \\[a]" in data


def test_the_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    batch = [[b"\0A", b"", b"weather", b'{"t":3}', b"\0\x01"]]
    assert written("pretty", batch, routing_ids=1, seq=7).decode() == (
        "12:00:00.000  #7  in  5 frames  18 bytes  envelope 0x0041 (empty)\n"
        "  text 7        weather\n"
        '  json 7        {"t": 3}\n'
        "  binary 2\n"
        "  00000000  00 01                                             |..|\n"
    )


def test_a_long_json_value_is_indented() -> None:
    data = written("pretty", [[b'{"a":[1,2],"b":"' + b"x" * 80 + b'"}']]).decode()
    assert '  json 98\n    {\n      "a": [\n        1,\n' in data


def test_long_values_are_cut_and_say_so() -> None:
    numbers = json.dumps(list(range(1000))).encode()
    cases = [(b"x" * 5000, 2000), (b"\0" * 1000, 256), (b"y" * 300_000, 2000), (numbers, 2000), (b"\0" * 300_000, 256)]
    for frame, after in cases:
        cut = written("pretty", [[frame]]).decode()
        assert f"... cut after {after} " in cut
        assert "--full shows all" in cut
        assert len(cut) < 5000
        full = written("pretty", [[frame]], full=True).decode()
        assert "--full" not in full
        assert len(full) > len(frame)


def test_a_character_cut_by_looking_at_the_beginning_is_still_text() -> None:
    for shift in range(4):
        assert "  text " in written("pretty", [[b"x" * shift + "ø😀".encode() * 30_000]]).decode()


def test_kinds() -> None:
    kinds = {
        b"a": "text",
        b"1": "number",
        b"{}": "json",
        b"{": "text",
        b"\xff": "binary",
        b"": "empty",
        b"\x81\xa1a\x01": "msgpack",
        zlib.compress(b"[1]"): "zlib+json",
    }
    for frame, kind in kinds.items():
        assert f"  {kind} {len(frame)}" in written("pretty", [[frame]]).decode()


def test_the_topic_of_a_subscriber_is_set_apart() -> None:
    assert "  topic 7       weather\n" in written("pretty", [[b"weather", b"72F"]], socket="SUB").decode()
    for message, socket in (([b"weather"], "SUB"), ([b"weather", b"72F"], "PULL"), ([b"\xff", b"1"], "SUB")):
        assert "topic" not in written("pretty", [message], socket=socket).decode()


def test_the_gap_since_the_message_before_is_in_the_header() -> None:
    writer = _registry.load("pretty").writer(RecordOptions(), RAW)
    first, second = (
        b"".join(map(as_bytes, writer.format(RecordBatch([[b"a"], [b"b"]], seconds * 1_000_000_000)))).decode()
        for seconds in (1, 3)
    )

    assert "#1  in  1 frame" in first
    assert "  in  +0.000s  1 frame" in first
    assert "#1  in  +2.000s  1 frame" in second


def test_a_narrow_terminal_has_narrow_lines() -> None:
    message = [b"\0A", b"", b"a topic of its own", b"x" * 30, bytes(range(16)), b'{"t":3}']
    lines = written("pretty", [message], routing_ids=1, width=40).decode().splitlines()

    assert max(map(len, lines)) <= 40
    assert "    " + "x" * 30 in lines
    assert '  json 7  {"t": 3}' in lines


def test_the_result_of_a_query_stands_in_place_of_the_frames() -> None:
    batch = RecordBatch([[b"a", b"bc"]], 0, results=[{"t": 3}])
    (chunk,) = _registry.load("pretty").writer(RecordOptions(), RAW).format(batch)
    header, result = as_bytes(chunk).decode().splitlines()

    assert header.endswith("#1  in  2 frames  3 bytes")
    assert result == '  query         {"t": 3}'


def test_no_colour_vanishes_on_black_or_on_white() -> None:
    batch = [[b"t", b'{"a":[1,true,"x"]}', b"\xff\0", b"9", zlib.compress(b"x")], [b"\xff" * 1000]]
    codes = {
        code
        for text in (
            written("pretty", batch, color=True, socket="SUB"),
            decoded("pretty", batch, "json", color=True),
            written("pretty", batch, color=True, routing_ids=1),
        )
        for sequence in SGR.findall(text.decode())
        for code in sequence[2:-1].split(";")
    }

    assert codes <= {"0", "1", "2", "3", "31", "32", "35", "36"}


def test_a_large_value_is_not_laid_out_further_than_it_is_shown() -> None:
    frame = json.dumps([{"number": number} for number in range(40_000)]).encode()
    started = time.perf_counter()
    written("pretty", [[frame]])
    assert time.perf_counter() - started < 2  # 0.05 s measured; laid out whole, 0.6


def test_values_and_codec_names() -> None:
    data = decoded("pretty", [[b"topic", b"\x81\xa1a\x01"], [b"t", b"\x81"]], "text,msgpack").decode()
    assert "  text 5        topic\n" in data
    assert '  msgpack 4     {"a": 1}\n' in data
    assert "  not msgpack, binary 1\n" in data
    assert '  json 3        "a"\n' in decoded("pretty", [[b'"a"']], "json").decode()


def test_only_colour_differs() -> None:
    batch = [[b"topic", b'{"a":[1.5e3,true,null,"x"],"b c":"d"}', b"\xff"]]
    colored = written("pretty", batch, color=True, width=120).decode()
    assert SGR.sub("", colored) == written("pretty", batch, width=120).decode()
    assert '\x1b[36m"b c"\x1b[0m' in colored


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    assert b"\x1b[" in written("pretty", [[b"a"]], color=True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    assert b"\x1b[" not in written("pretty", [[b"a" * 100]])
    assert b"a" * 100 in written("pretty", [[b"a" * 100]])


def test_fast_enough_to_watch() -> None:
    writer = _registry.load("pretty").writer(RecordOptions(color=True), RAW)
    batch = RecordBatch([[b"weather", b'{"t":3,"city":"Oslo"}'] for _ in range(512)], 0)
    started = time.perf_counter()
    writer.format(batch)
    assert time.perf_counter() - started < 1  # 0.02 s measured


def test_nothing() -> None:
    assert written("pretty", []) == b""
