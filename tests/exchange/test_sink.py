"""What is shown of received messages: real writers and codecs, into a pipe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.formats.support import received
from zmqcli.codecs.pipeline import FrameCodecs
from zmqcli.errors import ExitCode
from zmqcli.exchange.sink import Sink
from zmqcli.filters.filters import Filters
from zmqcli.formats import _registry
from zmqcli.formats._api import Chunk, RecordBatch, RecordOptions

if TYPE_CHECKING:
    from tests.support.outside import Outside
    from zmqcli.message import Batch


def sink(
    outside: Outside, name: str = "text", codec: str = "raw", options: RecordOptions | None = None, **asked: Any
) -> Sink:
    codecs = FrameCodecs.parse(codec)
    options = options or RecordOptions()
    filters = Filters(options, codecs, **asked) if asked else None
    return Sink(outside.environment, _registry.load(name).writer(options, codecs), codecs, options, filters)


def show(outside: Outside, made: Sink, *messages: list[bytes]) -> bytes:
    """Show messages as they are received, and return what the reader of stdout sees."""
    batch: Batch = [[received(frame) for frame in message] for message in messages]
    size = sum(len(frame) for message in messages for frame in message)
    made.show(batch, size, outside.environment.output.write)
    return outside.shown


def test_messages_are_shown_and_counted(outside: Outside) -> None:
    made = sink(outside)
    assert made.shown == 0

    assert show(outside, made, [b"a", b"b"], [b"\xff"]) == b"a\tb\n\xff\n"
    assert show(outside, made, [b"c"]) == b"c\n"
    assert made.shown == 3


def test_a_batch_is_one_write(outside: Outside) -> None:
    writes: list[int] = []
    made = sink(outside)
    made.show([[b"a"], [b"b"], [b"c"]], 3, lambda chunks: writes.append(len(list(chunks))))

    assert writes == [1]


def test_what_shows_nothing_counts_and_writes_nothing(outside: Outside) -> None:
    made = sink(outside, "none")
    written: list[object] = []
    made.show([[b"a"], [b"b"]], 2, written.append)

    assert made.shown == 2
    assert not written


def test_sequence_numbers_count_on_over_batches(outside: Outside) -> None:
    made = sink(outside, "jsonl")
    lines = show(outside, made, [b"a"], [b"b"]) + show(outside, made, [b"c"])

    assert [json.loads(line)["seq"] for line in lines.splitlines()] == [1, 2, 3]


def test_the_time_is_the_environments(outside: Outside) -> None:
    outside.environment.time_ns = lambda: 1_795_435_200_000_123_000

    assert json.loads(show(outside, sink(outside, "jsonl"), [b"a"]))["time"] == "2026-11-23T12:00:00.000123Z"


def test_values_are_shown_where_there_is_a_codec(outside: Outside) -> None:
    assert show(outside, sink(outside, codec="text,hex"), [b"k", b"k"]) == b"k\t6b\n"


def test_a_frame_that_does_not_decode_is_said_by_its_messages_number_and_the_rest_goes(outside: Outside) -> None:
    made = sink(outside, codec="json")
    shown = show(outside, made, [b"1"], [b"\xff"]) + show(outside, made, [b"nope"], [b"[2]"])

    assert shown == b"1\n\\xff\nnope\n[2]\n"
    assert [line.partition(": ")[0] for line in outside.said] == ["message 2", "message 3"]
    assert outside.environment.outcome == {ExitCode.DATA}
    assert made.shown == 4


def test_an_envelope_passes_no_codec(outside: Outside) -> None:
    options = RecordOptions(socket="ROUTER", routing_ids=1)

    assert show(outside, sink(outside, codec="hex", options=options), [b"me", b"", b"k"]) == b"me\t\t6b\n"


def test_the_delimiter_of_a_dealer_is_an_envelope_when_it_is_asked_for(outside: Outside) -> None:
    for delimited, shown in ((True, b"\t6b\n"), (False, b"\t6b\n")):
        options = RecordOptions(socket="DEALER", delimited=delimited)
        assert show(outside, sink(outside, codec="hex", options=options), [b"", b"k"]) == shown
    options = RecordOptions(socket="DEALER", delimited=True)
    assert show(outside, sink(outside, codec="json", options=options), [b"", b"1"]) == b"\t1\n"
    assert outside.said == []


def test_several_ids_in_front_pass_no_codec(outside: Outside) -> None:
    options = RecordOptions(socket="ROUTER", routing_ids=2)

    shown = show(outside, sink(outside, codec="json", options=options), [b"near", b"far", b"", b"1"])
    assert shown == b"near\tfar\t\t1\n"
    assert outside.said == []


def test_only_what_passes_the_filters_is_shown_and_counted(outside: Outside) -> None:
    made = sink(outside, "jsonl", grep="^a")
    lines = show(outside, made, [b"b"], [b"a"], [b"b"]) + show(outside, made, [b"a"])

    assert [json.loads(line)["seq"] for line in lines.splitlines()] == [2, 4]
    assert (made.shown, made.received) == (2, 4)
    assert made.show([[b"b"]], 1, outside.environment.output.write) == 0


def test_a_message_that_a_query_fails_on_is_a_data_error(outside: Outside) -> None:
    made = sink(outside, codec="json", query="length(@)")

    assert show(outside, made, [b"1"], [b"[1]"]) == b"[1]\n"
    assert outside.said[0].startswith("message 1: --query cannot be applied (In function length(), invalid type")
    assert outside.environment.outcome == {ExitCode.DATA}


def test_what_is_expected_is_met_or_not(outside: Outside) -> None:
    made = sink(outside, expect="ok")
    assert (made.met, made.unmet) == (False, "ok")

    show(outside, made, [b"ok"], [b"after"])
    assert (made.met, made.unmet, made.shown) == (True, None, 1)
    assert (sink(outside).met, sink(outside).unmet) == (False, None)
    assert sink(outside, grep="x").unmet is None


class Counting:
    """Shows nothing until it is asked to."""

    held = 0

    @property
    def holds(self) -> bool:
        return self.held > 0

    def format(self, batch: RecordBatch) -> list[Chunk]:
        self.held += len(batch.messages)
        return []

    def release(self) -> list[Chunk]:
        held, self.held = self.held, 0
        return [b"%d held back\n" % held] if held else []


def test_what_is_held_back_is_let_go_a_little_later(outside: Outside) -> None:
    options, writer = RecordOptions(), Counting()
    made = Sink(outside.environment, writer, FrameCodecs.parse("raw"), options, None, writer)
    assert made.due is None

    assert show(outside, made, [b"a"]) == b""
    due = made.due
    assert due is not None
    assert 0 < due - outside.environment.monotonic() <= 0.5
    assert show(outside, made, [b"b"]) == b""
    assert made.due == due
    made.let_go(outside.environment.output.write)
    assert (outside.shown, made.due) == (b"2 held back\n", None)
    made.let_go(outside.environment.output.write)
    assert outside.shown == b""
