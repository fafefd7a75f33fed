"""JSON and base64 text."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs._text import MAX_DEPTH, compact, from_base64, parse, to_base64

SURROGATES = st.characters(codec=None, categories=["Cs", "L", "Po"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON_VALUES = st.recursive(
    LEAVES | st.text(SURROGATES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(SURROGATES), inner, max_size=3),
    max_leaves=10,
)
DEEPEST = MAX_DEPTH + 16
quick = settings(deadline=None, derandomize=True, max_examples=60)


@quick
@given(JSON_VALUES)
def test_what_compact_writes_is_utf8_and_parse_reads_it_back(value: Any) -> None:
    assert parse(compact(value).encode()) == value


@quick
@given(st.binary() | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_parse_gives_a_value_or_a_reason(text: bytes) -> None:
    try:
        parse(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - that nothing else is raised is the point


def test_compact_has_no_blanks_and_no_escapes() -> None:
    assert compact({"ä": [1, 2.0, None, "\n"]}) == '{"ä":[1,2.0,null,"\\n"]}'


def test_compact_escapes_where_a_lone_surrogate_stands() -> None:
    assert compact(["ä", "\ud800"]) == '["\\u00e4","\\ud800"]'


def test_compact_shows_what_has_no_json_as_python_does() -> None:
    around: list[Any] = []
    around.append(around)
    assert [compact(value) for value in ({1j}, {(1, 2): 3}, around)] == ['"{1j}"', '"{(1, 2): 3}"', '"[[...]]"']
    with pytest.raises(TypeError):
        compact(1j, strict=True)


def test_compact_refuses_nan_when_strict() -> None:
    assert compact(float("nan")) == "NaN"
    with pytest.raises(ValueError, match="not JSON compliant"):
        compact([float("nan")], strict=True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"NaN", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"1e400", "1e400 is beyond the range of a double"),
        (b'"\xff"', "byte 0xff at 1 is not UTF-8"),
        (b'"\xed\xa0\x80"', "byte 0xed at 1 is not UTF-8"),  # a surrogate in UTF-8, which Python's json would take
        ("1".encode("utf-16"), "not UTF-8"),  # so would it UTF-16
        (b"\xef\xbb\xbf1", "Expecting value"),
        (b"", "Expecting value"),
        (b"1 2", "Extra data"),
        (b"'a'", "Expecting value"),
        (b'"\t"', "Invalid control character"),
        (b"9" * 5000, r"Exceeds the limit \(4300 digits\) for integer string conversion: value has 5000 digits$"),
        (b"[" * 100_000, f"nested deeper than {DEEPEST} levels"),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), f"nested deeper than {DEEPEST} levels"),
        (b"[" * 600 + b"]" * 600, f"nested deeper than {DEEPEST} levels"),
    ],
)
def test_parse_refuses(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(text)


def test_parse_takes_the_deepest_value_and_any_number_of_shallow_ones() -> None:
    deepest = b"[" * DEEPEST + b"]" * DEEPEST
    assert compact(parse(deepest)).encode() == deepest
    shallow = b"[" + b",".join([b"[[]]"] * DEEPEST) + b"]"
    assert compact(parse(shallow)).encode() == shallow


def test_parse_checks_the_grammar_of_numbers_it_cannot_hold() -> None:
    assert parse(b"[1e400, " + b"9" * 5000 + b"]", numbers=False)
    for wrong in (b"NaN", b"01", b"1.", b"1e", b"+1", b"-"):
        with pytest.raises(ValueError, match=r"\w"):
            parse(wrong, numbers=False)


@quick
@given(st.binary())
def test_base64_goes_round(data: bytes) -> None:
    assert from_base64(to_base64(data)) == data
    assert "\n" not in to_base64(data)


@pytest.mark.parametrize("text", ["YQ", "YQ=", "Y Q=", "YQ==\n", "YQ==YQ==", "=", "_-==", "ä", "\ud800"])
def test_base64_is_strict(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        from_base64(text)
