"""Conversions of decoded values to the types in a dataclass's annotations: the types that contain other types.

A conversion is built once per run from an annotation. `_leaves.py` has the conversions to simple types.
"""

from __future__ import annotations

import dataclasses
import enum
import types
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from zmqcli.codecs._leaves import LEAVES, enum_of, literal, mismatch, name_of, plain
from zmqcli.codecs._text import compact, parse
from zmqcli.errors import OptionError

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value
    from zmqcli.codecs._leaves import Conversion, Pair

__all__ = ["Conversions"]

_LISTS = {list: list, Sequence: list, set: set, frozenset: frozenset, AbstractSet: set}


class Conversions:
    """Builds conversions from annotations. It caches those to dataclasses, because a dataclass may contain itself."""

    def __init__(self) -> None:
        self._of_classes: dict[type, Conversion] = {}

    def of(self, annotation: Any, where: str) -> Conversion:
        """Return the conversion to `annotation`. Raise OptionError, naming `where`, for an unsupported type."""
        if get_origin(annotation) is Annotated:
            return self.of(get_args(annotation)[0], where)
        if hasattr(annotation, "__supertype__"):  # a NewType
            return self.of(annotation.__supertype__, where)
        known = self._without_parts(annotation) or self._with_parts(annotation, where)
        if known:
            return known
        raise OptionError(
            f"--type does not support the type of {where}",
            why=name_of(annotation),
            hint="docs/codecs.md lists the supported types",
        )

    def _without_parts(self, annotation: Any) -> Conversion | None:
        if annotation in LEAVES:
            return LEAVES[annotation]
        if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
            return self.of_class(annotation)
        if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            return enum_of(annotation)
        return literal(get_args(annotation)) if get_origin(annotation) is Literal else None

    def _with_parts(self, annotation: Any, where: str) -> Conversion | None:
        origin, args = get_origin(annotation) or annotation, get_args(annotation)
        if origin in {Union, types.UnionType}:
            return _any_of([self.of(arg, where) for arg in args], annotation)
        if origin is tuple:
            return self._tuple(args, where)
        if origin in _LISTS:
            return _list(_LISTS[origin], self.of(args[0] if args else Any, where))
        if origin in {dict, Mapping}:
            key, value = args or (Any, Any)
            return _dict(self.of(key, where), self.of(value, where))
        return None

    def of_class(self, cls: type) -> Conversion:
        """Return the conversion to a dataclass. Raise OptionError when its annotations cannot be used."""
        if cls not in self._of_classes:

            def itself(value: Value, where: str) -> Pair:  # for fields whose type is the class itself
                return self._of_classes[cls](value, where)

            self._of_classes[cls] = itself
            self._of_classes[cls] = self._dataclass(cls)
        return self._of_classes[cls]

    def _dataclass(self, cls: type) -> Conversion:
        try:
            hints = get_type_hints(cls, include_extras=True)
        except Exception as error:  # the user's annotations may raise anything
            raise OptionError(f"the annotations of {cls.__name__} cannot be read", why=str(error)) from error
        fields = {field.name: field for field in dataclasses.fields(cls)}
        conversions = {name: self.of(hints[name], f"{cls.__name__}.{name}") for name in fields}
        required = [name for name, field in fields.items() if field.init and _has_no_default(field)]

        def convert(value: Value, where: str) -> Pair:
            if not isinstance(value, dict):
                raise mismatch(where, value, cls.__name__)
            for name in required:
                if name not in value:
                    raise ValueError(f"the field {_at(where, name)} is missing")
            given, shown = {}, {}
            for name, content in value.items():
                if name not in fields:
                    raise ValueError(f"there is no field {_at(where, name)!r:.80} in {cls.__name__}")
                given[name], shown[name] = conversions[name](content, _at(where, name))
            try:
                built = cls(**{name: part for name, part in given.items() if fields[name].init})
                return built, {name: shown[name] if name in shown else plain(getattr(built, name)) for name in fields}
            except Exception as error:  # its __post_init__ may raise anything
                raise ValueError(f"{cls.__name__} refuses {where or 'it'}: {error}") from error

        return convert

    def _tuple(self, args: tuple[Any, ...], where: str) -> Conversion:
        if len(args) in {0, 2} and args[1:] in {(), (...,)}:
            return _list(tuple, self.of(args[0] if args else Any, where))
        parts = [self.of(arg, where) for arg in args if arg != ()]

        def convert(value: Value, where: str) -> Pair:
            if not isinstance(value, list) or len(value) != len(parts):
                raise mismatch(where, value, f"array of {len(parts)}")
            pairs = [part(item, f"{where}[{n}]") for n, (part, item) in enumerate(zip(parts, value, strict=True))]
            return tuple(pair[0] for pair in pairs), [pair[1] for pair in pairs]

        return convert


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _has_no_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _any_of(conversions: list[Conversion], annotation: Any) -> Conversion:
    def convert(value: Value, where: str) -> Pair:
        reasons = []
        for conversion in conversions:
            try:
                return conversion(value, where)
            except ValueError as error:
                reasons.append(str(error))
        others = [reason for reason in reasons if not reason.endswith(" not null")]
        if len(others) != 1:  # a reason from deeper inside the value says more
            others = [reason for reason in others if not reason.startswith(f"{where} is ")]
        raise ValueError(others[0]) if others else mismatch(where, value, f"one of {name_of(annotation)}"[:80])

    return convert


def _list(build: Any, item: Conversion) -> Conversion:
    def convert(value: Value, where: str) -> Pair:
        if not isinstance(value, list):
            raise mismatch(where, value, "array")
        pairs = [item(content, f"{where}[{number}]") for number, content in enumerate(value)]
        try:
            return build(pair[0] for pair in pairs), [pair[1] for pair in pairs]
        except TypeError as error:  # an item without a hash
            raise ValueError(f"{where} cannot be a {build.__name__}: {error}") from None

    return convert


def _dict(key: Conversion, content: Conversion) -> Conversion:
    def convert(value: Value, where: str) -> Pair:
        pairs, tagged = _pairs(value)
        if pairs is None:
            raise mismatch(where, value, "object")
        made = [(_key(key, name, where), content(part, f"{where}[{compact(name):.40}]")) for name, part in pairs]
        shown = [(name, part[1]) for (name, _), (_, part) in zip(pairs, made, strict=True)]
        try:
            built = {name: part[0] for name, part in made}
        except TypeError as error:
            raise ValueError(f"{where} cannot be a dict: {error}") from None
        return built, {"$map": [list(pair) for pair in shown]} if tagged else dict(shown)

    return convert


def _pairs(value: Value) -> tuple[Any, bool]:
    """Return a map's pairs, or None for no map, and whether it is tagged: `{"$map":[[key,value],...]}`."""
    match value:
        case {"$map": list() as pairs, **rest} if not rest and all(
            isinstance(pair, list) and len(pair) == 2  # noqa: PLR2004 - a pair
            for pair in pairs
        ):
            return pairs, True
        case dict():
            return value.items(), False
    return None, False


def _key(conversion: Conversion, key: Value, where: str) -> Any:
    """Return the key of a dict. JSON's keys are always strings, so `"1"` is accepted for an integer."""
    place = f"the key {compact(key):.40} of {where}"
    try:
        return conversion(key, place)[0]
    except ValueError:
        try:
            return conversion(parse(key.encode()), place)[0]
        except (ValueError, AttributeError):
            pass
        raise
