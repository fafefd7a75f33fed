"""What came of a step: passed or not, why, and the difference; for a person and as JUnit's XML."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.errors import ExitCode
from zmqcli.escaping import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.scenario.step import Step

__all__ = ["StepResult", "judge", "junit", "skipped"]

NEAR_LINES = 50
"""So far from its place a line is looked for that a pattern matches."""
MOST_SHOWN = 200
"""Lines of a diff."""


class StepResult(NamedTuple):
    """One step's result."""

    name: str
    code: ExitCode
    """What `run` ends with when this is the first step that failed; OK when it passed."""
    failure: str = ""
    """What is wrong, in a line; nothing when it passed."""
    difference: Sequence[str] = ()
    """Lines: `- expected`, `+ printed`, and with a blank those that agree."""
    skipped: str = ""
    """Why it was not run to its end, though nothing was wrong with it."""
    seconds: float = 0.0
    output: Sequence[str] = ()


def judge(step: Step, code: int, lines: Sequence[bytes], seconds: float, *, late: str, stopped: bool) -> StepResult:
    """Return the result of a step that has ended; `late`: that it took too long; `stopped`: a service was stopped."""
    output = [line.decode("utf-8", "backslashreplace") for line in lines]
    failure, difference, exit_code = "", [], ExitCode.OK
    fine = {step.exit, ExitCode.TERMINATED} if stopped and not step.exit else {step.exit}
    if late:
        failure, exit_code = late, ExitCode.TIMEOUT
    elif code not in fine:
        failure = f"exit code {code}" + (f", not {step.exit}" if step.exit else "")
        exit_code = ExitCode(code or ExitCode.EXPECTATION)
    if step.expect is not None and not _agrees(step.expect, output):
        difference = _difference(step.expect, output)
        failure += f"{', and ' if failure else ''}what it printed is not what was expected"
        exit_code = exit_code or ExitCode.EXPECTATION
    return StepResult(step.name, exit_code, failure, difference, seconds=seconds, output=output)


def skipped(step: Step, why: str, lines: Sequence[bytes] = (), seconds: float = 0.0) -> StepResult:
    """Return the result of a step that had to end because another failed."""
    output = [line.decode("utf-8", "backslashreplace") for line in lines]
    return StepResult(step.name, ExitCode.OK, skipped=why, seconds=seconds, output=output)


def _agrees(expected: Sequence[str], output: Sequence[str]) -> bool:
    return len(expected) == len(output) and all(map(_matches, expected, output))


def _matches(expected: str, line: str) -> bool:
    """Whether a line is as expected: the very text, or all of it matched by `/regex/`."""
    if len(expected) > 1 and expected.startswith("/") and expected.endswith("/"):
        return re.fullmatch(expected[1:-1], line) is not None
    return expected == line


def _difference(expected: Sequence[str], output: Sequence[str]) -> list[str]:
    """Return the lines of a diff, what agrees only near what does not; a pattern is shown as the line it matches."""
    taken: set[int] = set()
    shown = []
    for place, wanted in enumerate(expected):
        near = range(max(0, place - NEAR_LINES), min(len(output), place + NEAR_LINES))
        found = next((at for at in near if at not in taken and _matches(wanted, output[at])), None)
        if found is not None:
            taken.add(found)
        shown.append(wanted if found is None else output[found])
    # Not ndiff, which also compares within lines: 600 that are alike took it two minutes.
    _, _, *lines = difflib.unified_diff(shown, output, lineterm="")
    lines = [line if line[0] == "@" else f"{line[0]} {line[1:]}" for line in lines]
    lines = lines[lines[0].startswith(("@@ -0,", "@@ -1,", "@@ -1 ")) :]  # where the first begins is plain
    more = len(lines) - MOST_SHOWN
    return [*lines[:MOST_SHOWN], f"... and {more} lines more"] if more > 0 else lines


def junit(results: Sequence[StepResult], name: str) -> str:
    """Return the results as the XML that CI systems read (the form of Ant's JUnit task)."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    root = Element("testsuites")
    suite = SubElement(
        root,
        "testsuite",
        name=_xml(name),
        tests=str(len(results)),
        failures=str(sum(bool(result.failure) for result in results)),
        errors="0",
        skipped=str(sum(bool(result.skipped) for result in results)),
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        case = SubElement(suite, "testcase", classname=_xml(name), name=_xml(result.name), time=f"{result.seconds:.3f}")
        if result.failure:
            SubElement(case, "failure", message=_xml(result.failure)).text = _xml("\n".join(result.difference))
        if result.skipped:
            SubElement(case, "skipped", message=_xml(result.skipped))
        if result.output:
            SubElement(case, "system-out").text = _xml("\n".join(result.output))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _xml(text: str) -> str:
    """Return `text` for XML, which has no way to write most control characters."""
    return safe(text, keep="\n\t")
