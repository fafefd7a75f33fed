"""Python's pickles, read without running them: https://docs.python.org/3/library/pickle.html.

A pickle is a program that may import and call anything. `_pickle_machine.py` turns it into plain data without
importing or calling anything. What a real unpickler would import is printed by name.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

from zmqcli.codecs._api import ReadsOnly
from zmqcli.codecs._pickle_machine import Dict, Machine, Object, Set, Tagged
from zmqcli.codecs._text import to_base64
from zmqcli.errors import DecodeError

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value

__all__ = ["PickleCodec"]

_TAGS = {"$binary", "$float", "$map", "$set", "$pickle", "$persistent", "$buffer", "$cycle"}
_DEEPEST = 128
"""Levels that are printed; each takes up to five calls of the 1000 that Python's stack allows."""
_ROOM = 4
"""Levels that one container may take: `{"$map":[[{"$binary":...},...]]}`."""

_MOST = 16 << 20
_NODE = 64
"""The limit on a value's weight: `_MOST`, plus 64 for each byte of the frame. A byte of text weighs 1, any other value
64. A pickle may refer to one list many times, so a few bytes (ten lists of ten references each) could print as 10**10
items."""
_LONGEST = 14_000
"""The largest integer that Python writes in decimal (4300 digits), in bits, approximately."""


class PickleCodec(ReadsOnly):
    """Plain data is decoded as it is; anything else as the names it would import, with their arguments."""

    name: ClassVar[str] = "pickle"
    summary: ClassVar[str] = "Python's pickle; reads only, never runs it"
    plain: ClassVar[bool] = False

    def decode(self, frame: bytes) -> Value:
        """Return the value in JSON's types. Raise DecodeError when `frame` is not exactly one pickle."""
        try:
            found = Machine().run(frame)
            return _Shown(_MOST + _NODE * len(frame)).show(found, _DEEPEST)
        except IndexError:
            raise DecodeError("it takes more from its stack than it has put there") from None
        except KeyError as error:
            raise DecodeError(f"it reads number {error.args[0]} of its memo, which was never written") from None
        except (ValueError, UnicodeError, TypeError, OverflowError) as error:
            raise DecodeError(f"{error}".partition("\n")[0][:100]) from None


class _Shown:
    """Converts a pickle's result to JSON's types. A container inside itself becomes a reference (`$cycle`)."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._path: list[int] = []

    def show(self, value: Any, levels: int) -> Value:
        """Return `value` in JSON's types. Raise ValueError when it nests too deeply or grows too large."""
        self._left -= _NODE + (len(value) if isinstance(value, str | bytes | bytearray) else 0)
        if self._left < 0:
            raise ValueError("it refers to the same values so often that its output would be far larger than the frame")
        if isinstance(value, list | tuple | Object):
            return self._inside(value, levels)
        if isinstance(value, bytes | bytearray):
            return {"$binary": to_base64(bytes(value))}
        if isinstance(value, float) and not isfinite(value):
            return {"$float": str(value)}
        if isinstance(value, int) and value.bit_length() > _LONGEST:
            raise ValueError("it holds an integer of more than 4300 digits")
        return value

    def _inside(self, value: Any, levels: int) -> Value:
        if id(value) in self._path:
            return {"$cycle": len(self._path) - self._path.index(id(value))}
        if levels < _ROOM:
            raise ValueError(f"nested deeper than {_DEEPEST} levels")
        self._path.append(id(value))
        try:
            if isinstance(value, Object):
                return self._object(value, levels - 1)
            if isinstance(value, Dict):
                return self._dict(value, levels)
            if isinstance(value, Tagged):
                return {value[0]: self.show(value[1], levels - 1)}
            if isinstance(value, Set):
                return {"$set": self._list(value, levels - 1)}
            return self._list(value, levels)
        finally:
            self._path.pop()

    def _list(self, items: Any, levels: int) -> list[Value]:
        return [self.show(item, levels - 1) for item in items]

    def _dict(self, pairs: Dict, levels: int) -> Value:
        plain = all(type(key) is str for key, _ in pairs) and not any(key in _TAGS for key, _ in pairs)
        used = 1 if plain else 3  # {"$map": [[key, value]]}
        shown = [[self.show(key, levels - used), self.show(value, levels - used)] for key, value in pairs]
        return dict(shown) if plain else {"$map": shown}

    def _object(self, value: Object, levels: int) -> Value:
        made_by = value.made_by
        shown = {"$pickle": made_by if isinstance(made_by, str) else self._named(made_by, levels)}
        shown |= {key: self.show(given, levels) for key, given in value.given.items()}
        if value.items:
            shown["items"] = self._list(value.items, levels)
        if value.pairs:
            shown["pairs"] = self._dict(value.pairs, levels)
        return shown

    def _named(self, made_by: Any, levels: int) -> Value:
        """Return a bare name as text, and the result of a call as an object."""
        if isinstance(made_by, Object) and isinstance(made_by.made_by, str) and not made_by.given:
            return made_by.made_by
        return self.show(made_by, levels)
