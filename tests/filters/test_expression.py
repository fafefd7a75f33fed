"""Expressions: what they see, what becomes of what they give, and what they do not bring down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqcli.codecs.pipeline import RAW, FrameCodecs
from zmqcli.errors import DataError, OptionError
from zmqcli.filters.expression import Expression
from zmqcli.formats._api import RecordOptions

if TYPE_CHECKING:
    from zmqcli.errors import ZmqcliError


def made(text: str, *frames: bytes, codec: str | None = None, **options: Any) -> list[Any] | None:
    """Return what an expression makes of one message, the seventh."""
    codecs = RAW if codec is None else FrameCodecs.parse(codec)
    return Expression("-e", text, RecordOptions(**options), codecs).apply([*frames], 7)


@pytest.mark.parametrize(
    ("text", "frames", "expected"),
    [
        ("body", [b"a", b"\xff"], [b"\xff"]),
        ("topic", [b"a\xff", b"b"], [b"a\xff"]),
        ("frames", [b"a", b"", b"\0"], [b"a", b"", b"\0"]),
        ("frames[::-1]", [b"a", b"b"], [b"b", b"a"]),
        ("(topic, 'é', bytearray(b'x'))", [b"a"], [b"a", "é".encode(), b"x"]),
        ("seq", [b"a"], [b"7"]),
        ("value + 1", [b"41"], [b"42"]),
        ("value['a']", [b'{"a":[1,"\xc3\xbc"]}'], [b"1", "ü".encode()]),
        ("value", [b'{"a": null}'], [b'{"a":null}']),
        ("{'n': value}", [b"text"], [b'{"n":"text"}']),
        ("True", [b"a"], [b"true"]),
        ("[n for n in frames if n != body]", [b"a", b"b"], [b"a"]),
        ("json.loads(body)['x']", [b'{"x":"y"}'], [b"y"]),
        ("None", [b"a"], None),
        ("body if topic == 'b' else None", [b"a", b"x"], None),
        (" body ", [b"a"], [b"a"]),
    ],
)
def test_what_it_gives_is_the_message(text: str, frames: list[bytes], expected: list[bytes] | None) -> None:
    assert made(text, *frames) == expected


def test_a_named_codec_serves_both_ways() -> None:
    assert made("{**value, 'b': value['a'] + 1}", b"\x81\xa1a\x01", codec="msgpack") == [b"\x82\xa1a\x01\xa1b\x02"]
    assert made("value['a']", b'{"a":"x"}', codec="json") == [b'"x"']
    assert made("frames", b"t", b"{}", codec="text,json") == [b"t", b"{}"]
    assert made("value", b"\x80\x04N.", codec="pickle") is None


def test_the_envelope_stays_and_is_not_seen() -> None:
    assert made("frames", b"id", b"", b"x", b"y", routing_ids=1) == [b"id", b"", b"x", b"y"]
    assert made("body * 2", b"id", b"x", routing_ids=1) == [b"id", b"xx"]
    assert made("len(frames)", b"id", b"", routing_ids=1) == [b"id", b"1"]
    assert made("topic", b"", b"x", delimited=True) == [b"", b"x"]


def test_a_name_bound_once_lasts() -> None:
    expression = Expression("-e", "(n := globals().get('n', 0) + 1)", RecordOptions(), RAW)

    assert [expression.apply([b""], seq) for seq in (1, 2, 3)] == [[b"1"], [b"2"], [b"3"]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("value['x']", "KeyError"),
        ("1/0", "ZeroDivisionError"),
        ("nothing_of_this_name", "NameError"),
        ("[]", "an empty list"),
        ("{1, 2}", "type set"),
        ("exit(3)", "SystemExit"),
        ("exec('raise KeyboardInterrupt')", "KeyboardInterrupt"),
        ("(_ for _ in ()).throw(asyncio.CancelledError)", "CancelledError"),
        ("'\\ud800'", "UnicodeEncodeError"),
        ("(lambda f: f(f))(lambda f: f(f))", "RecursionError"),
    ],
)
def test_what_fails_names_the_message(text: str, says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        made(text, b"{}")

    assert str(caught.value).startswith("message 7: -e")
    assert "\n" not in str(caught.value)


def test_a_frame_that_its_codec_does_not_read_is_no_value() -> None:
    with pytest.raises(DataError, match="not json"):
        made("value", b"{", codec="json")
    assert made("body", b"{", codec="json") == [b"{"]


@pytest.mark.parametrize("text", ["", "a b", "import os", "value[", "x = 1", "\0", "(" * 500])
def test_what_is_no_expression_is_refused_with_the_place(text: str) -> None:
    with pytest.raises(OptionError, match="no Python expression"):
        made(text, b"")


def test_a_batch_goes_on_without_what_fails() -> None:
    told: list[ZmqcliError] = []
    expression = Expression("-e", "1 / value or None", RecordOptions(), RAW)

    assert expression.apply_all([[b"1"], [b"0"], [b"4"]], 10, told.append) == ([[b"1.0"], [b"0.25"]], [10, 12])
    assert [str(error).partition(":")[0] for error in told] == ["message 11"]


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=5))
def test_nothing_of_a_message_is_changed_or_evaluated(frames: list[bytes]) -> None:
    assert made("frames", *frames) == frames
    assert made("[topic, *frames[1:]]", *frames) == frames
