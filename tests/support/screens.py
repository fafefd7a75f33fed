"""A terminal that a test looks at: what was written to it, and whether it is still as it was."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Screen", "what_is_seen"]

_CONTROL = re.compile(r"\x1b\[(\?)?(\d*)[;\d]*([a-zA-Z])|(\r)|(\n)|([^\x1b\r\n]+)")


def what_is_seen(written: bytes) -> list[str]:
    """Return the lines of a terminal after all of this: long enough not to scroll, wide enough not to wrap.

    It knows what Rich's live displays use: carriage return, line feed, cursor up, erase in line.
    """
    lines, row, column = [""], 0, 0
    for private, number, control, is_return, is_feed, text in _CONTROL.findall(written.decode()):
        if is_return:
            column = 0
        elif is_feed:
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif text:
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
        elif control == "A":
            row -= int(number or 1)
        elif control == "K":
            assert number == "2", "erases all of the line"
            lines[row] = ""
        else:
            assert private or control == "m", f"what is {control}?"
    return lines


class Screen:
    """A pseudo-terminal of a size, read all the time so that nobody has to wait for it."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self._screen, self.terminal = pty.openpty()
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._was: list[Any] = termios.tcgetattr(self.terminal)
        self._written = bytearray()
        self._more = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: bytes, timeout: float = 20.0) -> None:
        """Wait until `text` is on the screen."""
        place = 0

        def found() -> bool:
            nonlocal place
            at = self._written.find(text, place)
            place = max(0, len(self._written) - len(text))
            return at >= 0

        self.wait_until(lambda _: found(), timeout)

    def wait_until(self, condition: Callable[[bytes], bool], timeout: float = 20.0) -> None:
        """Wait until `condition` holds of all that was written; it is asked after each piece."""
        with self._more:
            held = self._more.wait_for(lambda: condition(bytes(self._written)) or self._ended, timeout)
            assert held, f"not on the screen; its end: {bytes(self._written[-500:])!r}"

    def finish(self) -> bytes:
        """Return all that was written, once nobody else has the terminal; fail if its settings were changed."""
        assert termios.tcgetattr(self.terminal) == self._was
        os.close(self.terminal)
        self._reader.join(20)
        os.close(self._screen)
        return bytes(self._written).replace(b"\r\n", b"\n")

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._screen, 65_536)
            except OSError:  # EIO is how Linux says that nobody has the terminal any more
                piece = b""
            with self._more:
                self._written += piece
                self._ended |= not piece
                self._more.notify_all()
            if not piece:
                return
