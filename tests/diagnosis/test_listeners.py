"""What the kernel tells about listeners, held against real ones; each question leaves them alone."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.peers import free_port
from zmqcli.diagnosis import listeners
from zmqcli.diagnosis.listeners import file_has_listener, tcp_listeners

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")


@pytest.mark.parametrize(
    ("host", "family"),
    [
        ("127.0.0.1", socket.AF_INET),
        ("0.0.0.0", socket.AF_INET),  # noqa: S104 # of a test
        ("::1", socket.AF_INET6),
        ("::", socket.AF_INET6),
    ],
)
def test_a_tcp_listener_and_its_address(host: str, family: int) -> None:
    with socket.create_server((host, 0), family=family) as listener:
        (found,) = tcp_listeners(listener.getsockname()[1])

        assert found.host == host
        assert str(Path(f"/proc/self/fd/{listener.fileno()}").readlink()) == f"socket:[{found.inode}]"
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_an_ipv4_address_of_an_ipv6_socket_is_shown_as_one() -> None:
    with socket.socket(socket.AF_INET6) as listener:
        listener.bind(("::ffff:127.0.0.1", 0))
        listener.listen()

        assert [found.host for found in tcp_listeners(listener.getsockname()[1])] == ["127.0.0.1"]


def test_a_connection_is_no_tcp_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), listener.accept()[0]:
            listener.close()
            assert tcp_listeners(port) == []
    assert tcp_listeners(free_port()) == []


@pytest.mark.parametrize("name", ["x", "./x", ""])
def test_a_socket_file_with_a_listener(name: str, short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However its program has named it, also by a path that means something else elsewhere."""
    monkeypatch.chdir(short_dir)
    path = short_dir / "x"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name or str(path))
        assert not file_has_listener(path.stat())
        listener.listen()
        monkeypatch.chdir("/")

        assert file_has_listener(path.stat())
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_socket_file_whose_listener_is_gone(short_dir: Path) -> None:
    path = short_dir / "x"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(str(path))
        listener.listen()
        client.connect(str(path))
        with listener.accept()[0]:  # has the listener's name, and goes on without it
            listener.close()
            assert not file_has_listener(path.stat())


def test_a_new_file_in_the_place_of_one_with_a_listener(short_dir: Path) -> None:
    path = short_dir / "x"
    with socket.socket(socket.AF_UNIX) as robbed, socket.socket(socket.AF_UNIX) as stale:
        robbed.bind(str(path))
        robbed.listen()
        path.unlink()
        stale.bind(str(path))
        stale.close()
        assert not file_has_listener(path.stat())


def test_among_more_listeners_than_one_answer_of_the_kernel_holds(short_dir: Path) -> None:
    many = [socket.socket(socket.AF_UNIX) for _ in range(600)]
    try:
        for number, listener in enumerate(many):
            listener.bind(str(short_dir / str(number)))
            listener.listen()
        assert all(file_has_listener((short_dir / str(number)).stat()) for number in (0, 299, 599))
    finally:
        for listener in many:
            listener.close()


def test_where_the_kernel_does_not_tell_nothing_is_found(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = short_dir / "x"

    def refuse(*_: object, **__: object) -> Any:
        raise OSError

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        monkeypatch.setattr(socket, "socket", refuse)
        assert not file_has_listener(path.stat())
    monkeypatch.setattr(listeners, "open", refuse, raising=False)
    assert tcp_listeners(1) == []
