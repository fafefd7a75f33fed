"""Codecs behind each other: `zlib+json`, outermost first."""

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
        """Free what a part has made for the receiver, who will not get it (`shm`)."""
        for part in (self._layer, self._inner):
            if getattr(part, "hands_over", False):
                part.take_back()  # type: ignore[union-attr] # what hands over can take back

    def decode(self, frame: bytes) -> Value:
        """Return the value inside the layer. Raise DecodeError when it is not that, or larger than `max_decoded`."""
        return self._inner.decode(self._layer.unwrap(frame, self._max_decoded))

    def encode(self, value: Value) -> bytes:
        """Return the layer around the encoded value."""
        return self._layer.wrap(self._inner.encode(value))

    def encode_text(self, text: bytes) -> bytes:
        """Return the layer around the encoded text."""
        return self._layer.wrap(self._inner.encode_text(text))


def build(spec: str, max_decoded: int) -> Codec:
    """Return the codec for `NAME[+NAME...]`; a layer at the end has raw bytes inside.

    `max_decoded`: bytes that may come out of each layer. Raise OptionError for an unknown name, and for a codec
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
                why=f"{name} has no bytes inside for {codec.name}",
                hint="the outermost comes first, as in zlib+json",
            )
        codec = Chain(layer, codec, max_decoded)
    return codec
