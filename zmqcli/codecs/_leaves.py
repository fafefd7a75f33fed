"""Conversions of decoded values to the simple types in a dataclass's annotations.

A conversion takes a value in JSON's types and its path in the message (`legs[2].price`). It returns a pair: the
object built, and its form in JSON's types, which is printed and sent. It raises ValueError, naming the path.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

from zmqcli.codecs._text import compact, from_base64, to_base64

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value

__all__ = ["LEAVES", "Conversion", "Pair", "enum_of", "literal", "mismatch", "name_of", "plain"]

Pair: TypeAlias = tuple[Any, "Value"]
Conversion: TypeAlias = Callable[["Value", str], Pair]


def name_of(annotation: Any) -> str:
    """Return an annotation as a person would write it."""
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


def mismatch(where: str, value: Value, wanted: str) -> ValueError:
    """Return the error for a value of the wrong type."""
    return ValueError(f"{where or 'it'} is {compact(value):.60}, not {_article(wanted)}")


def _article(wanted: str) -> str:
    if wanted == "null" or wanted.startswith("one of"):
        return wanted
    return f"an {wanted}" if wanted[0] in "aeiouAEIOU" else f"a {wanted}"


def _exactly(cls: type, word: str) -> Conversion:
    def convert(value: Value, where: str) -> Pair:
        if type(value) is not cls:
            raise mismatch(where, value, word)
        return value, value

    return convert


def _float(value: Value, where: str) -> Pair:
    match value:
        case float() | int() if not isinstance(value, bool):
            try:
                return float(value), float(value)
            except OverflowError:
                raise mismatch(where, value, "float") from None
        case {"$float": "nan" | "inf" | "-inf" as word, **rest} if not rest:
            return float(word), value
    raise mismatch(where, value, "float")


def _bytes(value: Value, where: str) -> Pair:
    match value:
        case {"$binary": str() as text, **rest} if not rest:
            try:
                return from_base64(text), value
            except ValueError as error:
                raise ValueError(f"{where} is not base64: {error}") from None
    raise mismatch(where, value, 'bytes object {"$binary": base64}')


def _moment(cls: Any, word: str) -> Conversion:
    def convert(value: Value, where: str) -> Pair:
        match value:
            case str() as text:
                pass
            case {"$timestamp": str() as text, **rest} if not rest and cls is dt.datetime:
                pass
            case _:
                raise mismatch(where, value, word)
        try:
            return cls.fromisoformat(text), value
        except ValueError:
            raise mismatch(where, value, word) from None

    return convert


def _anything(value: Value, _where: str) -> Pair:
    return value, value


LEAVES: dict[Any, Conversion] = {
    str: _exactly(str, "string"),
    int: _exactly(int, "integer"),
    bool: _exactly(bool, "boolean"),
    None: _exactly(type(None), "null"),
    type(None): _exactly(type(None), "null"),
    float: _float,
    bytes: _bytes,
    dt.datetime: _moment(dt.datetime, "ISO 8601 time"),
    dt.date: _moment(dt.date, "ISO 8601 date"),
    Any: _anything,
    object: _anything,
}


def literal(choices: tuple[Any, ...]) -> Conversion:
    """Return the conversion to one of the values of a Literal."""

    def convert(value: Value, where: str) -> Pair:
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            raise mismatch(where, value, f"one of {', '.join(map(repr, choices))}")
        return value, value

    return convert


def enum_of(cls: type[enum.Enum]) -> Conversion:
    """Return the conversion from a member's value to the member."""

    def convert(value: Value, where: str) -> Pair:
        for member in cls:
            if plain(member.value) == value and type(value) is type(plain(member.value)):
                return member, value
        raise mismatch(where, value, f"one of {', '.join(compact(plain(member.value)) for member in cls)}")

    return convert


def plain(value: Any) -> Value:
    """Return a default in JSON's types. Raise TypeError when that is impossible."""
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return _plain_leaf(value)


def _plain_leaf(value: Any) -> Value:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if isfinite(value) else {"$float": str(value)}
        case bytes():
            return {"$binary": to_base64(value)}
        case dt.date():  # a datetime is also a date
            return value.isoformat()
    raise TypeError(f"its {type(value).__name__} is not JSON")
