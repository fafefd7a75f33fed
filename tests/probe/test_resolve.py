"""Where an endpoint leads: addresses of names, and what is at a path."""

from __future__ import annotations

import signal
import socket
import threading
from typing import TYPE_CHECKING, NoReturn

import pytest

from zmqcli.errors import Stopped, ZmqcliError
from zmqcli.probe.deadline import Deadline
from zmqcli.probe.resolve import check_path, resolve

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.outside import Outside


@pytest.fixture
def deadline(outside: Outside) -> Deadline:
    return Deadline(outside.environment, 5.0, watch_output=False)


@pytest.mark.parametrize(("host", "text"), [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")])
def test_an_address_is_itself(deadline: Deadline, host: str, text: str) -> None:
    (address,) = resolve(host, 80, deadline)

    assert (address.text, address.is_ipv6) == (text, ":" in host)


@pytest.mark.parametrize("host", ["no.such.name.invalid", "x" * 70])
def test_a_name_nobody_has(deadline: Deadline, host: str) -> None:
    with pytest.raises(ZmqcliError, match="does not resolve"):
        resolve(host, 80, deadline)


def test_a_resolver_that_hangs_is_left_behind(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang(*_: object, **__: object) -> NoReturn:
        over.wait()
        raise OSError("over")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(ZmqcliError, match="not resolved within 50ms"):
        resolve("slow", 80, Deadline(outside.environment, 0.05, watch_output=False))
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(Stopped):
        resolve("slow", 80, Deadline(outside.environment, 5, watch_output=False))
    over.set()


def test_a_path_that_may_be_connected_to(short_dir: Path) -> None:
    path = short_dir / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))

    assert check_path(str(path)).where == bytes(path)
    assert check_path("@name")[:2] == (socket.AF_UNIX, b"\0name")


def test_a_path_that_may_not(short_dir: Path) -> None:
    (short_dir / "file").touch()
    for name, what in {
        "missing": "there is no",
        "none/x": "there is no directory",
        "file": "is not a socket but a file",
        ".": "is not a socket but a directory",
        "file/x": "there is no directory",
    }.items():
        with pytest.raises(ZmqcliError, match=what):
            check_path(f"{short_dir}/{name}")
