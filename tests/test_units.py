"""Durations and sizes: what is read, what is refused, and that messages show what can be read back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqcli.errors import UsageError
from zmqcli.units import format_duration, format_size, parse_duration, parse_share, parse_size, quote


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("2s", 2.0),
        ("1.5m", 90.0),
        ("1h", 3600.0),
        ("250us", 0.00025),
        ("3", 3.0),
        ("0.3", 0.3),
        ("300ms", 0.3),
        (".5", 0.5),
        ("5.", 5.0),
        ("0", 0.0),
        ("0ms", 0.0),
        ("007", 7.0),
    ],
)
def test_durations_are_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", ".", "s", "-1", "-1s", "nan", "inf", "1e3", "1 s", " 1", "1d", "2S", "1h30m", "1,5", "0x10", "٣", "1s\n"],
)
def test_what_is_not_a_duration_is_refused_in_one_line_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_duration(text)
    line = str(refusal.value)
    assert "\n" not in line
    assert "500ms, 2s, 1.5m or 1h" in line
    assert refusal.value.exit_code == 2


def test_a_negative_duration_is_called_negative() -> None:
    with pytest.raises(UsageError, match="'-1s' is not a duration \\(it is negative\\); write it like"):
        parse_duration("-1s")


@pytest.mark.parametrize("text", ["9" * 399 + "h", "9" * 5000])
def test_a_duration_no_float_holds_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("100", 100),
        ("100B", 100),
        ("64K", 65536),
        ("64k", 65536),
        ("64KB", 65536),
        ("64kib", 65536),
        ("1M", 1 << 20),
        ("1.5MiB", 3 << 19),
        ("2G", 2 << 30),
        ("1T", 1 << 40),
    ],
)
def test_sizes_are_bytes_in_powers_of_1024(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "K", "-1", "1.0001K", "0.5", "1X", "1 K", "nan", "8589934592G", "9" * 5000, "1K\n"]
)
def test_what_is_not_a_size_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="is not a size") as refusal:
        parse_size(text)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.0005, "500us"),
        (0.25, "250ms"),
        (2, "2s"),
        (90, "90s"),
        (150, "2.5m"),
        (5400, "90m"),
        (9000, "2.5h"),
    ],
)
def test_durations_are_shown_in_the_unit_a_person_would_choose(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0B"), (1023, "1023B"), (65536, "64K"), (3 << 19, "1.5M"), (2 << 30, "2G"), (1 << 40, "1T")]
)
def test_sizes_are_shown_as_they_are_typed(size: int, text: str) -> None:
    assert format_size(size) == text


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_a_shown_duration_can_be_typed_again(seconds: float) -> None:
    assert math.isclose(parse_duration(format_duration(seconds)), seconds, rel_tol=0.01)


@given(st.integers(min_value=0, max_value=1023) | st.integers(0, 1 << 20).map(lambda n: n << 10))
def test_a_shown_size_can_be_typed_again(size: int) -> None:
    shown = format_size(size)
    number = shown.rstrip("BKMGT")
    if "." not in number:
        assert math.isclose(parse_size(shown), size, rel_tol=0.01)


@given(st.text())
def test_no_text_makes_the_parsers_raise_anything_else(text: str) -> None:
    for parse in (parse_duration, parse_size):
        try:
            assert parse(text) >= 0
        except UsageError as refusal:
            assert len(str(refusal).splitlines()) == 1  # noqa: PT017 - both outcomes are right


def test_a_quoted_text_is_one_printable_line() -> None:
    assert quote("a\nb\x1b[31m\udc80") == r"'a\nb\x1b[31m\udc80'"
    assert quote("é ü") == "'é ü'"


@pytest.mark.parametrize(
    ("text", "share"), [("5%", 0.05), ("0.1%", 0.001), ("100%", 1.0), ("0", 0.0), ("0.25", 0.25), ("1", 1.0)]
)
def test_shares(text: str, share: float) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize("text", ["", "%", "-1%", "101%", "5", "1.5", "nan", "5 %", "5%%"])
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(UsageError, match="is not a share"):
        parse_share(text)
