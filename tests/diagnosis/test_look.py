"""What can be known about names, paths and ports without connecting to them."""

from __future__ import annotations

import os
import resource
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.peers import free_port
from zmqcli.diagnosis.facts import Evidence
from zmqcli.diagnosis.look import find_listener, look_at_name, look_at_path, out_of_descriptors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


# Names and paths


def addresses(*families: int) -> Callable[..., list[Any]]:
    return lambda *_, **__: [(family,) for family in families]


def test_a_name_and_its_families() -> None:
    def unknown(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror

    endpoint = "tcp://host:5555"
    assert look_at_name(endpoint, ipv6=False, resolve=unknown) == Evidence(resolves=False)
    for families, ipv6, fits in [
        ([socket.AF_INET6], False, False),
        ([socket.AF_INET6], True, True),
        ([socket.AF_INET, socket.AF_INET6], False, True),
    ]:
        found = look_at_name(endpoint, ipv6=ipv6, resolve=addresses(*families))
        assert found == Evidence(resolves=True, fits_family=fits)
    assert look_at_name("tcp://nobody.invalid:1", ipv6=False).resolves is False
    assert look_at_name("tcp://127.0.0.1:0;127.0.0.1:1", ipv6=False).resolves


def test_paths(short_dir: Path) -> None:
    path = short_dir / "x"
    assert look_at_path(f"ipc://{path}") == "missing"
    path.touch()
    assert look_at_path(f"ipc://{path}") == "not a socket"
    path.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    assert look_at_path(f"ipc://{path}") == "stale"
    assert look_at_path(f"ipc://{path}/below") == "missing"
    assert not look_at_path("ipc://@name")


@pytest.mark.skipif(os.getuid() == 0, reason="to root nothing is forbidden")
def test_forbidden_paths(short_dir: Path) -> None:
    path = short_dir / "x"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    path.chmod(0)
    assert look_at_path(f"ipc://{path}") == "forbidden"
    short_dir.chmod(0)
    assert look_at_path(f"ipc://{path}") == "forbidden"
    short_dir.chmod(0o700)


def test_what_listens_in_the_other_family_is_found_without_connecting_to_it() -> None:
    for host, family, ours, shown in [
        ("::1", socket.AF_INET6, "127.0.0.1", "[::1]"),
        ("::1", socket.AF_INET6, "localhost", "[::1]"),
        ("::", socket.AF_INET6, "127.0.0.1", "[::1]"),
        ("127.0.0.1", socket.AF_INET, "[::1]", "127.0.0.1"),
        ("0.0.0.0", socket.AF_INET, "[::1]", "127.0.0.1"),  # noqa: S104 # of a test
    ]:
        with socket.create_server((host, 0), family=family) as listener:
            port = listener.getsockname()[1]
            assert find_listener(f"tcp://{ours}:{port}") == Evidence(elsewhere=f"tcp://{shown}:{port}")
            assert find_listener(f"tcp://192.0.2.1:{port}") == Evidence()
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.accept()
    assert find_listener(f"tcp://127.0.0.1:{free_port()}") == Evidence()


def test_no_descriptor_is_left() -> None:
    assert not out_of_descriptors()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        assert out_of_descriptors()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
