"""The guard around an ipc bind: nothing is destroyed, one of many wins, and no file is left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import zmq

from zmqcli.errors import ExitCode, ZmqcliError
from zmqcli.sockets.ipc import claim

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 20
RACERS = 5


def refusal(path: Path) -> str:
    with pytest.raises(ZmqcliError) as caught, claim(f"ipc://{path}"):
        pytest.fail("claimed")
    assert caught.value.exit_code is ExitCode.RUNTIME
    line = str(caught.value)
    assert line.startswith(f"cannot bind ipc://{path} (")
    assert len(line.splitlines()) == 1
    return line


def listen(path: Path, kind: socket.SocketKind = socket.SOCK_STREAM, backlog: int = 5) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, kind)
    listener.bind(str(path))
    if kind is not socket.SOCK_DGRAM:
        listener.listen(backlog)
    return listener


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count is all


def test_a_file_a_directory_and_a_link_stay_what_they_are(short_dir: Path) -> None:
    file, directory, link = short_dir / "file", short_dir / "directory", short_dir / "link"
    file.write_text("precious")
    directory.mkdir()
    link.symlink_to(file)
    before = open_descriptors()
    assert "it exists and is not a socket but a file); remove it" in refusal(file)
    assert "not a socket but a directory" in refusal(directory)
    assert "not a socket but a symbolic link" in refusal(link)
    assert file.read_text() == "precious"
    assert link.is_symlink()
    assert open_descriptors() == before


def test_a_live_socket_is_in_use(short_dir: Path) -> None:
    path = short_dir / "live"
    with listen(path):
        inode = path.stat().st_ino
        assert "(address in use); see who has it: ss -xlp src " in refusal(path)
    assert path.stat().st_ino == inode


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only a connection can tell")
@pytest.mark.parametrize("name", ["in", "./in", ""])
def test_a_live_socket_does_not_notice_that_it_was_asked_for(
    name: str, short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(short_dir)
    path = short_dir / "in"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name or str(path))
        listener.listen()
        monkeypatch.chdir("/")
        assert "address in use" in refusal(path)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_where_the_kernel_does_not_tell_a_connection_is_tried(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_NETLINK", raising=False)  # as on other systems
    path = short_dir / "in"
    with listen(path) as listener:
        assert "address in use" in refusal(path)
        listener.accept()[0].close()
    with claim(f"ipc://{path}"):
        assert not path.exists()


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_SEQPACKET])
def test_a_live_socket_of_another_kind_is_in_use_too(short_dir: Path, kind: socket.SocketKind) -> None:
    with listen(short_dir / "other", kind):
        assert "(address in use)" in refusal(short_dir / "other")


def test_a_listener_that_accepts_nothing_is_in_use_and_does_not_hang_the_claim(short_dir: Path) -> None:
    path = short_dir / "full"
    with listen(path, backlog=0), ExitStack() as waiting:
        for _ in range(3):
            client = waiting.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            client.connect_ex(str(path))
        assert "(address in use)" in refusal(path)


def test_a_live_libzmq_socket_is_in_use_and_goes_on_working(short_dir: Path) -> None:
    address = f"ipc://{short_dir / 'zmq'}"
    with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        push.linger = 0
        pull.bind(address)
        assert "(address in use)" in refusal(short_dir / "zmq")
        push.connect(address)
        push.send(b"still here")
        assert pull.poll(2000)
        assert pull.recv() == b"still here"


def test_a_stale_socket_makes_way(short_dir: Path) -> None:
    path = short_dir / "stale"
    listen(path).close()
    with claim(f"ipc://{path}") as claimed:
        assert not path.exists()
        with listen(path):
            claimed.bound()
    claimed.release()
    assert not path.exists()


def test_the_file_is_removed_at_the_end_only_if_it_is_still_ours(short_dir: Path) -> None:
    path = short_dir / "x"
    with claim(f"ipc://{path}") as claimed, listen(path):
        claimed.bound()
    path.unlink()
    with listen(path):  # somebody else's now, very likely of the same inode number were the old one not held
        claimed.release()
        assert path.exists()
    claimed.release()  # a second time does nothing


def test_a_claim_without_a_bind_leaves_everything_alone(short_dir: Path) -> None:
    before = open_descriptors()
    with claim(f"ipc://{short_dir / 'x'}") as claimed:
        pass
    claimed.release()
    with pytest.raises(ValueError, match="bind failed"), claim(f"ipc://{short_dir / 'x'}"):
        raise ValueError("bind failed")
    assert open_descriptors() == before
    assert not list(short_dir.iterdir())


def test_a_missing_directory_and_a_directory_as_path(short_dir: Path) -> None:
    missing = short_dir / "no" / "x"
    assert f"(there is no directory {missing.parent}); make it: mkdir -p {missing.parent}" in refusal(missing)
    file = short_dir / "file"
    file.touch()
    assert f"({file} is not a directory)" in refusal(file / "x")
    with pytest.raises(ZmqcliError, match="it is a directory"), claim(f"ipc://{short_dir}/"):
        pass


def test_a_directory_that_may_not_be_written_to_is_named(short_dir: Path) -> None:
    directory = short_dir / "ro"
    directory.mkdir(mode=0o555)
    short_dir.chmod(0o755)
    program = (
        "import os, sys\nfrom zmqcli.sockets.ipc import claim\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"  # root may write anywhere
        "try:\n with claim('ipc://' + sys.argv[1]): pass\n"
        "except Exception as error: print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", program, directory / "x"], capture_output=True, text=True, check=True)
    assert run.stdout == f"cannot bind ipc://{directory}/x (permission denied); {directory} must be writable\n"


def test_a_relative_path_is_found_again_after_a_change_of_directory(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(short_dir)
    with claim("ipc://x") as claimed, listen(short_dir / "x"):
        claimed.bound()
    monkeypatch.chdir("/")
    claimed.release()
    assert not (short_dir / "x").exists()


@pytest.mark.parametrize("address", ["ipc://@name", "ipc://*", "tcp://127.0.0.1:1", "inproc://x"])
def test_what_makes_no_file_is_not_guarded(address: str) -> None:
    with claim(address) as claimed:
        claimed.bound()
    claimed.release()


def test_a_directory_kept_locked_by_another_program_ends_the_wait(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zmqcli.sockets.ipc.LOCK_SECONDS", 0.05)
    with claim(f"ipc://{short_dir / 'a'}"):
        assert "another program keeps its directory locked" in refusal(short_dir / "b")
    with claim(f"ipc://{short_dir / 'b'}"):
        pass


RACER = """
import sys, time, zmq
from zmqcli.errors import ZmqcliError
from zmqcli.sockets.ipc import claim
context = zmq.Context()
print("ready", flush=True)
for line in sys.stdin:
    start, address = line.split()
    with context.socket(zmq.PULL) as socket:
        while time.time() < float(start):
            pass
        claimed = claim(address)
        try:
            with claimed:
                socket.bind(address)
                claimed.bound()
            print("bound", flush=True)
        except ZmqcliError as error:
            print(error.why, flush=True)
        sys.stdin.readline()
    claimed.release()
    print("released", flush=True)
"""


def test_of_many_processes_that_bind_one_path_exactly_one_wins(short_dir: Path) -> None:
    with ExitStack() as stack:
        racers: list[subprocess.Popen[str]] = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", RACER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
                )
            )
            for _ in range(RACERS)
        ]
        for racer in racers:
            stack.callback(racer.kill)

        def answers() -> list[str]:
            return [line.strip() for racer in racers if racer.stdout for line in [racer.stdout.readline()]]

        def tell(text: str) -> None:
            for racer in racers:
                assert racer.stdin
                racer.stdin.write(text)

        assert answers() == ["ready"] * RACERS
        for number in range(ROUNDS):
            path = short_dir / str(number)
            if number % 2:  # the losers of a race for a stale socket must not take the winner's for it
                listen(path).close()
            tell(f"{time.time() + 0.02} ipc://{path}\n")
            assert sorted(answers()) == ["address in use"] * (RACERS - 1) + ["bound"], f"round {number}"
            tell("end\n")
            assert answers() == ["released"] * RACERS
            assert not path.exists()
