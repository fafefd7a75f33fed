"""Chained codecs, outermost first: `zlib+json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.codecs import _registry
from zmqcli.codecs._api import Codec, Layer
from zmqcli.codecs.raw import RawCodec
from zmqcli.errors import OptionError

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value

__all__ = ["Chain", "build"]


class Chain:
    """A codec inside a layer; the inner one may be a chain itself."""

    def __init__(self, layer: Layer, inner: Codec, max_decoded: int) -> None:
        self._layer = layer
        self._inner = inner
        self._max_decoded = max_decoded
        self.name = f"{layer.name}+{inner.name}"
        self.summary = f"{inner.summary}, in {layer.name}"
        self.writes = inner.writes
        self.plain = inner.plain
        self.hands_over: bool = any(getattr(part, "hands_over", False) for part in (layer, inner))

    def take_back(self) -> None:
        """Free what a part has made (`shm`) for a message that was not delivered."""
        for part in (self._layer, self._inner):
            if getattr(part, "hands_over", False):
                part.take_back()  # type: ignore[union-attr] # what has `hands_over` has `take_back`

    def decode(self, frame: bytes) -> Value:
        """Return the value inside the layer. Raise DecodeError when it is malformed, or larger than `max_decoded`."""
        return self._inner.decode(self._layer.unwrap(frame, self._max_decoded))

    def encode(self, value: Value) -> bytes:
        """Return the encoded value, wrapped in the layer."""
        return self._layer.wrap(self._inner.encode(value))

    def encode_text(self, text: bytes) -> bytes:
        """Return the encoded text, wrapped in the layer."""
        return self._layer.wrap(self._inner.encode_text(text))


def build(spec: str, max_decoded: int) -> Codec:
    """Return the codec for `NAME[+NAME...]`. A layer in last place holds raw bytes.

    Each layer may decode to at most `max_decoded` bytes. Raise OptionError for an unknown name, and for a codec
    before a `+` that is no layer.
    """
    *outer, last = (name.strip() for name in spec.split("+"))
    innermost = _registry.load(last)
    codec = innermost if isinstance(innermost, Codec) else Chain(innermost, RawCodec(), max_decoded)
    for name in reversed(outer):
        layer = _registry.load(name)
        if not isinstance(layer, Layer):
            raise OptionError(
                f"codec {spec!r} cannot be built",
                why=f"{name} cannot hold {codec.name}",
                hint="the outermost codec comes first, as in zlib+json",
            )
        codec = Chain(layer, codec, max_decoded)
    return codec
