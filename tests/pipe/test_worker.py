"""A worker process's side: what it reads and what it answers."""

from __future__ import annotations

import marshal
from io import BytesIO
from typing import Any

from zmqcli.pipe.worker import SIZE, serve


def packed(*things: Any) -> bytes:
    data = [marshal.dumps(thing) for thing in things]
    return b"".join(SIZE.pack(len(item)) + item for item in data)


def answers(*asked: Any, rest: bytes = b"") -> list[Any]:
    target = BytesIO()
    serve(BytesIO(packed(*asked) + rest), target)
    target.seek(0)
    made = []
    while head := target.read(SIZE.size):
        made.append(marshal.loads(target.read(SIZE.unpack(head)[0])))  # noqa: S302 # made here
    return made


def test_each_message_has_its_answer() -> None:
    setup = ("body * seq if value else None", None, 1000, None)

    made = answers(setup, (2, [b"a", b"\xff"]), (3, [b"0"]), (4, [b"x", b""]))

    assert made == [([b"\xff\xff"], None), (None, None), (None, None)]


def test_what_is_wrong_is_told() -> None:
    ((frames, error),) = answers(("1 / value", "json", 1000, None), (9, [b"0"]))

    assert frames is None
    assert error.startswith("message 9: -e raised ZeroDivisionError")


def test_half_of_something_is_the_end() -> None:
    assert answers() == []
    assert answers(("body", None, 1000, None), (1, [b"a"]), rest=b"\0\0") == [([b"a"], None)]
    assert answers(("body", None, 1000, None), rest=packed((1, [b"abc"]))[:-2]) == []
