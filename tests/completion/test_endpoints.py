"""Endpoints that are offered."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from zmqcli.completion.endpoints import endpoints

if TYPE_CHECKING:
    from pathlib import Path

USED = """\
bind tcp://*:5556
connect tcp://broker:7000
connect tcp://127.0.0.1:5556
bind ipc:///run/x.sock
connect ipc://@name
connect ws://host:80/path
"""


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which endpoints have been used before."""
    (tmp_path / "zmqcli").mkdir()
    (tmp_path / "zmqcli" / "endpoints").write_text(USED)
    return {"XDG_STATE_HOME": str(tmp_path)}


@pytest.mark.parametrize(
    ("word", "connects", "binds"),
    [
        ("tcp://127.0.0.1:5", ["tcp://127.0.0.1:5556"], []),
        ("tcp://localhost:5", ["tcp://localhost:5556"], []),
        ("tcp://*:", [], ["tcp://*:5556"]),
        ("55", ["5556"], []),
        (":", [":5556"], []),
        ("local", ["localhost:5556"], []),
        ("bro", ["broker:7000"], []),
        ("/run/x", ["/run/x.sock"], ["/run/x.sock"]),
        ("ipc:///run/x", ["ipc:///run/x.sock"], ["ipc:///run/x.sock"]),
        ("@", ["@name"], []),
        ("ws", ["ws://host:80/path"], []),
        ("tcp://", ["tcp://127.0.0.1:5556", "tcp://broker:7000", "tcp://localhost:"], ["tcp://*:5556", "tcp://*:"]),
        ("nothing", [], []),
    ],
)
def test_those_used_before(variables: dict[str, str], word: str, connects: list[str], binds: list[str]) -> None:
    found = [text for text, _ in endpoints(word, variables, bind=False)]

    assert [text for text in found if text != "tcp://127.0.0.1:"] == connects
    assert [text for text, _ in endpoints(word, variables, bind=True)] == binds


def test_without_any_how_one_begins() -> None:
    assert list(endpoints("", {}, bind=False)) == [("tcp://", ""), ("ipc://", "")]
    assert list(endpoints("tcp://l", {}, bind=False)) == [("tcp://localhost:", "")]
    assert list(endpoints("tcp://", {}, bind=True)) == [("tcp://*:", "")]


def test_sockets_and_directories_but_no_files(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (short_dir / "folder").mkdir()
    (short_dir / ".hidden").mkdir()
    (short_dir / "file").touch()
    (short_dir / "loop").symlink_to("loop")
    (short_dir / "a\nb").mkdir()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(short_dir / "it.sock"))
    monkeypatch.chdir(short_dir)

    assert list(endpoints("./", {}, bind=True)) == [("./folder/", "directory"), ("./it.sock", "socket")]
    assert list(endpoints("ipc://./i", {}, bind=False)) == [("ipc://./it.sock", "socket")]
    assert list(endpoints(f"{short_dir}/.h", {}, bind=False)) == [(f"{short_dir}/.hidden/", "directory")]
    assert not list(endpoints("./nowhere/", {}, bind=False))
