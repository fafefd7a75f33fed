"""Conversions: each annotation takes what fits it, and says what does not, where."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Dict, List, Literal, NewType, Optional, Tuple, Union  # noqa: UP035 - as people write

import pytest

from zmqcli.codecs._fields import Conversions
from zmqcli.errors import OptionError

Price = NewType("Price", float)


class Side(enum.Enum):
    BUY = "buy"
    SELL = "sell"


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Point:
    x: int
    y: int = 0
    sum: int = field(init=False, default=0)


@dataclass
class Broken:
    x: "NoSuchName"  # type: ignore[name-defined]  # noqa: F821 - that is the point


@dataclass
class Odd:
    x: complex


def converted(annotation: Any, value: Any) -> Any:
    return Conversions().of(annotation, "A.x")(value, "x")


@pytest.mark.parametrize(
    ("annotation", "value", "built"),
    [
        (list[int], [1, 2], [1, 2]),
        (List[int], [1], [1]),  # noqa: UP006
        (list, ["a", 1], ["a", 1]),
        (Sequence[str], ["a"], ["a"]),
        (set[int], [1, 1], {1}),
        (frozenset[str], ["a"], frozenset("a")),
        (tuple[int, str], [1, "a"], (1, "a")),
        (Tuple[int, ...], [1, 2, 3], (1, 2, 3)),  # noqa: UP006
        (tuple, [1, "a"], (1, "a")),
        (tuple[()], [], ()),
        (dict[str, float], {"a": 1}, {"a": 1.0}),
        (Dict[int, str], {"1": "a"}, {1: "a"}),  # noqa: UP006
        (dict[int, str], {"$map": [[1, "a"]]}, {1: "a"}),
        (dict[Side, int], {"buy": 1}, {Side.BUY: 1}),
        (dict, {"a": [1]}, {"a": [1]}),
        (Optional[int], None, None),  # noqa: UP045
        (Union[int, str], "a", "a"),  # noqa: UP007
        (int | None, 7, 7),
        (Annotated[int, ["unhashable"]], 7, 7),
        (Literal["a", 1], 1, 1),
        (Side, "sell", Side.SELL),
        (Level, 1, Level.LOW),
        (Price, 1, 1.0),
        (Point, {"x": 1}, Point(1)),
        (Point, {"x": 1, "sum": 5}, Point(1)),
        (list[Point], [{"x": 1, "y": 2}], [Point(1, 2)]),
        (Any, {"a": 1}, {"a": 1}),
    ],
)
def test_what_fits_is_built(annotation: Any, value: Any, built: Any) -> None:
    made, _ = converted(annotation, value)
    assert made == built
    assert type(made) is type(built)


def test_defaults_are_filled_in() -> None:
    assert converted(Point, {"x": 1})[1] == {"x": 1, "y": 0, "sum": 0}
    assert converted(dict[str, Point], {"a": {"x": 1}})[1] == {"a": {"x": 1, "y": 0, "sum": 0}}
    assert converted(dict[int, float], {"$map": [[1, 2]]})[1] == {"$map": [[1, 2.0]]}


@pytest.mark.parametrize(
    ("annotation", "value", "reason"),
    [
        (list[int], "a", 'x is "a", not an array'),
        (list[int], [1, "a"], 'x[1] is "a", not an integer'),
        (set[Any], [[]], "x cannot be a set: unhashable type: 'list'"),
        (tuple[int, str], [1], "x is [1], not an array of 2"),
        (tuple[int, str], [1, 2], "x[1] is 2, not a string"),
        (dict[str, int], [], "x is [], not an object"),
        (dict[str, int], {"a": "b"}, 'x["a"] is "b", not an integer'),
        (dict[int, int], {"a": 1}, 'the key "a" of x is "a", not an integer'),
        (dict[int, int], {"$map": 7}, 'the key "$map" of x is "$map", not an integer'),
        (dict[Any, int], {"$map": [[[], 1]]}, "x cannot be a dict: unhashable type: 'list'"),
        (int | str, 1.5, "x is 1.5, not one of int | str"),
        (int | None, "a", 'x is "a", not an integer'),
        (Literal["a", 1], True, "x is true, not one of 'a', 1"),
        (Side, "hold", 'x is "hold", not one of "buy", "sell"'),
        (Level, True, "x is true, not one of 1"),
        (Point, 1, "x is 1, not a Point"),
        (Point, {}, "the field x.x is missing"),
        (Point, {"x": 1, "z": 1}, "there is no field 'x.z' in Point"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(annotation: Any, value: Any, reason: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - compared whole
        converted(annotation, value)
    assert str(raised.value) == reason


@pytest.mark.parametrize("annotation", [complex, list[complex], Odd, Broken, type])
def test_annotations_that_are_not_known(annotation: Any) -> None:
    with pytest.raises(OptionError, match=r"the type of (A|Odd)\.x|annotations of Broken"):
        converted(annotation, 1)
