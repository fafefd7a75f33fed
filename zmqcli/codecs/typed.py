"""Typed messages: `--type MODULE:CLASS` checks the last frame of each message against a dataclass, and builds it."""

from __future__ import annotations

import dataclasses
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zmqcli.codecs._fields import Conversions
from zmqcli.codecs._text import parse
from zmqcli.codecs.json import JsonCodec
from zmqcli.codecs.raw import RawCodec
from zmqcli.errors import DecodeError, EncodeError, OptionError

if TYPE_CHECKING:
    from zmqcli.codecs._api import Codec, Value
    from zmqcli.codecs._leaves import Conversion

__all__ = ["Built", "Type", "TypedCodec"]


class Built(dict[str, Any]):
    """The fields of a built object in JSON's types, with defaults filled in. It is printed with the class's repr."""

    def __init__(self, fields: dict[str, Value], built: object) -> None:
        super().__init__(fields)
        self._built = built

    @property
    def shown(self) -> str:
        """What `text` and `pretty` print: `Quote(symbol='X', price=1.5)`."""
        try:
            return repr(self._built)
        except Exception:  # noqa: BLE001 - the user's __repr__ may raise anything
            return f"{type(self._built).__name__}(...)"


class TypedCodec:
    """A codec whose values must fit a dataclass."""

    def __init__(self, inner: Codec, name: str, conversion: Conversion) -> None:
        self._inner = inner
        self._conversion = conversion
        self.name = name
        self.summary = f"{name} in {inner.name}"
        self.writes = inner.writes
        self.plain = False

    def decode(self, frame: bytes) -> Built:
        """Return the object in `frame`. Raise DecodeError when it does not decode, or a field does not fit."""
        try:
            value = self._inner.decode(frame)
        except DecodeError as error:
            raise DecodeError(f"not {self._inner.name}: {error.what}", why=error.why, hint=error.hint) from None
        return self.build(value)

    def build(self, value: Value) -> Built:
        """Return the object for a decoded value. Raise DecodeError naming the field that does not fit."""
        try:
            return self._built(value)
        except ValueError as error:
            raise DecodeError(str(error)) from None

    def encode(self, value: Value) -> bytes:
        """Return the frame for a value, with defaults filled in. Raise EncodeError naming a field that does not fit."""
        try:
            fields = dict(self._built(value))
        except ValueError as error:
            raise EncodeError(str(error)) from None
        return self._inner.encode(fields)

    def encode_text(self, text: bytes) -> bytes:
        """Return the frame for JSON text."""
        try:
            value = parse(text)
        except ValueError as error:
            raise EncodeError(f"not JSON: {error}") from None
        return self.encode(value)

    def _built(self, value: Value) -> Built:
        try:
            built, fields = self._conversion(value, "")
        except RecursionError:
            raise ValueError("nested too deeply") from None
        return Built(fields, built)


class Type:
    """The class that `--type` names, and its codecs."""

    def __init__(self, spec: str) -> None:
        """Import the class in `MODULE:CLASS`. Raise OptionError when that is impossible."""
        self.name, cls = _imported(spec)
        self._conversion = Conversions().of_class(cls)
        self._codecs: dict[int, TypedCodec] = {}

    def codec(self, inner: Codec) -> TypedCodec:
        """Return a codec that reads and writes the class with `inner`, or as JSON when `inner` is raw."""
        if id(inner) not in self._codecs:
            form = JsonCodec() if isinstance(inner, RawCodec) else inner
            self._codecs[id(inner)] = TypedCodec(form, self.name, self._conversion)
        return self._codecs[id(inner)]


def _imported(spec: str) -> tuple[str, type]:
    module_name, colon, class_name = spec.partition(":")
    if not (module_name and colon and class_name):
        raise OptionError(f"--type takes MODULE:CLASS, not {spec!r}", hint="for example --type quotes:Quote")
    found: Any = _module(module_name)
    for part in class_name.split("."):
        found = getattr(found, part, None)
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        why = "there is no such class" if found is None else "it is not a dataclass"
        raise OptionError(f"--type cannot use {spec}", why=why, hint="decorate the class with @dataclass")
    return class_name, found


def _module(name: str) -> object:
    """Import a module, also from the current directory, as `python -m` does."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        why = f"{type(error).__name__}: {error}" if not isinstance(error, ImportError) else str(error)
        raise OptionError(
            f"--type cannot import {name}", why=why, hint="--type searches the current directory and PYTHONPATH"
        ) from error
    finally:
        # The current directory goes last, so that a json.py there does not replace a module zmqcli imports later.
        sys.path.remove(here)
        sys.path.append(here)
