"""`-T`: every placeholder, every modifier, and what is neither."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.support import TIME_NS, messages
from tests.support.hostile import assert_calm
from zmqcli.codecs.pipeline import FrameCodecs
from zmqcli.errors import DataError, OptionError
from zmqcli.formats._api import RecordBatch, RecordOptions
from zmqcli.formats.template import PLACEHOLDERS, Template
from zmqcli.message import as_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence


def never(error: DataError) -> None:
    raise error


FRAMES = [b"weather", b"72F", b"\xff\n"]


def shown(
    text: str,
    *rows: Sequence[bytes],
    codec: str | None = None,
    envelope: int = 0,
    guards: bool = False,
    errors: list[DataError] | None = None,
    **options: Any,
) -> bytes:
    codecs = FrameCodecs.parse(codec or "raw")
    values = codec and [codecs.decode([*row], envelope)[0] for row in rows]
    said: list[DataError] = []
    writer = Template(text).writer(RecordOptions(**options), codecs, said.append, guards=guards)
    batch = RecordBatch([[*row] for row in rows], TIME_NS, 7, values=values or None)
    data = b"".join(map(as_bytes, writer.format(batch)))
    if errors is None:
        assert not said
    else:
        errors += said
    return data


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("%t", b"weather"),
        ("%s", b"\xff\n"),
        ("%0|%1|%2|%3|%9", b"weather|72F|\xff\n||"),
        ("%a", b"weather\t72F\t\xff\n"),
        ("%N", b"3"),
        ("%S", b"12"),
        ("%n", b"7"),
        ("%T", b"2026-11-23T12:00:00.000123Z"),
        ("%d", b"0.000000"),
        ("%i", b""),
        ("%k", b"PULL"),
        ("%v", b"\xff\n"),
        ("100%%", b"100%"),
        ("%%t", b"%t"),
        (r"%t\t%1\x00\\ø", "weather\t72F\0\\ø".encode()),
        (r"%t\x7bhex}", b"weather{hex}"),
        ("{%t}", b"{weather}"),
        ("", b""),
        ("%t{hex}", b"77656174686572"),
        ("%1{base64}", b"NzJG"),
        ("%s{quoted}", rb"\xff\n"),
        ("%a{quoted}", b"weather\t72F\t\\xff\\n"),
        ("%9{hex}", b""),
    ],
)
def test_placeholders_and_modifiers(template: str, expected: bytes) -> None:
    assert shown(template, FRAMES) == expected + b"\n"


def test_frames_as_json_and_msgpack() -> None:
    row = [b'{ "a" : [1, 2] }', b"\x81\xa1a\xc4\x01\xff"]
    assert shown("%0{json} %1{msgpack}", row) == b'{"a":[1,2]} {"a":{"$binary":"/w=="}}\n'


def test_a_frame_that_its_modifier_cannot_decode_is_said_and_shown_quoted() -> None:
    errors: list[DataError] = []
    assert shown("%t{json} %s{json}", [b"1", b"\xffno"], errors=errors) == b"1 \\xffno\n"
    assert [str(error).partition(" not ")[0] for error in errors] == ["message 7: a frame of the template is"]


def test_the_envelope_is_a_line_of_jsonl() -> None:
    line = json.loads(shown("%j", [b"a"], codec="json", errors=[]))
    assert line == {
        "time": "2026-11-23T12:00:00.000123Z",
        "seq": 7,
        "socket": "PULL",
        "direction": "in",
        "frames": ["a"],
        "values": [None],
    }


def test_the_value_is_what_the_codec_made_of_the_last_frame() -> None:
    row = [b"t", b"\x81\xa1a\x01"]
    assert shown("%v %s{hex}", row, codec="text,msgpack") == b'{"a":1} 81a16101\n'
    assert shown("%v", [b"t", b"\xc1"], codec="text,msgpack") == b"\\xc1\n"
    assert shown("%v", [b"id", b"", b"\x01"], codec="msgpack", envelope=2, routing_ids=1) == b"1\n"


def test_routing_ids_are_written_as_in_text() -> None:
    assert shown("%i|%i{hex}|%t{hex}", [b"\0A", b"", b"x"], routing_ids=1) == b"0x0041|0041|0041\n"


def test_times_are_local_and_have_microseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    assert shown("%T{%H:%M:%S.%f %z}", [b"a"]) == b"14:00:00.000123 +0200\n"
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_seconds_since_the_previous_message() -> None:
    writer = Template("%d").writer(RecordOptions(), FrameCodecs.parse("raw"), never)
    times = [0, 1_500_000_000, 1_500_001_000, 1_000_000_000]
    lines = [b"".join(map(as_bytes, writer.format(RecordBatch([[b"a"]], moment)))) for moment in times]
    assert lines == [b"0.000000\n", b"1.500000\n", b"0.000001\n", b"0.000000\n"]


def test_a_record_ends_with_the_delimiter_and_frames_are_joined_with_theirs() -> None:
    assert shown("%a", [b"a", b"b"], [b"c"], delimiter=b"\0", frame_delimiter=b", ") == b"a, b\0c\0"
    assert shown("%a", [b"a", b"b"], [b"c"], delimiter=b"") == b"a\tbc"
    assert shown("%a") == b""


def test_results_of_a_query_are_the_value() -> None:
    writer = Template("%t=%v %j").writer(RecordOptions(), FrameCodecs.parse("raw"), never)
    batch = RecordBatch([[b"a", b"{}"]], TIME_NS, results=[[1]])
    data = b"".join(map(as_bytes, writer.format(batch)))
    assert data.startswith(b"a=[1] {")
    assert data.endswith(b',"query":[1]}\n')


@given(messages)
def test_on_a_terminal_no_payload_acts_and_the_template_may(message: list[bytes]) -> None:
    template = r"\x1b[1m%t%a%s%v%j%i%0{json}%s{msgpack}%1{quoted}"
    data = shown(template, message, guards=True, errors=[], routing_ids=1)
    assert data.startswith(b"\x1b[1m")
    assert_calm(data[4:].decode(), kept="\t")


@given(st.text(max_size=20))
def test_any_text_is_a_template_or_an_option_error(text: str) -> None:
    try:
        Template(text)
    except OptionError as error:
        assert "\n" not in str(error) or "\n" in text  # noqa: PT017 # what it says, when it does


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("%x", "there is no placeholder %x; there is %t %s"),
        ("%K", "there is no placeholder %K; %k is socket type; "),
        ("100%", "the template ends with a lone %; %% is a percent sign"),
        ("%s{hexa}", "there is no modifier %s{hexa}; there is {hex}"),
        ("%s{}", "there is no modifier %s{}; there is {hex}, {base64}, {quoted}, {json}, {msgpack}"),
        ("%s{hex", "%s{hex has no closing brace"),
        ("%N{hex}", "%N takes no modifier"),
        ("%v{hex}", "%v takes no modifier"),
        (r"a\q", r"in the template: unknown escape \q"),
    ],
)
def test_what_is_no_template_is_a_usage_error(text: str, says: str) -> None:
    with pytest.raises(OptionError) as caught:
        Template(text)
    assert says in str(caught.value)


def test_every_placeholder_is_understood() -> None:
    Template("".join(f"%{name}" for name in PLACEHOLDERS))
