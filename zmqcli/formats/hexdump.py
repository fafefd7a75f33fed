"""`hexdump`: offset, hex and ASCII of each frame, in the look of `hexdump -C`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from zmqcli.formats._api import Format, TapStyle, TerminalGuard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.formats._api import Chunk, RecordBatch, RecordOptions, Writer
    from zmqcli.message import Frame

__all__ = ["HexdumpFormat", "bytes_per_line", "dump"]

_ASCII = bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in range(256))  # noqa: PLR2004 - ASCII's own bounds
_HALF = 8
_FULL_WIDTH = 78  # columns of a line of 16 bytes
_HALF_WIDTH = 45  # and of 8
# A frame is dumped in blocks of this many bytes: its text is five times as long, and need not exist twice.
_BLOCK_BYTES = 64 * 1024


class HexdumpFormat(Format):
    """Each frame after a line with its number and size; an empty line between messages."""

    name: ClassVar[str] = "hexdump"
    summary: ClassVar[str] = "offset, hex and ASCII of each frame"
    guard: ClassVar[TerminalGuard] = TerminalGuard.OWN
    tap: ClassVar[TapStyle] = TapStyle.LINE

    @staticmethod
    def writer(options: RecordOptions, _codecs: FrameCodecs) -> Writer:
        """Return a writer of lines of 16 bytes, or of 8 or 4 where more do not fit `options.width`."""
        return _Writer(bytes_per_line(options.width))


def bytes_per_line(width: int) -> int:
    """Return how many bytes a line of `width` columns shows: 16, 8 or 4."""
    if width >= _FULL_WIDTH:
        return 2 * _HALF
    return _HALF if width >= _HALF_WIDTH else _HALF // 2


def dump(frame: Frame | memoryview, per_line: int) -> Iterator[str]:
    """Yield the dump of `frame` in blocks of whole lines, each line ended; nothing for an empty frame."""
    view = memoryview(frame)
    for start in range(0, len(view), _BLOCK_BYTES):
        yield "".join(_lines(bytes(view[start : start + _BLOCK_BYTES]), start, per_line))


def _lines(block: bytes, start: int, per_line: int) -> list[str]:
    # Converted whole and then sliced: the work in C is done once a block, not once a line.
    digits = block.hex(" ")
    text = block.translate(_ASCII).decode("ascii")
    lines = []
    half = min(per_line, _HALF)
    for at in range(0, len(block), per_line):
        left = digits[3 * at : 3 * (at + half) - 1]
        middle = left.ljust(3 * half - 1)
        if per_line > _HALF:
            right = digits[3 * (at + _HALF) : 3 * (at + per_line) - 1]
            middle = f"{middle}  {right:<23}"
        lines.append(f"{start + at:08x}  {middle}  |{text[at : at + per_line]}|\n")
    return lines


class _Writer:
    def __init__(self, per_line: int) -> None:
        self._per_line = per_line
        self._separator = ""

    def format(self, batch: RecordBatch) -> list[Chunk]:
        chunks: list[Chunk] = []
        pending: list[str] = []
        size = 0
        for message in batch.messages:
            pending.append(self._separator)
            self._separator = "\n"
            for number, frame in enumerate(message, 1):
                length = len(frame)
                pending.append(f"frame {number} of {len(message)}, {length} byte{'' if length == 1 else 's'}\n")
                for block in dump(frame, self._per_line):
                    pending.append(block)
                    size += len(block)
                    if size > 16 * _BLOCK_BYTES:
                        chunks.append("".join(pending).encode())
                        pending, size = [], 0
        if pending:
            chunks.append("".join(pending).encode())
        return chunks
