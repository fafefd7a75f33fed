"""The record formats by name. A format's module is imported when the format is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from zmqcli.errors import OptionError

if TYPE_CHECKING:
    from zmqcli.formats._api import Format

__all__ = ["load", "names"]

_FORMATS = {
    "text": "zmqcli.formats.text:TextFormat",
    "quoted": "zmqcli.formats.quoted:QuotedFormat",
    "jsonl": "zmqcli.formats.jsonl:JsonlFormat",
    "raw": "zmqcli.formats.raw:RawFormat",
    "hexdump": "zmqcli.formats.hexdump:HexdumpFormat",
    "pretty": "zmqcli.formats.pretty:PrettyFormat",
    "none": "zmqcli.formats.none:NoneFormat",
}


def names() -> list[str]:
    """Return the names of all formats, in the order the docs show them."""
    return list(_FORMATS)


def load(name: str) -> type[Format]:
    """Return the format called `name`. Raise OptionError, with the nearest names, when there is none."""
    try:
        module, _, attribute = _FORMATS[name].partition(":")
    except KeyError:
        raise OptionError(f"there is no record format {name!r}", hint=_nearest(name)) from None
    return cast("type[Format]", getattr(import_module(module), attribute))


def _nearest(name: str) -> str:
    from difflib import get_close_matches  # 3 ms that only a mistake should cost

    nearest = get_close_matches(name, _FORMATS)
    return f"did you mean {' or '.join(nearest)}?" if nearest else "there is " + ", ".join(_FORMATS)
