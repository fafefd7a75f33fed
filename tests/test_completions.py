"""Completion in real shells on terminals: the files are what the program prints, and Tab gives what it should."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.shells import Shell, need
from zmqcli.completion.answer import answer, main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.processes import Zmqcli

FOLDER = Path(__file__).parent.parent / "completions"
FILES = {"bash": FOLDER / "zmqcli.bash", "zsh": FOLDER / "_zmqcli", "fish": FOLDER / "zmqcli.fish"}
INSTALLED = {
    "bash": "data/bash-completion/completions/zmqcli",
    "zsh": "data/zsh/site-functions/_zmqcli",
    "fish": "config/fish/completions/zmqcli.fish",
}
HISTORY = "bind tcp://*:5556\nconnect tcp://broker:7000\n"

COMPLETED = {
    "zmqcli su": "zmqcli sub ",
    "zmqcli sub --subscribe-h": "zmqcli sub --subscribe-hex ",
    "zmqcli sub -c tcp://127.0.0.1:5": "zmqcli sub -c tcp://127.0.0.1:5556 ",
    "zmqcli sub -c tcp://localhost:5556 --subscribe-h": "zmqcli sub -c tcp://localhost:5556 --subscribe-hex ",
    "zmqcli sub -c tcp://localhost:5556 --color=al": "zmqcli sub -c tcp://localhost:5556 --color=always ",
    "zmqcli sub -c tc": "zmqcli sub -c tcp://",
    "zmqcli sub -c 55": "zmqcli sub -c 5556 ",
    "zmqcli pull -b tcp://\\*:5": "zmqcli pull -b tcp://\\*:5556 ",
    "zmqcli sub -c ipc://./qu": "zmqcli sub -c ipc://./queue.sock ",
    "zmqcli push -c ./qu": "zmqcli push -c ./queue.sock ",
    "zmqcli push -x text,js": "zmqcli push -x text,json ",
    "zmqcli sub -o rcvh": "zmqcli sub -o RCVHWM=",
    "zmqcli sub -o ipv6=t": "zmqcli sub -o ipv6=true ",
    "zmqcli push -f ques": "zmqcli push -f question.txt ",
    "zmqcli push --file=ques": "zmqcli push --file=question.txt ",
    "zmqcli push --file=two\\ words/a": "zmqcli push --file=two\\ words/a\\ file ",
    "zmqcli sub > ques": "zmqcli sub > question.txt ",
    "zmqcli push que": "zmqcli push que",
    "zmqcli keygen -d ke": "zmqcli keygen -d keys/",
    "zmqcli monitor dea": "zmqcli monitor dealer ",
    "seq 3 | zmqcli pus": "seq 3 | zmqcli push ",
}
LISTED = {
    "zmqcli sub -O \t": ["jsonl", "hexdump", "pretty"],
    "zmqcli sub -o rcv\t": ["RCVHWM=", "RCVBUF="],  # the first Tab makes it RCV
    "zmqcli \t": ["push", "monitor", "router"],
}


@pytest.fixture
def place(short_dir: Path) -> Iterator[Path]:
    """Return a directory with a file, a socket, and a home where endpoints have been used before."""
    state = short_dir / "home" / "state" / "zmqcli"
    state.mkdir(parents=True)
    (state / "endpoints").write_text(HISTORY)
    folder = short_dir / "work"
    (folder / "keys").mkdir(parents=True)
    (folder / "question.txt").write_text("?")
    (folder / "two words").mkdir()
    (folder / "two words" / "a file").touch()
    with socket.socket(socket.AF_UNIX) as queue:
        queue.bind(str(folder / "queue.sock"))
        yield folder


@pytest.mark.parametrize("shell", FILES)
def test_tab_in_a_real_shell(zmqcli: Zmqcli, place: Path, shell: str) -> None:
    need(shell)
    zmqcli("completions", "install", shell).ok()
    terminal = Shell(shell, zmqcli.environment, place)
    try:
        assert {typed: terminal.completed(typed) for typed in COMPLETED} == COMPLETED
        for typed, words in LISTED.items():
            terminal.offers(typed, *words)
    finally:
        terminal.close()


@pytest.mark.parametrize("shell", ["bash", "zsh"])  # fish expands a * in quotes before it asks anybody
def test_tab_in_quotes(zmqcli: Zmqcli, place: Path, shell: str) -> None:
    need(shell)
    zmqcli("completions", "install", shell).ok()
    terminal = Shell(shell, zmqcli.environment, place)
    try:
        assert terminal.completed("zmqcli pull -b 'tcp://*:5") == "zmqcli pull -b 'tcp://*:5556' "
        assert terminal.completed('zmqcli push "a b" --fi') == 'zmqcli push "a b" --file '
    finally:
        terminal.close()


@pytest.mark.parametrize("shell", ["zsh", "fish"])  # bash has no words on what it offers
def test_help_beside_an_offer_is_shown_as_it_is(zmqcli: Zmqcli, place: Path, shell: str) -> None:
    need(shell)
    zmqcli("completions", "install", shell).ok()
    terminal = Shell(shell, zmqcli.environment, place)
    try:
        terminal.offers("zmqcli push --de\t", r"default \n; escapes")
    finally:
        terminal.close()


@pytest.mark.parametrize("shell", FILES)
def test_the_file_is_what_the_program_prints(zmqcli: Zmqcli, shell: str) -> None:
    assert zmqcli("completions", shell).ok().stdout == FILES[shell].read_bytes()


@pytest.mark.parametrize("shell", FILES)
def test_install_says_what_it_did_and_does_it_once(zmqcli: Zmqcli, shell: str) -> None:
    file = Path(zmqcli.environment["HOME"], INSTALLED[shell])
    zmqcli.environment["SHELL"] = f"/usr/bin/{shell}"

    first = zmqcli("completions", "install").ok()
    again = zmqcli("completions", "install").ok()

    assert file.read_bytes() == FILES[shell].read_bytes()
    assert f"wrote {file}" in first.stderr
    assert "up to date" in again.stderr
    assert first.stdout == again.stdout == b""


def test_an_unknown_shell_is_named(zmqcli: Zmqcli) -> None:
    zmqcli("completions", "tcsh").error(2, "tcsh")
    zmqcli.environment["SHELL"] = "/bin/tcsh"
    zmqcli("completions", "install").error(2, "tcsh", "zmqcli completions install bash")
    zmqcli("completions", "bash", "zsh").error(2, "zmqcli completions install zsh")


def test_zsh_finds_the_file_by_its_first_line() -> None:
    assert FILES["zsh"].read_text().startswith("#compdef zmqcli\n")


@pytest.mark.parametrize(
    ("words", "first"),
    [(["push", "-f", ""], "files"), (["keygen", "-d", ""], "directories"), (["sub", "-s", ""], "words")],
)
def test_the_first_line_says_what_to_list(words: list[str], first: str) -> None:
    assert answer(words, {})[0] == first


def test_a_bare_tab_shows_long_options_and_a_hyphen_all() -> None:
    assert "--bind\t" in "\n".join(answer(["pull", ""], {}))
    assert not [line for line in answer(["pull", ""], {}) if line.startswith("-b\t")]
    assert [line for line in answer(["pull", "-"], {}) if line.startswith("-b\t")]


def test_nothing_is_said_when_the_answer_cannot_be_had(capsys: pytest.CaptureFixture[str]) -> None:
    table = sys.modules["zmqcli.completion.answer"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "read", lambda: 1 / 0)
        assert main(["su"]) == 1

    assert capsys.readouterr() == ("", "")
