"""Files are written whole or not at all, and nobody else's file is ever written to."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.faults.support import in_shell
from zmqcli.files import write_new, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Zmqcli


def test_a_file_is_replaced_with_the_usual_mode(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    umask = os.umask(0o027)
    try:
        write_whole(str(path), b"new")
    finally:
        os.umask(umask)

    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(tmp_path) == ["x"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "link").symlink_to("precious")
    write_whole(str(tmp_path / "link"), b"new")

    assert (tmp_path / "link").read_text() == "new"
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_new_file_does_not_follow_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        write_new(str(tmp_path / "link"), b"new")
    assert names(tmp_path) == ["link"]


def test_what_cannot_be_replaced_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "directory" / "x").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        write_whole(str(tmp_path / "directory"), b"new")
    assert names(tmp_path) == ["directory"]


def test_a_fifo_is_written_to_and_stays(zmqcli: Zmqcli, short_dir: Path) -> None:
    os.mkfifo(short_dir / "fifo")
    script = 'timeout 10 cat fifo & exec "$@"'
    done = in_shell(zmqcli, script, "pull", "-q", "-b", "./x", "-t", "0.1", "--ready-file", "fifo").finish()

    assert done.stdout == b"ipc://./x\n"
    assert stat.S_ISFIFO((short_dir / "fifo").stat().st_mode)


def test_an_open_descriptor_is_written_to(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb", buffering=0) as file:
        file.write(b"first ")
        write_whole(f"/proc/self/fd/{file.fileno()}", b"second")

    assert (tmp_path / "x").read_text() == "first second"
    assert names(tmp_path) == ["x"]


def test_a_ready_file_does_not_write_through_a_foreseen_link(zmqcli: Zmqcli, short_dir: Path) -> None:
    (short_dir / "precious").write_text("precious")
    # exec keeps the number of the process, so the shell knows it beforehand.
    script = 'for name in "r.$$" ".r.$$"; do ln -s precious "$name"; done; exec "$@"'
    in_shell(zmqcli, script, "pull", "-q", "-b", "./s", "-t", "0.1", "--ready-file", "r").finish().ended(124)

    assert (short_dir / "precious").read_text() == "precious"
    assert (short_dir / "r").read_text().endswith("/s\n")
    assert not (short_dir / "r").is_symlink()


def names(directory: Path) -> list[str]:
    """Return what is in a directory."""
    return sorted(path.name for path in directory.iterdir())


class Written(NamedTuple):
    """A command that writes a file, and where."""

    words: tuple[str, ...]
    directory: str
    code: int = 1


WRITERS = {
    "ready file": Written(("pull", "-q", "-b", "0", "--ready-file", "out/r"), "out"),
    "ready file of a proxy": Written(
        ("proxy", "pair", "-q", "--frontend", "0", "--backend", "0", "--ready-file", "out/r"), "out"
    ),
    "junit": Written(("run", "-q", "pub -b inproc://x -w 0 hello", "--junit", "out/r"), "out"),
    "keys": Written(("keygen", "-q", "-d", "out", "x"), "out"),
    "completions": Written(("completions", "install", "bash"), "home/data/bash-completion/completions"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_no_part_of_a_file(name: str, zmqcli: Zmqcli, short_dir: Path) -> None:
    words, directory, code = WRITERS[name]
    place = short_dir / directory
    place.mkdir(parents=True)
    (place / "r").write_text("old")

    # Not one byte may be written to a file: write(2) fails as on a full disk, with EFBIG for ENOSPC.
    in_shell(zmqcli, 'ulimit -f 0; exec "$@"', *words).finish().error(code, "cannot write", "file too large")

    assert names(place) == ["r"]
    assert (place / "r").read_text() == "old"


@pytest.mark.parametrize("step", ['stdin = "hello"', 'after = "y"\n[steps.y]\nrun = "pull -b inproc://y"'])
def test_a_full_disk_for_what_run_keeps(step: str, zmqcli: Zmqcli, short_dir: Path) -> None:
    (short_dir / "flow.toml").write_text(f'[steps.x]\nrun = "push -b inproc://x"\n{step}\n')
    done = in_shell(zmqcli, 'ulimit -f 0; exec "$@"', "run", "-q", "-f", "flow.toml").finish()
    done.error(1, "cannot", "TMPDIR")
