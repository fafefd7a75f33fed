"""What is sent: fixed messages, and the records of a real stdin through real readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zmqcli.codecs.pipeline import RAW, FrameCodecs
from zmqcli.errors import ExitCode
from zmqcli.exchange.source import FixedSource, InputSource, NoSource
from zmqcli.formats import _registry
from zmqcli.formats._api import RecordOptions
from zmqcli.sockets.batches import BATCH_MESSAGES

if TYPE_CHECKING:
    from tests.support.outside import Outside
    from zmqcli.engine.source import Source
    from zmqcli.message import Batch, Message


def stdin(
    outside: Outside,
    text: bytes | None = None,
    *,
    format: str = "text",  # noqa: A002 # what -I calls it
    codec: str | None = None,
    options: RecordOptions | None = None,
    **settings: Any,
) -> InputSource:
    """Return the source of a command whose stdin is `text` and then ends; None: stdin stays open."""
    codecs = FrameCodecs.parse(codec) if codec else RAW
    kind = _registry.load(format)
    reader = kind.reader(options or RecordOptions(), codecs)
    if text is not None:
        outside.type(text)
        outside.end_input()
    return InputSource(outside.environment, reader, None if kind.encodes or codecs.is_raw else codecs, **settings)


def take_all(source: Source, limit: int | None = None) -> Batch:
    """Return all that a source has, whose stdin has ended."""
    taken: list[Message] = []
    while not source.ended:
        taken += source.take(limit)
    return taken


# Nothing


def test_no_source_has_ended_from_the_start() -> None:
    source = NoSource()
    source.fill()

    assert (source.ended, source.reads_input, source.first_frame) == (True, False, None)
    assert source.take() == source.take(1) == source.stop() == []


# Fixed messages


def test_fixed_messages_go_once() -> None:
    source = FixedSource([[b"a", b"b"], [b"c"]])
    source.fill()
    assert (source.ended, source.reads_input, source.first_frame) == (False, False, b"a")

    assert source.take() == [[b"a", b"b"], [b"c"]]
    assert source.ended
    assert source.take() == []


@pytest.mark.parametrize(("repeat", "limit"), [(3, None), (3, 1), (3, 2), (3, 4), (3, 100)])
def test_fixed_messages_are_repeated_in_turn_whatever_is_taken_at_once(repeat: int, limit: int | None) -> None:
    source = FixedSource([[b"a"], [b"b"]], repeat)

    assert take_all(source, limit) == [[b"a"], [b"b"]] * repeat


def test_many_repetitions_come_in_batches() -> None:
    source = FixedSource([[b"a"], [b"b"], [b"c"]], 1000)
    first = source.take()

    assert len(first) == BATCH_MESSAGES
    assert [*first, *take_all(source)] == [[b"a"], [b"b"], [b"c"]] * 1000


def test_zero_repetitions_are_none() -> None:
    source = FixedSource([[b"a"]], 0)

    assert source.ended
    assert source.stop() == []


def test_stopping_repeats_no_more() -> None:
    source = FixedSource([[b"a"]], 10)
    source.take(1)

    assert source.stop() == []
    assert source.ended
    assert source.take() == []


def test_what_was_never_sent_once_is_still_to_be_sent_when_stopped() -> None:
    source = FixedSource([[b"a"], [b"b"]], 10)

    assert source.stop() == [[b"a"], [b"b"]]
    assert source.ended


# Records of stdin


def test_records_come_as_one_read_brings_them(outside: Outside) -> None:
    source = stdin(outside)
    assert (source.ended, source.reads_input, source.first_frame) == (False, True, None)
    outside.type(b"one\ntwo\nthr")
    assert source.take() == [[b"one"], [b"two"]]
    outside.type(b"ee\n")
    assert source.take() == [[b"three"]]
    outside.type(b"last")
    assert source.take() == []
    outside.end_input()

    assert source.take() == [[b"last"]]
    assert source.ended


def test_an_empty_stdin_is_no_record_and_an_empty_record_an_empty_message(outside: Outside) -> None:
    assert take_all(stdin(outside, b"")) == []


def test_an_empty_record_is_an_empty_message_unless_blank_lines_mean_nothing(outside: Outside) -> None:
    assert take_all(stdin(outside, b"\na\n\n")) == [[b""], [b"a"], [b""]]


def test_blank_lines_typed_at_a_terminal_mean_nothing(outside: Outside) -> None:
    assert take_all(stdin(outside, b"\na\n\n", skip_empty=True)) == [[b"a"]]


def test_more_than_asked_for_is_kept_for_the_next_time_and_nothing_is_read_meanwhile(outside: Outside) -> None:
    source = stdin(outside, b"1\n2\n3\n4\n5\n")

    assert source.take(2) == [[b"1"], [b"2"]]
    assert (source.reads_input, source.ended) == (False, False)
    assert source.take(2) == [[b"3"], [b"4"]]
    assert source.take(2) == [[b"5"]]
    assert (source.reads_input, source.ended) == (True, False)
    assert source.take(2) == []
    assert source.ended


def test_reading_ahead_finds_the_end_behind_what_is_held(outside: Outside) -> None:
    source = stdin(outside, b"1\n2\n")
    source.fill()
    assert (source.exhausted, source.reads_ahead) == (False, True)
    source.fill()

    assert (source.exhausted, source.reads_ahead, source.ended) == (True, False, False)
    assert source.take() == [[b"1"], [b"2"]]


def test_reading_ahead_has_an_end(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zmqcli.exchange.source.AHEAD_BYTES", 4)
    source = stdin(outside, b"1\n2\n")
    source.fill()
    assert not source.reads_ahead

    assert source.take() == [[b"1"], [b"2"]]
    assert source.reads_ahead


def test_reading_ahead_keeps_the_order(outside: Outside) -> None:
    source = stdin(outside, b"1\n2\n3\n")
    source.fill()
    assert not source.reads_input

    assert source.take(1) == [[b"1"]]
    assert source.take() == [[b"2"], [b"3"]]


def test_reading_ahead_finds_the_end(outside: Outside) -> None:
    source = stdin(outside, b"")
    source.fill()

    assert source.ended


# -n


@pytest.mark.parametrize("limit", [None, 1, 2, 10])
def test_a_count_ends_it(outside: Outside, limit: int | None) -> None:
    source = stdin(outside, b"1\n2\n3\n4\n", count=3)

    assert take_all(source, limit) == [[b"1"], [b"2"], [b"3"]]


def test_a_count_goes_over_several_reads_and_does_not_wait_for_one_more(outside: Outside) -> None:
    source = stdin(outside, count=3)
    outside.type(b"1\n2\n")
    assert source.take() == [[b"1"], [b"2"]]
    assert not source.ended
    outside.type(b"3\n4\n")

    assert source.take() == [[b"3"]]
    assert source.ended  # stdin is still open


def test_a_count_of_0_reads_nothing(outside: Outside) -> None:
    source = stdin(outside, count=0)

    assert source.ended
    assert source.stop() == []


def test_a_count_more_than_there_are_is_the_end_of_stdin(outside: Outside) -> None:
    assert take_all(stdin(outside, b"1\n2\n", count=9)) == [[b"1"], [b"2"]]


def test_a_count_is_of_what_is_sent_however_stdin_comes_in_pieces(outside: Outside) -> None:
    source = stdin(outside, b"bad\n1\n2\n3\n", codec="json", count=2)

    assert take_all(source) == [[b"1"], [b"2"]]


def test_what_comes_after_the_last_one_counted_is_not_judged(outside: Outside) -> None:
    source = stdin(outside, b'["a"]\nnot json\n', format="jsonl", count=1)

    assert take_all(source) == [[b"a"]]
    assert outside.said == []
    assert not outside.environment.outcome


# Bad records


def test_a_record_that_cannot_be_read_is_named_by_its_number_and_the_rest_goes(outside: Outside) -> None:
    source = stdin(outside, b'["a"]\nnope\n["b"]\n{}\n', format="jsonl")

    assert take_all(source) == [[b"a"], [b"b"]]
    assert [line.partition(":")[0] for line in outside.said] == ["record 2", "record 4"]
    assert outside.environment.outcome == {ExitCode.DATA}


def test_a_record_that_cannot_be_encoded_is_named_by_its_number_and_the_rest_goes(outside: Outside) -> None:
    source = stdin(outside, b"1\nnope\n[2]\n{\n", codec="json")

    assert take_all(source) == [[b"1"], [b"[2]"]]
    assert [line.partition(":")[0] for line in outside.said] == [
        "record 2 cannot be sent",
        "record 4 cannot be sent",
    ]
    assert outside.environment.outcome == {ExitCode.DATA}


def test_numbers_count_on_over_reads_and_over_records_of_both_kinds(outside: Outside) -> None:
    options = RecordOptions(maximum=8)
    source = stdin(outside, codec="json", options=options)
    outside.type(b"1\n" + b"9" * 20 + b"\nbad\n")
    assert source.take() == [[b"1"]]
    outside.type(b"5\nbad\n")
    outside.end_input()

    assert take_all(source) == [[b"5"]]
    assert [line.split()[1] for line in outside.said] == ["2", "3", "5"]


def test_blank_lines_at_a_terminal_have_a_number_all_the_same(outside: Outside) -> None:
    source = stdin(outside, b"\n\nbad\n", codec="json", skip_empty=True)

    assert take_all(source) == []
    assert outside.said[0].startswith("record 3 cannot be sent: ")


@pytest.mark.parametrize(
    ("text", "format_", "codec"), [(b'["a"]\nnope\n["b"]\n', "jsonl", None), (b'"a"\nnope\n"b"\n', "text", "json")]
)
def test_strict_stops_at_the_first_bad_record_after_what_came_before_it(
    outside: Outside, text: bytes, format_: str, codec: str | None
) -> None:
    source = stdin(outside, text, format=format_, codec=codec, strict=True)

    assert len(take_all(source)) == 1
    assert len(outside.said) == 1
    assert outside.environment.outcome == {ExitCode.DATA}


def test_strict_says_one_error_though_more_are_known(outside: Outside) -> None:
    source = stdin(outside, b"nope\nnope\n[", format="jsonl", strict=True)

    assert take_all(source) == []
    assert len(outside.said) == 1


# Codecs, envelopes and ids


def test_frames_texts_are_encoded_where_the_format_does_not_do_it(outside: Outside) -> None:
    options = RecordOptions(split_frames=True)

    assert take_all(stdin(outside, b"topic\t6b\n", codec="text,hex", options=options)) == [[b"topic", b"k"]]


def test_a_format_that_encodes_is_not_encoded_twice(outside: Outside) -> None:
    source = stdin(outside, b'{"frames":["6b"]}\n{"values":["6b"]}\n', format="jsonl", codec="hex")

    assert take_all(source) == [[b"6b"], [b"k"]]


def test_an_envelope_goes_in_front_of_each_message_and_past_the_codecs(outside: Outside) -> None:
    source = stdin(outside, b"6b\n00\n", codec="hex", envelope=[b"\xff", b""])

    assert take_all(source) == [[b"\xff", b"", b"k"], [b"\xff", b"", b"\0"]]


def test_routing_ids_are_no_codecs_business(outside: Outside) -> None:
    options = RecordOptions(split_frames=True, routing_ids=1)
    source = stdin(outside, b"0x00ff\t6b\n", codec="hex", options=options, routing_ids=1)

    assert take_all(source) == [[b"\x00\xff", b"k"]]


def test_an_id_without_a_body_is_a_bad_record(outside: Outside) -> None:
    options = RecordOptions(split_frames=True, routing_ids=1)
    source = stdin(outside, b"me\nme\thello\n", options=options, routing_ids=1)

    assert take_all(source) == [[b"me", b"hello"]]
    assert outside.said[0].startswith("record 1 cannot be sent: a routing id without a body; ")


# Stopping


def test_stopping_returns_what_was_read_and_reads_no_more(outside: Outside) -> None:
    source = stdin(outside, b"1\n2\n3\nunfin")
    source.take(1)

    assert source.stop() == [[b"2"], [b"3"]]
    assert source.ended
    assert source.stop() == []
    assert outside.said[0] == "5 bytes of an unfinished record were not sent"
    assert not outside.environment.outcome


def test_stopping_between_records_has_nothing_to_say(outside: Outside) -> None:
    source = stdin(outside, b"1\n")
    source.take()

    assert source.stop() == []
    assert outside.said == []
