"""What arguments of the command line mean: bytes, messages, prefixes, routing ids, socket options."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING, Any

from zmqcli.codecs.pipeline import RAW, FrameCodecs
from zmqcli.errors import DataError, Stopped, UsageError, ZmqcliError
from zmqcli.options.types import to_bytes
from zmqcli.streams import AWAY_SECONDS, Stdin, unstopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.environment import Environment
    from zmqcli.message import Batch, Message
    from zmqcli.options.groups import Body, Output, Records, Security, Subscriptions
    from zmqcli.security.config import SecurityConfig
    from zmqcli.sockets.options.option import SocketOption

__all__ = [
    "delimiters",
    "fixed_messages",
    "heartbeat_ms",
    "look",
    "prefixes",
    "routing_id",
    "security_config",
    "socket_options",
    "unescaped",
]

LARGEST_BODY = 1 << 30
"""Bytes of stdin that one message may take, the same as of a record."""
LONGEST_HEARTBEAT_MS = 6_553_599
"""zmq_setsockopt(3), ZMQ_HEARTBEAT_TTL; the timeout is twice the interval."""
LONGEST_ID = 255
"""Bytes of a routing id at most (zmq_setsockopt(3), ZMQ_ROUTING_ID)."""


def fixed_messages(environment: Environment, body: Body, codecs: FrameCodecs = RAW) -> Batch | None:
    """Return the messages that positional frames and `--file` make; None when there are neither.

    Frames are texts for `codecs`; a file is sent byte for byte, in shared memory if they say so.
    """
    messages: list[Message] = []
    if body.frames:
        messages.append(codecs.encode_texts([to_bytes(frame) for frame in body.frames], 0))
    for path in body.file or ():
        message: Message = [_contents(environment, path)]
        messages.append(codecs.encode_texts(message, 0) if codecs.hands_over else message)
    return messages or None


def _contents(environment: Environment, path: str) -> bytes:
    if path == "-":
        return _all_of_stdin(environment)
    try:
        with open(path, "rb") as file, unstopped():  # noqa: PTH123 # pathlib costs start-up
            return file.read()  # it may be /dev/tty
    except OSError as error:
        raise ZmqcliError(f"cannot read {path}", why=os.strerror(error.errno or 0).lower()) from error


def _all_of_stdin(environment: Environment) -> bytes:
    stream, signals = environment.input, environment.signals
    if (found := stream.what()) is Stdin.BACKGROUND:
        raise ZmqcliError("cannot read stdin", why=found.value, hint="name a file, or give it a pipe")
    pieces: list[bytes] = []
    size = 0
    while True:
        # With the signals, which read(2) would be retried after.
        if stream.away:
            select.select([signals.descriptor], [], [], AWAY_SECONDS)
        else:
            select.select([stream.descriptor, signals.descriptor], [], [])
        if signals.received:
            raise Stopped(signals.received)
        piece = stream.read()
        if piece == b"":
            return b"".join(pieces)
        pieces += [piece] if piece else []
        size += len(piece or b"")
        if size > LARGEST_BODY:
            raise DataError(f"stdin is longer than {LARGEST_BODY} bytes", hint="send it in records, or as a file")


def prefixes(subscriptions: Subscriptions) -> list[bytes]:
    """Return what was asked for with `-s` and `--subscribe-hex`; everything when nothing was."""
    asked = [to_bytes(text) for text in subscriptions.subscribe or ()]
    for text in subscriptions.subscribe_hex or ():
        try:
            asked.append(bytes.fromhex(text.removeprefix("0x")))
        except ValueError:
            raise UsageError(f"'{text}' is not hex", hint="say for example --subscribe-hex 00ff") from None
    return asked or [b""]


def routing_id(text: str) -> bytes:
    """Return the routing id a user wrote: text, `0x...` for bytes, `text:0x...` for text that looks so."""
    from zmqcli.formats.routing_id import parse_routing_id

    try:
        parsed = parse_routing_id(to_bytes(text))
    except ZmqcliError as error:
        raise UsageError(str(error)) from error
    if not 1 <= len(parsed) <= LONGEST_ID:
        raise UsageError(f"a routing id has 1 to 255 bytes, this one {len(parsed)}")
    return parsed


def socket_options(texts: Sequence[str]) -> list[SocketOption]:
    """Return the options of `-o NAME=VALUE`; their module is loaded only for them."""
    if not texts:
        return []
    from zmqcli.sockets.options.option import parse_option

    return [parse_option(text) for text in texts]


def delimiters(records: Records | None) -> tuple[bytes, bytes]:
    """Return what ends a record, and what parts its frames. Raise UsageError for an empty one."""
    if records is None:
        return b"\n", b"\t"
    between = b"\t" if records.frame_delimiter is None else unescaped(records.frame_delimiter)
    found = b"\0" if records.null else unescaped(records.delimiter), between
    if not all(found):
        raise UsageError("a delimiter cannot be empty", hint="for none on output say -N")
    return found


def unescaped(text: str) -> bytes:
    """Return a delimiter as it was meant, its escapes undone."""
    if "\\" not in text:
        return to_bytes(text)
    if text == "\\n":
        return b"\n"
    from zmqcli.formats.escapes import unescape

    try:
        return unescape(to_bytes(text))
    except ZmqcliError as error:
        raise UsageError(str(error)) from error


def heartbeat_ms(seconds: float) -> int:
    """Return a heartbeat interval as libzmq takes it. Raise UsageError where it would be none, or too long."""
    milliseconds = round(seconds * 1000)
    if not 1 <= milliseconds <= LONGEST_HEARTBEAT_MS:
        raise UsageError("a heartbeat comes every 1 ms to 6553 s (what ZMTP can say)")
    return milliseconds


def security_config(environment: Environment, security: Security | None) -> SecurityConfig | None:
    """Return what the Security options ask for; their modules are loaded only for them."""
    if security is None or not any(option is not None for option in security):
        return None
    from zmqcli.jobs import security as _security

    return _security.security_config(environment, security)


def look(environment: Environment, output: Output) -> dict[str, Any]:
    """Return the fields of RecordOptions that are about whoever reads stdout."""
    fields: dict[str, Any] = {"full": output.full, "columns": output.columns}
    terminal = environment.output.is_terminal()
    environment.raw_tty |= output.raw_tty
    escaped = environment.escaped and not output.raw_tty
    if not terminal and (output.color.value != "always" or escaped):
        return fields
    from zmqcli.terminal.drawing import wants_color, width

    descriptor = environment.output.descriptor
    color = wants_color(output.color.value, descriptor, environment.variables)
    return {**fields, "color": color, "width": width(descriptor), "terminal": terminal}
