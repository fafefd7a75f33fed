"""An interactive shell on a terminal, with zmqcli's completion installed, and somebody who types."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Shell", "need"]

PATIENCE = 30.0
PROMPT = "-ready-"
# Control-G shows what stands on the command line, whole and once, whatever the editor has painted so far. The
# quotes keep what is typed, which the terminal echoes, from being taken for what is printed.
COMMANDS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-d", "-i"],
    "fish": ["fish", "-i"],
}
FILES = {
    "bash": {
        ".inputrc": "set enable-bracketed-paste off\nset show-all-if-ambiguous on\nset completion-query-items 0\n"
    },
    "zsh": {
        ".zshrc": "PS1=-rea'dy-'; RPS1=; unsetopt PROMPT_SP; LISTMAX=10000\n"
        "fpath=($XDG_DATA_HOME/zsh/site-functions $fpath)\nautoload -Uz compinit; compinit -u -D\n"
        'show() { print -r -- "<$BUFFER>"; zle reset-prompt }; zle -N show; bindkey "^G" show\n'
    },
    "fish": {
        "config/fish/config.fish": "set -g fish_greeting\nfunction fish_prompt; echo -n -rea'dy-'; end\n"
        "function fish_title; end\nset -g fish_autosuggestion_enabled 0\n"
        "bind \\cg 'printf \"<%s>\\n\" (commandline | string collect); commandline -f repaint'\n"
    },
}
BASH_START = r"""source "$XDG_DATA_HOME/bash-completion/completions/zmqcli"; PS1=-rea'dy-'
show() { printf '<%s>\n' "$READLINE_LINE"; }; bind -x '"\C-g": show'
"""


def need(shell: str) -> str:
    """Return a shell's path, or skip the test."""
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


class Shell:
    """One shell at its prompt."""

    def __init__(self, name: str, environment: Mapping[str, str], folder: Path) -> None:
        path = need(name)
        home = Path(environment["HOME"])
        for file, text in FILES[name].items():
            (home / file).parent.mkdir(parents=True, exist_ok=True)
            (home / file).write_text(text)
        variables = {**environment, "TERM": "xterm", "ZDOTDIR": str(home), "INPUTRC": str(home / ".inputrc")}
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.chdir(folder)
            os.execve(path, COMMANDS[name], variables)  # noqa: S606 # a shell is what is tested
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 100, 200, 0, 0))
        self._seen = ""
        self._mark = 0
        if name == "bash":
            os.write(self._terminal, BASH_START.encode())
        self.wait_for(PROMPT)

    def close(self) -> None:
        """Hang up."""
        os.close(self._terminal)
        os.waitpid(self._child, 0)

    def type(self, text: str) -> None:
        """Type into the editor."""
        self._mark = len(self._seen)
        os.write(self._terminal, text.encode())

    def line(self) -> str:
        """Return what stands on the command line now."""
        self.type("\x07")
        return self._wait(re.compile(r"<([^\r\n]*)>\r?\n"))

    def completed(self, typed: str) -> str:
        """Return what Tab makes of a line; leave an empty one."""
        self.type(typed + "\t")
        line = self.line()
        self.clear()
        return line

    def offers(self, typed: str, *expected: str) -> None:
        """Check that Tab shows all of these; leave an empty line."""
        self.type(typed + "\t")
        for text in expected:
            self.wait_for(text)
        self.clear()

    def clear(self) -> None:
        """Leave an empty line, all that came before read."""
        self.type("\x15")
        assert not self.line()

    def wait_for(self, text: str) -> None:
        """Wait until `text` has been printed since something was typed."""
        self._wait(re.compile(f"({re.escape(text)})"))

    def _wait(self, text: re.Pattern[str]) -> str:
        end = time.monotonic() + PATIENCE
        while True:
            fresh = re.sub(r"\x1b(\[[0-9;?>]*[A-Za-z]|[=>]|\(B|\][^\x07]*\x07)", "", self._seen[self._mark :])
            if found := text.search(fresh):
                return found[1]
            readable, _, _ = select.select([self._terminal], [], [], max(0.0, end - time.monotonic()))
            assert readable, f"no {text.pattern!r} in {fresh!r}"
            self._seen += os.read(self._terminal, 65_536).decode("utf-8", "replace")
