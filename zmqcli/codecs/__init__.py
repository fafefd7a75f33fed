"""Codecs: bytes of one frame <-> a value. Each codec has its own file and one line in `_registry.py`."""

from zmqcli.codecs._api import UNDECODED, Codec, Layer, Value
from zmqcli.codecs._text import compact
from zmqcli.codecs.pipeline import MAX_DECODED, RAW, FrameCodecs

__all__ = ["MAX_DECODED", "RAW", "UNDECODED", "Codec", "FrameCodecs", "Layer", "Value", "compact"]
