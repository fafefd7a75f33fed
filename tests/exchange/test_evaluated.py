"""What `-E` makes of a source: each message evaluated once, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.codecs.pipeline import RAW
from zmqcli.errors import ExitCode
from zmqcli.exchange.evaluated import EvaluatedSource, evaluated_answer
from zmqcli.exchange.source import FixedSource
from zmqcli.filters.expression import Expression
from zmqcli.formats._api import RecordOptions

if TYPE_CHECKING:
    from tests.support.outside import Outside
    from zmqcli.message import Batch

MESSAGES: Batch = [[b"1"], [b"0"], [b"2"], [b"x"]]


def evaluated(outside: Outside, text: str, *, strict: bool = False) -> EvaluatedSource:
    expression = Expression("-E", text, RecordOptions(), RAW)
    return EvaluatedSource(FixedSource([*MESSAGES]), outside.environment, expression, strict=strict)


def test_messages_are_dropped_and_failures_are_said(outside: Outside) -> None:
    source = evaluated(outside, "None if not value else (seq, value - 1)")

    assert source.take() == [[b"1", b"0"], [b"3", b"1"]]
    assert source.ended
    assert outside.said == [
        "message 4: -E raised TypeError: unsupported operand type(s) for -: 'str' and 'int'; the message is dropped"
    ]
    assert outside.environment.outcome == {ExitCode.DATA}


def test_the_first_frame_is_that_of_what_leaves_first(outside: Outside) -> None:
    source = evaluated(outside, "[f'n{seq}', body] if value in (0, 2) else None")

    assert source.first_frame == b"n2"
    assert source.first_frame == b"n2"
    assert source.take(5) == [[b"n2", b"0"]]
    assert source.take() == [[b"n3", b"2"]]
    assert source.ended


def test_what_was_accepted_is_evaluated_at_the_end_too(outside: Outside) -> None:
    source = evaluated(outside, "body * 2")
    assert source.first_frame == b"11"

    assert source.stop() == [[b"11"], [b"00"], [b"22"], [b"xx"]]


def test_strict_stops_at_the_first_that_fails(outside: Outside) -> None:
    source = evaluated(outside, "1 // value", strict=True)

    assert source.take() == [[b"1"]]
    assert source.ended
    assert source.take() == []


def test_an_answer_goes_through_it(outside: Outside) -> None:
    expression = Expression("-E", "body + body if seq < 3 else None", RecordOptions(routing_ids=1), RAW)
    answer = evaluated_answer(lambda message: message if len(message) > 1 else None, outside.environment, expression)

    asked: Batch = [[b"id", b"a"], [b"id"], [b"id", b"b"], [b"id", b"c"]]
    assert [answer(message) for message in asked] == [
        [b"id", b"aa"],
        None,
        [b"id", b"bb"],
        None,
    ]
