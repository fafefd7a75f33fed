"""What a tap says besides the message, format by format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from zmqcli.codecs._api import UNDECODED
from zmqcli.codecs.pipeline import RAW, FrameCodecs
from zmqcli.errors import OptionError
from zmqcli.formats._api import RecordBatch, RecordOptions, TapStyle
from zmqcli.formats._registry import load, names
from zmqcli.formats.tapped import TappedMessage, TappedWriter

if TYPE_CHECKING:
    from zmqcli.message import Batch, Message


def tapped(frames: Message, direction: str = "a>b", latency: float | None = None, asks: bool = False) -> TappedMessage:
    message = TappedMessage(frames, direction)
    message.latency, message.subscription = latency, asks
    return message


def show(name: str, messages: Batch, *, codecs: FrameCodecs = RAW, values: object = None, **options: object) -> bytes:
    made = RecordOptions()._replace(**options)  # type: ignore[arg-type] # the tests' own
    kind = load(name)
    writer = TappedWriter(
        lambda options: kind.writer(options, codecs), kind.tap, made, codecs, shows_ids=kind.shows_ids
    )
    batch = RecordBatch(messages, 0, 5, 0, values)  # type: ignore[arg-type] # bytes are frames here
    return b"".join(bytes(chunk) for chunk in writer.format(batch))


def test_an_empty_batch_is_nothing() -> None:
    assert [show(name, []) for name in names()] == [b""] * len(names())


def test_text_keeps_ids_readable_and_codecs_in_their_places() -> None:
    codecs = FrameCodecs.parse("text,json")
    message = tapped([b"\xff", b"0x", b"", b"topic", b"[1]"], latency=0.0015)
    values = [[b"\xff", b"0x", b"", "topic", [1]]]

    assert show("text", [message], routing_ids=2) == b"a>b 1.500 ms\t0xff\ttext:0x\t\ttopic\t[1]\n"
    assert show("text", [message], routing_ids=2, values=values, codecs=codecs) == (
        b"a>b 1.500 ms\t0xff\ttext:0x\t\ttopic\t[1]\n"
    )
    assert show("text", [tapped([b"", b"x"])], values=[["", "x"]], codecs=FrameCodecs.parse("text")) == b"a>b\t\tx\n"


def test_what_does_not_decode_is_quoted() -> None:
    codecs = FrameCodecs.parse("json")

    assert show("text", [tapped([b"\n"])], values=[[UNDECODED]], codecs=codecs) == b"a>b\t\\n\n"


def test_jsonl_keys_stand_at_the_end_of_their_own_line() -> None:
    messages: Batch = [
        tapped([b"one"]),
        tapped([b"two"], "b>a", 0.25),
        tapped([b"three"], "b>a"),
        tapped([b"\1\xff"], "b>a", asks=True),
        tapped([b"\0topic"], "b>a", asks=True),
        tapped([b"\2topic"], "b>a", asks=True),
    ]
    lines = [json.loads(line) for line in show("jsonl", messages).splitlines()]

    assert [line["direction"] for line in lines] == ["a>b", *["b>a"] * 5]
    assert [line["seq"] for line in lines] == [5, 6, 7, 8, 9, 10]
    assert [line.get("latency_ms") for line in lines] == [None, 250.0, None, None, None, None]
    assert lines[3]["subscribe"] == {"base64": "/w=="}
    assert lines[4]["unsubscribe"] == "topic"
    assert not {"subscribe", "unsubscribe"} & lines[5].keys()
    assert show("jsonl", [tapped([b"x"], "b>a", 0.001)], delimiter=b"").endswith(b'],"latency_ms":1.000}')


def test_jsonl_values_and_gaps_stay_with_their_messages() -> None:
    batch = RecordBatch([tapped([b"1"], latency=0.1), tapped([b"2"], latency=0.2)], 0, 1, 0, [["x"], ["y"]], [3, 7])
    writer = TappedWriter(lambda options: load("jsonl").writer(options, RAW), TapStyle.KEYS, RecordOptions(), RAW)
    lines = [json.loads(line) for line in b"".join(map(bytes, writer.format(batch))).splitlines()]

    told = [(line["seq"], line["values"], line["latency_ms"]) for line in lines]
    assert told == [(3, ["x"], 100.0), (7, ["y"], 200.0)]


def test_hexdump_and_raw_show_a_subscription_as_its_bytes() -> None:
    message = tapped([b"\1w"], asks=True)

    assert show("hexdump", [message, message]).count(b"a>b\nframe 1 of 1, 2 bytes\n00000000  01 77") == 2
    assert show("raw", [message]) == b"\1w"
    assert show("quoted", [message]) == b"a>b\tsubscribe w\n"
    assert b"subscribe w" in show("pretty", [message])


def test_messages_that_nobody_tapped_are_shown_all_the_same() -> None:
    assert show("text", [[b"x"]]) == b"\tx\n"
    assert json.loads(show("jsonl", [[b"x"]]))["frames"] == ["x"]


def test_a_format_that_does_not_exist_is_said_at_once() -> None:
    with pytest.raises(OptionError, match="nonsense"):
        show("nonsense", [])
