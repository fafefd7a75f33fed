"""The exit codes: one for each error, one for each run."""

from __future__ import annotations

import itertools
import re

import pytest

from zmqcli import errors
from zmqcli.errors import (
    MEANINGS,
    EndpointError,
    ExitCode,
    OutputClosed,
    Stopped,
    StoppedAtOnce,
    UsageError,
    ZmqcliError,
    decide,
)

CLASSES = {
    value.__name__: value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, ZmqcliError)
}
TREE = {
    name: [int(code) for code in codes.split("/")]
    for name, codes in re.findall(r"(\w+) +(\d+(?: / \d+)*)(?: {4}|\n)", f"{errors.__doc__}\n")
}
# The contract, section 2: "Where several apply, the first of 141, 130/143, 124, 5, 1, 4, 3."
# It has no 129: what hangs up counts like any other signal.
ORDER = [141, 130, 143, 129, 124, 5, 1, 4, 3]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ZmqcliError("cannot bind x"), "cannot bind x"),
        (ZmqcliError("cannot bind x", why="in use"), "cannot bind x (in use)"),
        (ZmqcliError("cannot bind x", hint="take y"), "cannot bind x; take y"),
        (ZmqcliError("cannot bind x", why="in use", hint="take y"), "cannot bind x (in use); take y"),
    ],
)
def test_an_error_is_one_line_what_why_hint(error: ZmqcliError, line: str) -> None:
    assert str(error) == line


def test_what_is_changed_later_is_what_is_said() -> None:
    error = ZmqcliError("frame 0 is not json", why="line 1")
    error.what = f"message 7: {error.what}"

    assert str(error) == "message 7: frame 0 is not json (line 1)"


def test_every_class_of_the_tree_in_the_docstring_has_the_code_it_has_there() -> None:
    assert set(TREE) == set(CLASSES)
    for name, codes in TREE.items():
        made = (
            [Stopped(ExitCode.HUNG_UP), Stopped(ExitCode.INTERRUPTED), Stopped(ExitCode.TERMINATED)]
            if name == "Stopped"
            else [CLASSES[name]("x")]
        )
        assert [error.exit_code for error in made] == codes, name


def test_every_exit_code_is_explained() -> None:
    assert set(MEANINGS) == set(ExitCode)
    assert len(set(MEANINGS.values())) == len(ExitCode)


def test_a_special_case_is_caught_as_the_general_one() -> None:
    with pytest.raises(UsageError):
        raise EndpointError("port 99999 is not between 0 and 65535")


def test_the_second_ctrl_c_passes_every_except_exception() -> None:
    assert not issubclass(StoppedAtOnce, Exception)
    assert StoppedAtOnce(ExitCode.INTERRUPTED).exit_code is ExitCode.INTERRUPTED


def test_a_run_without_anything_is_ok() -> None:
    assert decide([]) is ExitCode.OK
    assert decide([ExitCode.OK, ExitCode.OK]) is ExitCode.OK


@pytest.mark.parametrize("code", ExitCode)
def test_one_code_alone_is_that_code_and_ok_takes_nothing_from_it(code: ExitCode) -> None:
    assert decide([code]) is code
    assert decide([code, ExitCode.OK, code]) is code


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(ORDER, 2)))
def test_of_two_codes_the_one_the_contract_names_first_is_given(first: int, second: int) -> None:
    pair = [ExitCode(second), ExitCode(first)]

    assert decide(pair) == decide(reversed(pair)) == first


def test_what_has_no_place_in_the_contracts_order_ends_a_command_at_once() -> None:
    assert {code.value for code in ExitCode} - set(ORDER) == {0, 2}
    assert OutputClosed("stdout is closed").exit_code == ORDER[0]
