"""Plain connections: how they fail to come to be, and that no wait outlasts its deadline."""

from __future__ import annotations

import errno
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from tests.support.peers import free_port
from zmqcli.errors import OutputClosed, Stopped, ZmqcliError
from zmqcli.probe.deadline import Deadline
from zmqcli.probe.plain_connection import Wire, _refusal, listen_locally
from zmqcli.probe.resolve import Address, check_path

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.outside import Outside


@pytest.fixture
def deadline(outside: Outside) -> Deadline:
    return Deadline(outside.environment, 5.0)


def address(port: int) -> Address:
    return Address(socket.AF_INET, ("127.0.0.1", port), f"127.0.0.1:{port}")


def test_bytes_come_and_go(deadline: Deadline) -> None:
    with listen_locally() as listener:
        ours = Wire.connect(address(listener.getsockname()[1]), deadline)
        theirs = Wire.accept(listener, deadline)
        theirs.send(b"hello")

        assert ours.receive()
        assert ours.drop(2) == b"he"
        assert ours.data == b"llo"
        assert not ours.receive(0.0)
        assert not ours.over
        theirs.close()
        assert not ours.receive()
        assert ours.over
        ours.send(b"to nobody" * 100)
        ours.close()


def test_a_refused_port(deadline: Deadline) -> None:
    with pytest.raises(ZmqcliError, match="nothing listens"):
        Wire.connect(address(free_port()), deadline)


def test_a_left_over_socket_file(deadline: Deadline, short_dir: Path) -> None:
    path = f"{short_dir}/stale"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)

    with pytest.raises(ZmqcliError, match=r"nobody listens on .* left-over"):
        Wire.connect(check_path(path), deadline)


def test_another_kind_of_unix_socket(deadline: Deadline, short_dir: Path) -> None:
    path = f"{short_dir}/datagrams"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(path)
        with pytest.raises(ZmqcliError, match="no stream socket"):
            Wire.connect(check_path(path), deadline)


def test_a_full_backlog_is_waited_for_and_not_for_ever(outside: Outside, short_dir: Path) -> None:
    path = f"{short_dir}/busy"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(0)
        waiting: list[Wire] = []

        def fill() -> None:
            while len(waiting) < 100:
                waiting.append(Wire.connect(check_path(path), Deadline(outside.environment, 0.05)))

        with pytest.raises(ZmqcliError, match="takes no more connections"):
            fill()
    for wire in waiting:
        wire.close()


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (errno.ETIMEDOUT, "did not answer within 5s"),
        (errno.EACCES, "may not connect"),
        (errno.EHOSTUNREACH, "no route to host"),
        (errno.ENETUNREACH, "network is unreachable"),
    ],
)
def test_what_cannot_be_provoked_here(deadline: Deadline, code: int, what: str) -> None:
    assert what in str(_refusal(code, address(1), deadline))


def test_the_process_behind_a_unix_socket(deadline: Deadline, short_dir: Path) -> None:
    path = f"{short_dir}/socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        wire = Wire.connect(check_path(path), deadline)

        assert wire.process.startswith("pid ")
        wire.close()


def test_a_signal_and_the_end_of_stdout_end_a_wait(outside: Outside) -> None:
    outside.close_output()
    with pytest.raises(OutputClosed):
        Deadline(outside.environment, 5.0).wait()
    deadline = Deadline(outside.environment, 0.01, watch_output=False)
    assert not deadline.wait()
    assert deadline.left == 0
    signal.raise_signal(signal.SIGTERM)
    with pytest.raises(Stopped):
        deadline.wait()
