"""Which codecs there are: a name, and where its class is. A class is loaded when its name is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from zmqcli.codecs._api import Codec, Layer
from zmqcli.errors import OptionError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["BUILT_IN", "ENTRY_POINTS", "describe", "load", "names"]

BUILT_IN = {
    "raw": "zmqcli.codecs.raw:RawCodec",
    "text": "zmqcli.codecs.text:TextCodec",
    "json": "zmqcli.codecs.json:JsonCodec",
    "msgpack": "zmqcli.codecs.msgpack:MsgpackCodec",
    "cbor": "zmqcli.codecs.cbor:CborCodec",
    "hex": "zmqcli.codecs.hex:HexCodec",
    "base64": "zmqcli.codecs.base64:Base64Codec",
    "pickle": "zmqcli.codecs.pickle:PickleCodec",
    "auto": "zmqcli.codecs.auto:AutoCodec",
    "zlib": "zmqcli.codecs.zlib:ZlibLayer",
    "gzip": "zmqcli.codecs.gzip:GzipLayer",
    "zstd": "zmqcli.codecs.zstd:ZstdLayer",
    "lz4": "zmqcli.codecs.lz4:Lz4Layer",
    "shm": "zmqcli.codecs.shm:ShmLayer",
}

ENTRY_POINTS = "zmqcli.codecs"
"""The entry-point group of plug-in codecs. A plug-in cannot take the name of a built-in one."""


def load(name: str) -> Codec | Layer:
    """Return the codec or layer called `name`. Raise OptionError when there is none, or when it cannot be loaded."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return _made(name, getattr(import_module(module), attribute))
    plug_ins = _plug_ins()
    if name in plug_ins:
        return _plug_in(name, plug_ins[name])
    import difflib

    near = difflib.get_close_matches(name, names())
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {' '.join(names())}"
    raise OptionError(f"there is no codec {name!r}", hint=hint)


def names() -> list[str]:
    """Return the names of all codecs and layers, the built-in ones first."""
    return [*BUILT_IN, *sorted(_plug_ins().keys() - BUILT_IN.keys())]


def describe(name: str) -> str:
    """Return one line on the codec `name`: what it is, or why it cannot be had."""
    try:
        return str(load(name).summary)
    except OptionError as error:
        return f"not here: {error}"


def _plug_ins() -> dict[str, EntryPoint]:
    import importlib.metadata  # reads every installed package's metadata: only for a name that is not built in

    return {entry.name: entry for entry in importlib.metadata.entry_points(group=ENTRY_POINTS)}


def _plug_in(name: str, entry: EntryPoint) -> Codec | Layer:
    try:
        return _made(name, entry.load())
    except OptionError:
        raise
    except (Exception, SystemExit) as error:  # a stranger's module, and its class
        why = str(error) if isinstance(error, ImportError | AttributeError) else f"{type(error).__name__}: {error}"
        raise OptionError(
            f"the codec {name} cannot be loaded",
            why=why.partition("\n")[0],
            hint="it is a plug-in: reinstall its package",
        ) from error


def _made(name: str, found: object) -> Codec | Layer:
    part = found() if isinstance(found, type) else found
    if isinstance(part, Codec | Layer):
        return part
    raise OptionError(f"the plug-in {name} is not a codec", why=f"{found!r} lacks what docs/codecs.md asks for")
