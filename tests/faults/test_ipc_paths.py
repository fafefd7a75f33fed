"""Binding ipc never destroys what is there, and leaves nothing behind."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

import pytest

from tests.faults.support import scaled, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.support import Actor
    from tests.support.processes import Zmqcli

RACES = scaled(5, 50)


def test_a_regular_file_stays(zmqcli: Zmqcli, short_dir: Path) -> None:
    path = short_dir / "s"
    path.write_bytes(b"precious")
    zmqcli("pull", "-q", "-b", f"ipc://{path}").error(1, str(path), "not a socket")

    assert path.read_bytes() == b"precious"


def test_a_directory_stays(zmqcli: Zmqcli, short_dir: Path) -> None:
    path = short_dir / "s"
    path.mkdir()
    zmqcli("pull", "-q", "-b", f"ipc://{path}").error(1, str(path), "directory")

    assert path.is_dir()


def test_a_link_to_a_file_stays(zmqcli: Zmqcli, short_dir: Path) -> None:
    (short_dir / "file").write_bytes(b"precious")
    (short_dir / "s").symlink_to("file")
    zmqcli("pull", "-q", "-b", f"ipc://{short_dir}/s").error(1, "link")

    assert (short_dir / "s").read_bytes() == b"precious"


def test_a_live_socket_stays(zmqcli: Zmqcli, actors: Callable[[], Actor], short_dir: Path) -> None:
    owner, client = actors(), actors()
    endpoint = owner.open("PULL", bind=f"ipc://{short_dir}/s")
    zmqcli("pull", "-q", "-b", endpoint).error(1, endpoint, "in use")

    client.open("PUSH", connect=endpoint)
    client.send(10)
    assert owner.take(10).complete(10)


def test_a_stale_socket_is_replaced(zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(short_dir / "s"))
    pull = zmqcli.start("pull", "-b", f"ipc://{short_dir}/s", "-n", "10", ready=True)
    actor.open("PUSH", connect=pull.endpoint)
    actor.send(10)

    assert len(pull.finish().ok().lines) == 10
    assert not (short_dir / "s").exists()


def test_of_two_that_bind_at_once_one_wins(zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
    for race in range(RACES):
        endpoint = f"ipc://{short_dir}/{race}"
        both = [zmqcli.start("pull", "-q", "-b", endpoint, "-n", "10") for _ in range(2)]
        until(both[0], lambda both=both: not (both[0].running and both[1].running), "a loser")  # type: ignore[misc] # of the lambda
        actor.open("PUSH", name=str(race), connect=endpoint)
        actor.send(10, name=str(race))
        results = sorted((process.finish() for process in both), key=lambda result: result.code)

        assert [result.code for result in results] == [0, 1], results
        assert len(results[0].lines) == 10
        results[1].error(1, endpoint, "in use")
        assert not (short_dir / str(race)).exists()


@pytest.mark.parametrize("how", ["its end", "SIGTERM", "SIGINT", "a closed stdout"])
def test_the_file_goes_with_the_command(zmqcli: Zmqcli, actor: Actor, short_dir: Path, how: str) -> None:
    path = short_dir / "s"
    pull = zmqcli.start("pull", "-b", f"ipc://{path}", "-n", "1", ready=True)
    endpoint = pull.endpoint
    assert path.is_socket()
    if how == "its end":
        actor.open("PUSH", connect=endpoint)
        actor.send(1)
        pull.finish().ok()
    elif how == "a closed stdout":
        pull.close_stdout()
        pull.finish().ended(141)
    else:
        pull.stop(signal.Signals[how]).ended(143 if how == "SIGTERM" else 130)

    assert not path.exists()


def test_a_file_that_became_anothers_stays(zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
    path = short_dir / "s"
    pull = zmqcli.start("pull", "-b", f"ipc://{path}", ready=True)
    endpoint = pull.endpoint
    actor.open("PULL", bind=endpoint)  # libzmq takes the path from whoever has it
    pull.stop().ended(143)

    assert path.is_socket()
