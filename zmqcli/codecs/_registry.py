"""The registry of codecs: each name and where its class is. A class is imported when its name is used."""

from __future__ import annotations

from importlib import import_module

from zmqcli import plug_ins
from zmqcli.codecs._api import ENTRY_POINTS, Codec, Layer
from zmqcli.errors import OptionError

__all__ = ["BUILT_IN", "describe", "load", "names"]

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


def load(name: str) -> Codec | Layer:
    """Return the codec or layer called `name`. Raise OptionError when it does not exist or cannot be loaded."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return _made(name, getattr(import_module(module), attribute))
    found = plug_ins.find(ENTRY_POINTS)
    if name in found:
        return _made(name, plug_ins.load("codec", found[name]))
    raise OptionError(f"there is no codec {name!r}", hint=plug_ins.nearest(name, names()))


def names() -> list[str]:
    """Return the names of all codecs and layers, the built-in ones first."""
    return [*BUILT_IN, *sorted(plug_ins.find(ENTRY_POINTS).keys() - BUILT_IN.keys())]


def describe(name: str) -> str:
    """Return one line about the codec `name`: its summary, or why it is not available."""
    try:
        return str(load(name).summary)
    except OptionError as error:
        return f"not available: {error}"


def _made(name: str, found: object) -> Codec | Layer:
    try:
        part = found() if isinstance(found, type) else found
    except OptionError:
        raise
    except Exception as error:  # third-party code may raise anything
        why = f"{type(error).__name__}: {error}".partition("\n")[0]
        hint = "it is a plug-in: reinstall its package"
        raise OptionError(f"the codec {name} cannot be loaded", why=why, hint=hint) from error
    if isinstance(part, Codec | Layer):
        return part
    raise OptionError(
        f"the plug-in {name} is not a codec", why=f"{found!r} lacks attributes that docs/codecs.md requires"
    )
