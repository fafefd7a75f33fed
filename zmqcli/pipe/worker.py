"""The other end of workers.py: `python -m zmqcli.pipe.worker` evaluates what comes on stdin until that ends."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

from zmqcli.codecs.pipeline import RAW, FrameCodecs
from zmqcli.errors import DataError
from zmqcli.filters.expression import Expression
from zmqcli.formats._api import RecordOptions
from zmqcli.pipe.wire import READ_BYTES, ValueReader, WireError, pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zmqcli.message import Message

__all__ = ["main", "serve"]

PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Read the setup, then messages; write for each what the expression makes of it, or what was wrong."""
    asked = _values(source)
    setup = next(asked, None)
    if setup is None:
        return
    text, codec, max_decoded, typed = setup
    codecs = FrameCodecs.parse(codec or "raw", max_decoded, typed) if codec or typed else RAW
    expression = Expression("-e", text, RecordOptions(), codecs)
    for seq, frames in asked:
        made: Message | None = None
        error: str | None = None
        try:
            made = expression.apply(frames, seq)
        except DataError as caught:
            error = f"{caught.what} ({caught.why})" if caught.why else caught.what
        target.write(_packed(seq, made, error))
        target.flush()


def _values(source: BinaryIO) -> Iterator[Any]:
    """Yield values until the source ends. It is not buffered, so reading does not wait for a full piece."""
    reader = ValueReader()
    while piece := source.read(READ_BYTES):
        yield from reader.feed(piece)


def _packed(seq: int, made: Message | None, error: str | None) -> bytes:
    try:
        return pack((made, error))
    except WireError as too_large:
        return pack((None, f"message {seq}: the result is too large ({too_large})"))


def _die_with_parent() -> None:
    """Have the kernel end this process together with its parent, even in the middle of an evaluation. Linux only."""
    if sys.platform != "linux":
        return
    try:
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except (
        ImportError,
        OSError,
        AttributeError,
    ):  # then it ends at the end of stdin, between two messages
        pass


def main() -> None:
    """Serve on stdin and stdout, which the expression then does not see: what it prints goes to stderr."""
    source, target = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # without a traceback: the parent reports how the worker ended
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # a worker is killed when there is nothing to do any more
    try:
        serve(source, target)
    except BrokenPipeError:  # the parent has ended
        pass


if __name__ == "__main__":
    main()
