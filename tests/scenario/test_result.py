"""What came of a step."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from zmqcli.errors import ExitCode
from zmqcli.scenario.result import StepResult, judge, junit, skipped
from zmqcli.scenario.step import Step


def result(code: int, *lines: bytes, late: str = "", stopped: bool = False, **fields: object) -> StepResult:
    """Judge a step that ended with `code` and printed `lines`."""
    return judge(Step("one", ["pull"], **fields), code, lines, 1.0, late=late, stopped=stopped)  # type: ignore[arg-type] # read below


@pytest.mark.parametrize(
    ("code", "fields", "exit_code"),
    [
        (0, {}, ExitCode.OK),
        (124, {}, ExitCode.TIMEOUT),
        (124, {"exit": 124}, ExitCode.OK),
        (0, {"exit": 124}, ExitCode.EXPECTATION),
        (143, {"stopped": True}, ExitCode.OK),
        (143, {}, ExitCode.TERMINATED),
        (5, {"stopped": True}, ExitCode.UNDELIVERED),
        (143, {"late": "no end within 1s"}, ExitCode.TIMEOUT),
    ],
)
def test_the_exit_code_is_judged(code: int, fields: dict[str, object], exit_code: ExitCode) -> None:
    made = result(code, **fields)  # type: ignore[arg-type] # as above

    assert made.code is exit_code
    assert bool(made.failure) == (exit_code is not ExitCode.OK)


@pytest.mark.parametrize(
    ("expect", "agrees"),
    [
        (["one", "two"], True),
        (["one"], False),
        (["one", "two", "three"], False),
        (["two", "one"], False),
        (["/o.e/", "/[a-z]+/"], True),
        (["/o/", "two"], False),  # all of the line
        (["o.e", "two"], False),  # no pattern
    ],
)
def test_lines_are_judged(expect: list[str], agrees: bool) -> None:
    assert result(0, b"one", b"two", expect=expect).code == (0 if agrees else 4)


def test_nothing_expected_is_not_everything_expected() -> None:
    assert result(0, b"one", expect=None).code == 0
    assert result(0, b"one", expect=[]).code == 4


def test_the_difference_takes_a_pattern_for_the_line_it_matches() -> None:
    made = result(0, b"at 12:00", b"one", b"two", expect=[r"/at \d+:\d+/", "one", "three"])

    assert made.difference == ["  at 12:00", "  one", "- three", "+ two"]


def test_the_difference_of_many_lines_is_short_and_soon_there() -> None:
    lines = [f"line number {number} of it" for number in range(3000)]
    output = [line.encode() for line in lines]
    one = result(0, *output, expect=[*lines[:1000], "other", *lines[1001:]])
    all_of_them = result(0, *output, expect=[line.replace("number", "nomber") for line in lines])

    assert one.difference[0] == "@@ -998,7 +998,7 @@"
    assert one.difference[4:6] == ["- other", "+ line number 1000 of it"]
    assert len(one.difference) == 9
    assert all_of_them.difference[199:] == ["- line nomber 199 of it", "... and 5800 lines more"]


def test_the_difference_to_nothing() -> None:
    assert result(0, b"one", expect=[]).difference == ["+ one"]
    assert result(0, expect=["one"]).difference == ["- one"]


def test_junit_takes_hostile_bytes() -> None:
    made = [result(3, b"<&\x00\x1b\xff]]>", expect=["\x01"]), skipped(Step("two", []), "one failed")]
    suite = ET.fromstring(junit(made, 'a "name" & more'))[0]  # noqa: S314 - our own

    assert suite.attrib["name"] == 'a "name" & more'
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["skipped"]) == ("2", "1", "1")
    assert suite[0].find("system-out") is not None
    assert suite[1][0].tag == "skipped"
