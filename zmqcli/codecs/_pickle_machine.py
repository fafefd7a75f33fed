"""The virtual machine that runs pickles, without the opcodes' power to import and call.

The opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py
"""

from __future__ import annotations

import pickletools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Dict", "Machine", "Object", "Set", "Tagged"]

_LATEST = 5
"""The latest protocol version."""


class Dict(list[tuple[Any, Any]]):
    """A dict, kept as pairs because an Object may be a key and has no hash."""


class Set(list[Any]):
    """A set or frozenset, kept as its items."""


class Object:
    """What a real unpickler would import, or create by calling `made_by`."""

    def __init__(self, made_by: Any, **given: Any) -> None:
        self.made_by = made_by
        self.given = given
        self.items: list[Any] = []
        self.pairs = Dict()


class Tagged(tuple[str, Any]):
    """A value that is printed as an object with one tagged key."""

    __slots__ = ()


_NEW: dict[str, Callable[[], Any]] = {"EMPTY_LIST": list, "EMPTY_DICT": Dict, "EMPTY_SET": Set, "EMPTY_TUPLE": tuple}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_IGNORED = {"PROTO", "FRAME", "STOP", "READONLY_BUFFER"}
_PUSHES = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "STRING", "SHORT_BINSTRING", "BINSTRING"),
    *("SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}


class Machine:
    """The pickle machine: a stack, a memo, and the stack as it was at each MARK."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.buffers = 0
        self._most = 0

    def run(self, frame: bytes) -> Any:
        """Return what the pickle leaves on the stack."""
        end, self._most = 0, len(frame)
        for opcode, argument, position in pickletools.genops(frame):
            end = (position or 0) + 1
            self._step(opcode.name, argument)
        if end < len(frame):
            raise ValueError("more follows its end")
        if len(self.stack) != 1 or self.marks:
            raise ValueError("it does not end with one value")
        return self.stack.pop()

    def _step(self, name: str, argument: Any) -> None:
        if name in _PUSHES:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _NEW:
            self.stack.append(_NEW[name]())
        elif name in _TUPLES:
            count = _TUPLES[name]
            if len(self.stack) < count:
                raise IndexError
            self.stack[-count:] = [tuple(self.stack[-count:])]
        elif name == "PROTO" and argument > _LATEST:
            raise ValueError(f"protocol {argument} is not known")
        elif name not in _IGNORED:
            getattr(self, f"_{name.lower()}")(argument)

    # The stack and the memo

    def _mark(self, _: Any) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def _since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.marks.pop()
        return items

    def _pop(self, _: Any) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.stack = self.marks.pop()

    def _pop_mark(self, _: Any) -> None:
        self._since_mark()

    def _dup(self, _: Any) -> None:
        self.stack.append(self.stack[-1])

    def _put(self, number: int) -> None:
        # A pickler numbers its memo from 0, so no valid number exceeds the frame's size. Larger numbers could be
        # chosen to collide in a dict.
        if not 0 <= number <= self._most:
            raise ValueError(f"its memo has no place for number {number:.3g}")
        self.memo[number] = self.stack[-1]

    def _get(self, number: int) -> None:
        self.stack.append(self.memo[number])

    def _memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    _binput = _long_binput = _put
    _binget = _long_binget = _get

    # Containers

    def _list(self, _: Any) -> None:
        made = self._since_mark()
        self.stack.append(made)

    def _tuple(self, _: Any) -> None:
        made = tuple(self._since_mark())
        self.stack.append(made)

    def _frozenset(self, _: Any) -> None:
        made = Set(self._since_mark())
        self.stack.append(made)

    def _dict(self, _: Any) -> None:
        made = Dict(_pairs(self._since_mark()))
        self.stack.append(made)

    def _append(self, _: Any) -> None:
        item = self.stack.pop()
        self._extend([item])

    def _appends(self, _: Any) -> None:
        self._extend(self._since_mark())

    _additems = _appends

    def _extend(self, items: list[Any]) -> None:
        last = self.stack[-1]
        if isinstance(last, Object):
            last.items += items
        elif isinstance(last, list) and not isinstance(last, Dict):
            last += items
        else:
            raise TypeError("it adds items to something that is not a list")

    def _setitem(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._update([(key, value)])

    def _setitems(self, _: Any) -> None:
        self._update(_pairs(self._since_mark()))

    def _update(self, pairs: list[tuple[Any, Any]]) -> None:
        last = self.stack[-1]
        if isinstance(last, Object):
            last.pairs += pairs
        elif isinstance(last, Dict):
            last += pairs
        else:
            raise TypeError("it adds keys to something that is not a dict")

    # Imports and calls, which become Objects

    def _global(self, names: str) -> None:
        self.stack.append(Object(names.replace(" ", ".", 1)))

    def _stack_global(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if not (isinstance(name, str) and isinstance(module, str)):
            raise TypeError("it imports something that is not a name")
        self.stack.append(Object(f"{module}.{name}"))

    def _reduce(self, _: Any) -> None:
        args, function = self.stack.pop(), self.stack.pop()
        plain = _plain(function, args)
        self.stack.append(Object(function, args=args) if plain is None else plain)

    def _newobj_ex(self, _: Any) -> None:
        kwargs, args, function = self.stack.pop(), self.stack.pop(), self.stack.pop()
        self.stack.append(Object(function, args=args, kwargs=kwargs))

    def _inst(self, names: str) -> None:
        args = tuple(self._since_mark())
        self.stack.append(Object(names.replace(" ", ".", 1), args=args))

    def _obj(self, _: Any) -> None:
        function, *args = self._since_mark() or [None]
        self.stack.append(Object(function, args=tuple(args)))

    def _build(self, _: Any) -> None:
        state, last = self.stack.pop(), self.stack[-1]
        if not isinstance(last, Object):
            raise TypeError("it sets the state of plain data")
        last.given["state"] = state

    def _persid(self, number: Any) -> None:
        self.stack.append(Tagged(("$persistent", number)))

    def _binpersid(self, _: Any) -> None:
        self._persid(self.stack.pop())

    def _next_buffer(self, _: Any) -> None:
        self.stack.append(Tagged(("$buffer", self.buffers)))
        self.buffers += 1

    def _ext1(self, code: int) -> None:
        self.stack.append(Object(f"copyreg extension {code}"))

    _newobj = _reduce
    _ext2 = _ext4 = _ext1


def _pairs(items: list[Any]) -> list[tuple[Any, Any]]:
    if len(items) % 2:
        raise ValueError("a key has no value")
    return list(zip(items[::2], items[1::2], strict=True))


def _plain(function: Any, args: Any) -> Any:
    """Return the plain data that older protocols write as a call (set, bytes, bytearray), or None."""
    if not isinstance(function, Object) or not isinstance(function.made_by, str) or function.given:
        return None
    match function.made_by.replace("__builtin__", "builtins"), args:
        case "builtins.set" | "builtins.frozenset", ([*items],):
            return Set(items)
        case "_codecs.encode" | "builtins.bytearray", (str(text), "latin1" | "latin-1"):
            return bytearray(text, "latin-1")
        case "builtins.bytearray", (bytes() | bytearray() as data,):
            return bytearray(data)
        case "builtins.bytes" | "builtins.bytearray", ():
            return bytearray()
    return None
