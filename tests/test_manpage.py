"""The man page: what troff and man make of it, and that all is in it. That it is up to date, test_docs.py checks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
import unicodedata
from pathlib import Path

import pytest

from zmqcli.cli.typer_app import load
from zmqcli.commands.table import COMMANDS
from zmqcli.config_file import PATH_VARIABLE, PROFILE_VARIABLE, VARIABLES
from zmqcli.errors import ExitCode

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "zmqcli.1"
CHECKS = {
    "man": ["man", "--warnings", "--local-file"],
    "groff": ["groff", "-man", "-ww", "-Tutf8"],
    "mandoc": ["mandoc", "-Tlint", "-Wwarning"],
}


def rendered(tool: str) -> subprocess.CompletedProcess[str]:
    """Return what a tool makes of the page, without bold and underlines; skip without it."""
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"{tool} is not installed")
    return subprocess.run(
        [path, *CHECKS[tool][1:], str(PAGE)],
        env={
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "MANWIDTH": "100",
            "TERM": "dumb",
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )


@pytest.mark.parametrize("tool", CHECKS)
def test_the_page_has_no_mistakes(tool: str) -> None:
    assert rendered(tool).stderr == ""


def test_every_command_option_and_exit_code_is_in_it() -> None:
    text = re.sub(r".\x08|\x1b\[[\d;]*m", "", rendered("man").stdout)
    variables = {*VARIABLES, PROFILE_VARIABLE, PATH_VARIABLE}
    words = set(re.findall(r"(?<!\S)-{1,2}\w[\w-]*", text))

    assert not [name for name in variables if name not in text]
    assert not [name for name in COMMANDS if not re.search(rf"^ +{name}\b", text, re.MULTILINE)]
    assert not [
        name
        for name in COMMANDS
        for p in load(name).params
        if hasattr(p, "is_flag")
        for name in p.opts
        if name not in words
    ]
    assert not [code for code in ExitCode if not re.search(rf"^ +{code.value} ", text, re.MULTILINE)]


def test_what_is_typed_can_be_copied_from_it() -> None:
    """No typographic hyphens and quotes."""
    text = re.sub("\N{HYPHEN}\n *", "", rendered("man").stdout)  # where man breaks a word

    assert not [
        character
        for character in text
        if unicodedata.category(character) in {"Pd", "Pi", "Pf", "Sm"} and not character.isascii()
    ]


def test_a_wheel_brings_it() -> None:
    files = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]

    assert files == {"share/man/man1": [str(PAGE.relative_to(ROOT))]}
