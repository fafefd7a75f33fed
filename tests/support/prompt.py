"""An interactive bash with job control, and somebody who types commands at its prompt."""

from __future__ import annotations

import os
import pty
import select
import time
from typing import TYPE_CHECKING

from tests.support.shells import need

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["END", "PROMPT", "SUSPEND", "Prompt"]

PATIENCE = 30.0
TICK = 0.005
PROMPT = "<prompt>"
SUSPEND, END = "\x1a", "\x04"


class Prompt:
    """The shell on a terminal of its own: what it starts with `&` is a background job of that terminal."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        path = need("bash")
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.chdir(folder)
            argv = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
            os.execve(path, argv, {**environment, "TERM": "dumb"})  # noqa: S606 # a shell is what is tested
        self._seen = ""
        self._mark = 0
        self.type("stty -echo; PS1='<prom''pt>'\n")
        self.wait_for(PROMPT)

    def close(self) -> None:
        """End what is left at work, and hang up."""
        self.type("kill -9 $(jobs -p); wait; exit\n")
        os.close(self._terminal)
        os.waitpid(self._child, 0)

    def type(self, text: str) -> None:
        """Type, and wait for nothing."""
        self._mark = len(self._seen)
        os.write(self._terminal, text.encode())

    def run(self, line: str) -> str:
        """Type a command and return all that is shown until the next prompt."""
        self.type(f"{line}\n")
        return self.wait_for(PROMPT)

    def wait_for(self, text: str) -> str:
        """Return what has been shown since the last typing, up to `text`."""
        end = time.monotonic() + PATIENCE
        while text not in (fresh := self._seen[self._mark :]):
            assert time.monotonic() < end, f"no {text!r} in {fresh!r}"
            self._read(PATIENCE)
        return fresh[: fresh.index(text)].replace("\r\n", "\n")

    def endpoint(self, ready_file: Path) -> str:
        """Return what a command has bound, once it has written its ready file."""
        end = time.monotonic() + PATIENCE
        while not ready_file.exists():
            assert time.monotonic() < end, f"no ready file; shown: {self._seen[self._mark :]!r}"
            self._read(TICK)
        return ready_file.read_text().strip()

    def _read(self, seconds: float) -> None:
        if select.select([self._terminal], [], [], seconds)[0]:
            self._seen += os.read(self._terminal, 65_536).decode("utf-8", "replace")
