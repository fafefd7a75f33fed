"""Routing ids as text: printable ones as they are, the rest as `0x6b8b4567`, ambiguous ones as `text:...`."""

from __future__ import annotations

from binascii import a2b_hex
from typing import TYPE_CHECKING

from zmqcli.errors import DataError
from zmqcli.message import envelope_length

if TYPE_CHECKING:
    from zmqcli.formats._api import RecordOptions
    from zmqcli.message import Message

__all__ = ["body_start", "parse_routing_id", "show_routing_id"]

_HEX = b"0x"
_TEXT = b"text:"


def show_routing_id(identity: bytes) -> bytes:
    """Return `identity` as it is written in text; `parse_routing_id` undoes it."""
    try:
        printable = identity.decode().isprintable()
    except UnicodeDecodeError:
        printable = False
    if not printable:
        return _HEX + identity.hex().encode()
    return _TEXT + identity if identity.startswith((_HEX, _TEXT)) else identity


def parse_routing_id(text: bytes) -> bytes:
    """Return the routing id that `text` stands for. Raise DataError when `0x` is not followed by hex digits."""
    if text.startswith(_TEXT):
        return text[len(_TEXT) :]
    if not text.startswith(_HEX):
        return text
    try:
        return a2b_hex(text[len(_HEX) :] or b"none")
    except ValueError:
        raise DataError(
            f"the routing id is not hexadecimal: {text.decode('utf-8', 'backslashreplace')}",
            hint="0x is followed by pairs of hex digits; text:0x... is the text itself",
        ) from None


def body_start(message: Message, options: RecordOptions) -> int:
    """Return how many leading frames of `message` are envelope: the codecs' position 0 is the frame after it."""
    if not options.routing_ids and not options.delimited:
        return 0
    return envelope_length(
        message,
        routing_id=options.routing_ids > 0,
        delimiter=options.delimited,
        hops=options.routing_ids or 1,
    )
