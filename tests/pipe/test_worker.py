"""A worker process's side: what it reads and what it answers."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from zmqcli.pipe import wire
from zmqcli.pipe.wire import ValueReader, pack
from zmqcli.pipe.worker import serve

if TYPE_CHECKING:
    import pytest


def answers(*asked: Any, rest: bytes = b"") -> list[Any]:
    target = BytesIO()
    serve(BytesIO(b"".join(map(pack, asked)) + rest), target)
    return list(ValueReader().feed(target.getvalue()))


def test_each_message_has_its_answer() -> None:
    setup = ("body * seq if value else None", None, 1000, None)

    made = answers(setup, (2, [b"a", b"\xff"]), (3, [b"0"]), (4, [b"x", b""]))

    assert made == [[[b"\xff\xff"], None], [None, None], [None, None]]


def test_what_is_wrong_is_told() -> None:
    ((frames, error),) = answers(("1 / value", "json", 1000, None), (9, [b"0"]))

    assert frames is None
    assert error.startswith("message 9: -e raised ZeroDivisionError")


def test_half_of_something_is_the_end() -> None:
    assert answers() == []
    assert answers(("body", None, 1000, None), (1, [b"a"]), rest=b"\x92\2") == [[[b"a"], None]]
    assert answers(("body", None, 1000, None), rest=pack((1, [b"abc"]))[:-2]) == []


def test_a_result_that_is_too_large_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LARGEST_BYTES", 200)
    ((frames, error), after) = answers(("body * 300", None, 1000, None), (7, [b"x"]), (8, [b""]))

    assert frames is None
    assert error.startswith("message 7: the result is too large (")
    assert after == [[b""], None]
