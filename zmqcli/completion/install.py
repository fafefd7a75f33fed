"""Puts a completion script where its shell looks: into the user's own directories, never into an rc file."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.completion.scripts import SHELLS, script
from zmqcli.errors import UsageError, ZmqcliError
from zmqcli.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Installed", "install", "own_shell"]

ZSH_SECONDS = 10
"""What zsh gets to read its rc files and tell its fpath."""
OURS = "made by `zmqcli completions"
"""In each script of any version: another file of that name is somebody's own."""
USUAL = ("site-functions", "completions", "completion", ".zfunc", "zfunc", "functions")
"""Directories in a home that are for functions of many programs; those of plug-ins come after them."""
BASH_COMPLETION = (
    "/usr/share/bash-completion/bash_completion",
    "/usr/local/share/bash-completion/bash_completion",
    "/usr/local/etc/profile.d/bash_completion.sh",
    "/opt/homebrew/etc/profile.d/bash_completion.sh",
    "/etc/bash_completion",
)


class Installed(NamedTuple):
    """What was done."""

    path: Path
    changed: bool
    """Whether the file was not so before."""
    hint: str
    """What is left for the user to do; may be nothing."""


def own_shell(variables: Mapping[str, str]) -> str:
    """Return the user's shell, from SHELL. Raise UsageError when there is no completion for it."""
    name = Path(variables.get("SHELL", "")).name
    if name not in SHELLS:
        what = f"there is no completion for {name}" if name else "SHELL does not say which shell is yours"
        raise UsageError(what, hint=f"name one: zmqcli completions install {'|'.join(SHELLS)}")
    return name


def install(shell: str, variables: Mapping[str, str]) -> Installed:
    """Write the script of `shell`. Raise ZmqcliError."""
    if shell == "bash":
        path, hint = _bash(variables)
    elif shell == "fish":
        path, hint = _xdg(variables, "XDG_CONFIG_HOME", ".config") / "fish/completions/zmqcli.fish", ""
    else:
        path, hint = _zsh(variables)
    text = script(shell)
    try:
        old = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        if old == text:
            return Installed(path, changed=False, hint=hint)
        if old and OURS not in old:
            raise ZmqcliError(
                f"{path} is there already",
                why="and not made by zmqcli",
                hint=f"move it away, or add what zmqcli completions {shell} prints",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()  # a link into a repository of settings stays one
        write_whole(str(target), text.encode())
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise ZmqcliError(f"cannot write {path}", why=why, hint=f"print it: zmqcli completions {shell}") from error
    return Installed(path, changed=True, hint=hint)


def _xdg(variables: Mapping[str, str], name: str, default: str) -> Path:
    """Return a directory of the XDG Base Directory Specification; a relative one is to be ignored."""
    directory = variables.get(name, "")
    if directory.startswith("/"):
        return Path(directory)
    home = variables.get("HOME", "")
    if not home.startswith("/"):
        raise ZmqcliError(f"neither {name} nor HOME says where your files are")
    return Path(home, default)


def _bash(variables: Mapping[str, str]) -> tuple[Path, str]:
    # bash-completion's README; since 2.12 the variable may list several, the first of which counts most.
    own = variables.get("BASH_COMPLETION_USER_DIR", "").partition(":")[0]
    base = Path(own) if own else _xdg(variables, "XDG_DATA_HOME", ".local/share") / "bash-completion"
    path = base / "completions" / "zmqcli"
    if any(os.path.exists(file) for file in BASH_COMPLETION):  # noqa: PTH110 # one word for a look
        return path, ""
    line = f"source {shlex.quote(str(path))}"
    return path, f"bash finds it with the package bash-completion; without it, put this into ~/.bashrc: {line}"


def _zsh(variables: Mapping[str, str]) -> tuple[Path, str]:
    directories = _fpath(variables)
    home = variables.get("HOME", "")
    own = [path for path in directories if home and path.is_relative_to(home) and os.access(path, os.W_OK)]
    usual = [path for path in own if path.name in USUAL]
    default = _xdg(variables, "XDG_DATA_HOME", ".local/share") / "zsh/site-functions"
    if default in directories:  # looked at by compinit even if it is made only now
        usual.insert(0, default)
    if usual or own:
        return (usual or own)[0] / "_zmqcli", ""
    line = f"fpath=({shlex.quote(str(default))} $fpath)"
    return default / "_zmqcli", f"zsh does not look there; put this into ~/.zshrc, before compinit: {line}"


def _fpath(variables: Mapping[str, str]) -> list[Path]:
    """Return where an interactive zsh of the user's looks for functions; nothing when it does not say."""
    command = ["zsh", "-ic", "print -r -- @zmqcli; print -rl -- $fpath"]
    try:
        printed = subprocess.run(  # noqa: S603 # the user's own shell
            command,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=ZSH_SECONDS,
            start_new_session=True,  # an interactive shell would take the terminal
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    _, _, listed = os.fsdecode(printed).rpartition("@zmqcli\n")  # after whatever the rc files print
    return [Path(line) for line in listed.splitlines() if line.startswith("/")]
