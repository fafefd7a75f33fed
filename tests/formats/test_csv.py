"""`csv`, both ways."""

from __future__ import annotations

import csv as reference
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.support import cuts, decoded, pieces, read, reader, written
from zmqcli.errors import UsageError

ROWS = st.lists(st.lists(st.binary(max_size=20), min_size=1, max_size=4).filter(lambda row: row != [b""]), max_size=6)


def test_a_row_a_message_and_a_column_a_frame() -> None:
    assert written("csv", [[b"a", b"b"], [b"one"]]) == b"a,b\none\n"


def test_what_csv_would_take_apart_is_quoted() -> None:
    assert written("csv", [[b"a,b", b'say "x"', b"two\nlines", b""]]) == b'"a,b","say ""x""","two\nlines",\n'


def test_a_message_of_one_empty_frame_is_no_blank_line() -> None:
    assert written("csv", [[b""]]) == b'""\n'


def test_nothing_is_nothing() -> None:
    assert written("csv", []) == b""


def test_rows_end_as_the_delimiter_says() -> None:
    assert written("csv", [[b"a"], [b"b"]], delimiter=b"\r\n") == b"a\r\nb\r\n"


def test_a_value_is_written_as_text() -> None:
    assert decoded("csv", [[b"weather", b'{"t": 1}']], "text,json") == b'weather,"{""t"":1}"\n'


def test_a_frame_that_its_codec_refuses_is_written_as_it_came() -> None:
    assert decoded("csv", [[b"{"]], "json") == b"{\n"


def test_a_routing_id_that_is_no_text_is_shown_as_hexadecimal() -> None:
    assert written("csv", [[b"\0\1", b"body"]], routing_ids=1) == b"0x0001,body\n"


def test_columns_are_taken_from_the_value() -> None:
    batch = [[b"t", b'{"city": "Oslo, N", "t": {"max": 3}}'], [b"t", b'{"city": "Rome"}'], [b"t", b"no JSON"]]

    assert written("csv", batch, columns="city,t.max") == b'"Oslo, N",3\nRome,\n,\n'
    assert decoded("csv", batch[:1], "raw,json", columns="t.max, city") == b'3,"Oslo, N"\n'


def test_columns_that_are_no_jmespath_are_refused() -> None:
    with pytest.raises(UsageError, match=r"^--columns: 'a,,b' is not JMESPath"):
        written("csv", [[b"{}"]], columns="a,,b")


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_rows_are_read_with_either_ending(ending: bytes) -> None:
    data = ending.join([b"a,b", b"", b'"x\ny",', b"last"])

    assert read(reader("csv"), [data])[0] == [[b"a", b"b"], [b"x\ny", b""], [b"last"]]


@pytest.mark.parametrize(
    ("data", "good", "error"),
    [
        (b'"a"b,c\nd\n', [[b"d"]], "record 1: no row of CSV"),
        (b'a\n"never closed\nb\n', [[b"a"]], "record 2: a quote is not closed"),
        (b'"' + b"x" * 200 + b'"\nb\n', [[b"b"]], "record 1 is longer than 100 bytes"),
        (b'"x\n' + b"x\n" * 100 + b"b\n", [], "record 1 is longer than 100 bytes"),
    ],
)
def test_a_bad_row_is_said_and_the_others_come(data: bytes, good: list[list[bytes]], error: str) -> None:
    batch, errors = read(reader("csv", maximum=100), [data])

    assert batch[: len(good)] == good
    assert errors[0].startswith(error)


@given(ROWS, cuts)
def test_any_frames_come_back(rows: list[list[bytes]], sizes: list[int]) -> None:
    assert read(reader("csv"), pieces(written("csv", rows), sizes))[0] == rows


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=9), min_size=1, max_size=3), max_size=4))
def test_others_read_what_is_written(rows: list[list[str]]) -> None:
    text = written("csv", [[field.encode() for field in row] for row in rows]).decode()

    assert list(reference.reader(StringIO(text, newline=""))) == rows


def test_what_is_not_complete_is_counted() -> None:
    source = reader("csv")
    source.feed(b'a\n"b\nc')

    assert source.unfinished == len(b'"b\nc')
