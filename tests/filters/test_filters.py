"""Which messages pass the filters, what queries find, and what is no filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from tests.formats.support import TIME_NS, messages, received
from zmqcli.codecs.pipeline import FrameCodecs
from zmqcli.errors import ExitCode, OptionError
from zmqcli.filters.filters import Filters, showing_results
from zmqcli.formats import _registry
from zmqcli.formats._api import RecordBatch, RecordOptions
from zmqcli.formats._results import result_text
from zmqcli.message import as_bytes

if TYPE_CHECKING:
    from zmqcli.message import Batch

OSLO = b'{"city":"Oslo","t":-3}'
ROME = b'{"city":"Rome","t":21}'


def batch_of(*rows: list[bytes], codec: str | None = None, envelope: int = 0, seq: int = 1) -> RecordBatch:
    batch: Batch = [[received(frame) for frame in row] for row in rows]
    values = codec and [FrameCodecs.parse(codec).decode([*message], envelope)[0] for message in batch]
    return RecordBatch(batch, TIME_NS, seq, sum(map(len, rows)), values or None)


def filters(codec: str | None = None, routing_ids: int = 0, **asked: str) -> Filters:
    options = RecordOptions(routing_ids=routing_ids)
    return Filters(options, FrameCodecs.parse(codec or "raw"), guesses=codec is None, **asked)  # type: ignore[arg-type] # what is asked is text


def kept(made: Filters, batch: RecordBatch) -> list[list[bytes]]:
    chosen, errors = made.apply(batch)
    assert not errors
    return [[as_bytes(frame) for frame in message] for message in chosen.messages]


def results(made: Filters, batch: RecordBatch) -> list[Any]:
    chosen, errors = made.apply(batch)
    assert not errors
    assert chosen.results is not None
    return [*chosen.results]


@pytest.mark.parametrize(
    ("regex", "passes"),
    [
        ("72", True),
        ("^weather\t72F$", True),
        ("^72", False),
        ("weather$", False),
        (r"\t\d+F", True),
        ("WEATHER", False),
        ("(?i)WEATHER", True),
        ("", True),
    ],
)
def test_grep_sees_the_records_text(regex: str, passes: bool) -> None:
    assert bool(kept(filters(grep=regex), batch_of([b"weather", b"72F"]))) is passes


def test_the_ends_are_those_of_the_record_and_not_of_its_lines() -> None:
    assert not kept(filters(grep="^b"), batch_of([b"a\nb"]))


def test_what_is_not_utf8_is_seen_as_escapes() -> None:
    assert kept(filters(grep=r"^\\xff\u00f8$"), batch_of([b"\xff\xc3\xb8"])) == [[b"\xff\xc3\xb8"]]


def test_grep_sees_decoded_frames() -> None:
    batch = batch_of([b"t", b"\x81\xa1a\x01"], [b"t", b"\xc1"], codec="text,msgpack")
    assert kept(filters("text,msgpack", grep='^t\t{"a":1}$'), batch) == [[b"t", b"\x81\xa1a\x01"]]
    assert kept(filters("text,msgpack", grep=r"\\xc1$"), batch) == [[b"t", b"\xc1"]]


def test_grep_sees_routing_ids_as_they_are_written() -> None:
    batch = batch_of([b"\0A", b"", b"hello"])
    assert kept(filters(routing_ids=1, grep="^0x0041\t\thello$"), batch)


def test_where_keeps_what_is_true_for_it() -> None:
    batch = batch_of([b"w", OSLO], [b"w", ROME], [b"w", b"no json"])
    assert kept(filters(where="t > `0`"), batch) == [[b"w", ROME]]
    assert kept(filters(where="city && t < `0`"), batch) == [[b"w", OSLO]]
    assert kept(filters(where="@ == 'no json'"), batch) == [[b"w", b"no json"]]


@pytest.mark.parametrize(
    ("value", "true"), [("0", True), ('""', False), ("[]", False), ("{}", False), ("false", False), ("null", False)]
)
def test_what_is_true_is_what_jmespath_holds_for_true(value: str, true: bool) -> None:
    assert bool(kept(filters(where="a"), batch_of([b'{"a":%s}' % value.encode()]))) is true


def test_a_query_gives_its_result_and_null_drops_the_message() -> None:
    assert results(filters(query="t"), batch_of([OSLO], [b"{}"], [ROME])) == [-3, 21]
    assert results(filters(query="{c:city}", where="t < `0`"), batch_of([OSLO], [ROME])) == [{"c": "Oslo"}]


@pytest.mark.parametrize(("of", "found"), [("0", "w"), ("1", "x"), ("2", None), ("values", ["w", "x"])])
def test_a_query_can_be_of_another_frame_or_of_all(of: str, found: object) -> None:
    chosen, _ = filters(query="@", query_of=of).apply(batch_of([b"w", b"x"]))
    assert chosen.results == ([] if found is None else [found])


def test_without_a_codec_a_query_sees_what_the_frame_looks_like() -> None:
    assert results(filters(query="@"), batch_of([b"72.5"], [b"\x81\xa1a\x01"], [b"1e999"])) == [72.5, {"a": 1}, "1e999"]
    assert results(filters("raw", query="@"), batch_of([b"72"], [b"\xff"])) == ["72", {"base64": "/w=="}]


def test_an_envelope_is_never_decoded() -> None:
    made = filters(routing_ids=1, query="@", query_of="values")
    assert results(made, batch_of([b"1", b"", b"2"])) == [["1", "", 2]]
    assert results(filters(routing_ids=1, query="@", query_of="0"), batch_of([b"1", b"", b"2"])) == ["1"]


def test_a_query_sees_the_values_of_the_codecs() -> None:
    batch = batch_of([b"t", b"6b"], codec="text,hex")
    assert results(filters("text,hex", query="@", query_of="values"), batch) == [["t", "3662"]]


def test_what_did_not_decode_is_null_to_a_query() -> None:
    assert not kept(filters("json", where="@"), batch_of([b"nope"], codec="json"))


def test_a_message_a_query_fails_on_is_said_and_left_out() -> None:
    batch = batch_of([b'"text"'], [b"{}"], [b"[1,2]"], codec="json", seq=7)
    chosen, errors = filters("json", query="sum(@)").apply(batch)

    assert chosen.results == [3]
    assert chosen.sequences == [9]
    assert [error.what for error in errors] == [f"message {seq}: --query cannot be applied" for seq in (7, 8)]
    assert {error.exit_code for error in errors} == {ExitCode.DATA}
    assert all(len(str(error)) < 500 for error in errors)


def test_what_jmespath_says_of_a_huge_value_is_cut() -> None:
    _, (error,) = filters(query="sum(@)").apply(batch_of([b'"' + b"x" * 100_000 + b'"']))
    assert len(str(error)) < 400


def test_sequence_numbers_are_those_of_arrival() -> None:
    chosen, _ = filters(grep="b").apply(batch_of([b"a"], [b"b"], [b"b"], seq=5))
    assert chosen.sequences == [6, 7]
    assert chosen.size == 2


def test_what_follows_the_expected_message_is_not_shown() -> None:
    made = filters(expect="ok")
    assert kept(made, batch_of([b"no"])) == [[b"no"]]
    assert not made.met
    assert kept(made, batch_of([b"not"], [b"ok"], [b"after"])) == [[b"not"], [b"ok"]]
    assert made.met


def test_only_what_passes_can_be_expected() -> None:
    made = filters(expect="ok", grep="^status")
    assert kept(made, batch_of([b"ok"], [b"status ok"])) == [[b"status ok"]]


@given(messages)
def test_no_message_breaks_a_filter(message: list[bytes]) -> None:
    made = filters(grep=".", where="@", query="[@, to_string(@)]", query_of="values", expect="^$")
    chosen, errors = made.apply(batch_of(message))
    assert not errors
    assert len(chosen.messages) == len(chosen.results or ())


def test_results_stand_in_place_of_the_messages_in_formats_of_bytes() -> None:
    rows = [b"some", b"frames"], [b"more"], [b"and more"]
    batch = batch_of(*rows)._replace(results=[{"ø": [1]}, 'a"b', "\ud800"])
    writer = showing_results(_registry.load("text").writer(RecordOptions(), FrameCodecs.parse("raw")))

    assert b"".join(map(as_bytes, writer.format(batch))).decode() == '{"ø":[1]}\na"b\n\\ud800\n'
    assert result_text(1.5) == "1.5"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"grep": "("}, "--grep: '(' is no regular expression (missing ), unterminated subpattern at position 0)"),
        ({"expect": "*"}, "--expect: '*' is no regular expression (nothing to repeat at position 0)"),
        ({"where": "a["}, "--where: 'a[' is no JMESPath"),
        ({"query": ""}, "--query: '' is no JMESPath"),
        ({"query": "foo(@)"}, "(there is no function foo())"),
        ({"query": "[&a]"}, "& stands only before an argument of a function"),
        ({"query": "(" * 5000}, "is no JMESPath"),
        ({"query_of": "1"}, "--query-of needs --where or --query"),
        ({"query": "a", "query_of": "-1"}, "--query-of -1 is no frame"),
        ({"query": "a", "query_of": "99999999999"}, "is no frame"),
    ],
)
def test_what_is_no_filter_is_a_usage_error(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(OptionError) as caught:
        filters(**asked)
    assert says in str(caught.value)


def test_functions_take_expressions() -> None:
    assert results(filters(query="sort_by(@, &t)[0].c"), batch_of([b'[{"t":2,"c":"x"},{"t":1,"c":"y"}]'])) == ["y"]
