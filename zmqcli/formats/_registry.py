"""The record formats by name, those of plug-ins too. A format's module is imported when the format is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from zmqcli import plug_ins
from zmqcli.errors import OptionError
from zmqcli.formats._api import Format

__all__ = ["ENTRY_POINTS", "describe", "load", "load_reader", "names"]

_FORMATS = {
    "text": "zmqcli.formats.text:TextFormat",
    "quoted": "zmqcli.formats.quoted:QuotedFormat",
    "jsonl": "zmqcli.formats.jsonl:JsonlFormat",
    "csv": "zmqcli.formats.csv:CsvFormat",
    "raw": "zmqcli.formats.raw:RawFormat",
    "hexdump": "zmqcli.formats.hexdump:HexdumpFormat",
    "pretty": "zmqcli.formats.pretty:PrettyFormat",
    "none": "zmqcli.formats.none:NoneFormat",
}


ENTRY_POINTS = "zmqcli.formats"
"""The entry-point group of plug-in formats. A plug-in cannot take the name of a built-in one."""


def names() -> list[str]:
    """Return the names of all formats, in the order the docs show them, plug-ins last."""
    return [*_FORMATS, *sorted(plug_ins.find(ENTRY_POINTS).keys() - _FORMATS.keys())]


def load(name: str) -> type[Format]:
    """Return the format called `name`. Raise OptionError, with the nearest names, when there is none."""
    if name in _FORMATS:
        module, _, attribute = _FORMATS[name].partition(":")
        return cast("type[Format]", getattr(import_module(module), attribute))
    found = plug_ins.find(ENTRY_POINTS)
    if name not in found:
        raise OptionError(f"there is no record format {name!r}", hint=plug_ins.nearest(name, names()))
    made = plug_ins.load("record format", found[name])
    if isinstance(made, type) and issubclass(made, Format):
        return made
    why = f"{made!r} is no subclass of zmqcli.formats.Format"
    raise OptionError(f"the plug-in {name} is not a record format", why=why)


def describe(name: str) -> str:
    """Return one line on the format `name`: what it is, or why it cannot be had."""
    try:
        return load(name).summary
    except OptionError as error:
        return f"not available: {error}"


def load_reader(name: str) -> type[Format]:
    """Return the format called `name`, if stdin may come in it. Raise OptionError."""
    record_format = load(name)
    if not record_format.reads:
        readable = [known for known in _FORMATS if load(known).reads]
        hint = f"-I takes {', '.join(readable[:-1])} or {readable[-1]}"
        raise OptionError(f"{name} is no input format", hint=hint)
    return record_format
