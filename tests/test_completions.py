"""Completion in real shells: the files are what the program prints, and Tab gives what it should."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.processes import Zmqcli

FOLDER = Path(__file__).parent.parent / "completions"
FILES = {"bash": FOLDER / "zmqcli.bash", "zsh": FOLDER / "_zmqcli", "fish": FOLDER / "zmqcli.fish"}
PATIENCE = 20

BASH = r"""
source "$1"
words=${2//:/ : } # as bash splits them
read -ra COMP_WORDS <<<"${words//=/ = }"
[[ $2 == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE=$2
COMP_POINT=${#2}
COMP_TYPE=9
definition=$(complete -p zmqcli)
[[ $definition =~ -F\ ([^ ]+) ]]
"${BASH_REMATCH[1]}" zmqcli "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def need(shell: str) -> str:
    """Return a shell's path, or skip the test."""
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


def run(zmqcli: Zmqcli, *argv: str) -> list[str]:
    """Run a shell and return its lines."""
    done = subprocess.run(argv, env=zmqcli.environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert not done.stderr
    return done.stdout.splitlines()


def bash(zmqcli: Zmqcli, line: str) -> list[str]:
    """Return what bash would offer after `line`."""
    offered = run(zmqcli, need("bash"), "--norc", "-c", BASH, "bash", str(FILES["bash"]), line)
    return [word.strip() for word in offered]


def fish(zmqcli: Zmqcli, line: str) -> list[str]:
    """Return what fish would offer after `line`."""
    script = f"source {FILES['fish']}; complete -C {line!r}"
    return [offer.partition("\t")[0] for offer in run(zmqcli, need("fish"), "--no-config", "-c", script)]


@pytest.mark.parametrize("shell", FILES)
def test_the_file_is_what_the_program_prints(zmqcli: Zmqcli, shell: str) -> None:
    assert zmqcli("completions", shell).ok().stdout == FILES[shell].read_bytes()


def test_an_unknown_shell_is_named(zmqcli: Zmqcli) -> None:
    zmqcli("completions", "tcsh").error(2, "tcsh")


def test_zsh_finds_the_file_by_its_first_line() -> None:
    assert FILES["zsh"].read_text().startswith("#compdef zmqcli\n")


def test_bash_completes_a_command(zmqcli: Zmqcli) -> None:
    assert bash(zmqcli, "zmqcli su") == ["sub"]
    assert {"push", "pull", "pub", "router"} <= set(bash(zmqcli, "zmqcli "))


def test_bash_completes_an_option(zmqcli: Zmqcli) -> None:
    assert bash(zmqcli, "zmqcli sub --subscribe-h") == ["--subscribe-hex"]


def test_bash_completes_behind_an_endpoint(zmqcli: Zmqcli) -> None:
    assert bash(zmqcli, "zmqcli sub -c tcp://localhost:5556 --subscribe-h") == ["--subscribe-hex"]
    assert bash(zmqcli, "zmqcli sub -c tcp://localhost:5556 --color=al") == ["always"]
    assert bash(zmqcli, "zmqcli sub -c tcp:") == [""]


def test_colour_is_not_forced_upon_answers(zmqcli: Zmqcli) -> None:
    zmqcli.environment["FORCE_COLOR"] = "1"

    assert bash(zmqcli, "zmqcli su") == ["sub"]
    assert fish(zmqcli, "zmqcli su") == ["sub"]


def test_fish_completes_a_value_behind_an_equals_sign(zmqcli: Zmqcli) -> None:
    assert fish(zmqcli, "zmqcli sub -c tcp://localhost:5556 --color=al") == ["--color=always"]


def test_fish_completes_a_command(zmqcli: Zmqcli) -> None:
    assert fish(zmqcli, "zmqcli su") == ["sub"]


def test_fish_completes_an_option(zmqcli: Zmqcli) -> None:
    assert fish(zmqcli, "zmqcli sub --subscribe-h") == ["--subscribe-hex"]


@pytest.mark.parametrize(
    ("typed", "completed"), [("zmqcli su", "zmqcli sub "), ("zmqcli sub --subscribe-h", "zmqcli sub --subscribe-hex ")]
)
def test_zsh_completes_at_its_prompt(zmqcli: Zmqcli, typed: str, completed: str) -> None:
    environment = zmqcli.environment | {"TERM": "xterm", "COLUMNS": "200"}
    child, terminal = pty.fork()
    if child == 0:
        os.execve(need("zsh"), ["zsh", "-f", "-i"], environment)  # noqa: S606 - a shell is what is tested
    try:
        # The quotes keep what is typed, which the terminal echoes, from being taken for what is printed.
        setup = f"PS1= RPS1=; fpath=({FOLDER} $fpath); autoload -Uz compinit; compinit -u -D; print re''ady\n"
        os.write(terminal, setup.encode())
        wait_for(terminal, "ready")
        os.write(terminal, typed.encode() + b"\t")
        wait_for(terminal, completed)
    finally:
        os.close(terminal)  # the shell is told to hang up
        os.waitpid(child, 0)


def wait_for(terminal: int, text: str) -> None:
    """Read a terminal until `text` has come, colours and cursor movements taken out."""
    end = time.monotonic() + PATIENCE
    seen = ""
    while text not in seen:
        readable, _, _ = select.select([terminal], [], [], end - time.monotonic())
        assert readable, f"no {text!r} in {seen!r}"
        seen += os.read(terminal, 4096).decode("utf-8", "replace")
        seen = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])", "", seen)
