"""Conversions of what has no parts."""

import datetime as dt
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from zmqcli.codecs._leaves import LEAVES, plain

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


class Side(Enum):
    BUY = b"b"


@dataclass
class Point:
    at: tuple[float, float]


@pytest.mark.parametrize(
    ("cls", "value", "built"),
    [
        (str, "a", "a"),
        (int, 1, 1),
        (bool, True, True),
        (None, None, None),
        (float, 1, 1.0),
        (float, {"$float": "-inf"}, -math.inf),
        (bytes, {"$binary": "/w=="}, b"\xff"),
        (dt.datetime, "2026-11-23T12:00:00Z", NOON),
        (dt.datetime, {"$timestamp": "2026-11-23T12:00:00.000000000Z"}, NOON),
        (dt.date, "2026-11-23", NOON.date()),
    ],
)
def test_what_fits_is_built(cls: Any, value: Any, built: Any) -> None:
    made, shown = LEAVES[cls](value, "x")
    assert made == built
    assert type(made) is type(built)
    assert shown == value


@pytest.mark.parametrize(
    ("cls", "value"),
    [
        (str, 1),
        (int, 1.0),
        (int, True),
        (bool, 0),
        (float, "1"),
        (float, True),
        (float, 10**400),
        (float, {"$float": "one"}),
        (bytes, "a"),
        (bytes, {"$binary": "?"}),
        (dt.datetime, 1),
        (dt.datetime, "yesterday"),
        (dt.date, {"$timestamp": "2026-11-23"}),
        (None, 0),
    ],
)
def test_what_does_not_fit_is_refused(cls: Any, value: Any) -> None:
    with pytest.raises(ValueError, match=r"^x is "):
        LEAVES[cls](value, "x")


def test_defaults_become_json() -> None:
    assert plain({"a": (1, 2.0), "b": Side.BUY, "c": NOON.date(), "d": Point((1, math.inf)), "e": {1}}) == {
        "a": [1, 2.0],
        "b": {"$binary": "Yg=="},
        "c": "2026-11-23",
        "d": {"at": [1, {"$float": "inf"}]},
        "e": [1],
    }
    with pytest.raises(TypeError, match="complex is not JSON"):
        plain(1j)
