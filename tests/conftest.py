"""Fixtures for all tests. What they hand out stands in `tests/support/`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.connections import Connections
from tests.support.in_process import InProcess
from tests.support.links import TRANSPORTS, Transport, any_endpoint, known_endpoint
from tests.support.outside import outside
from tests.support.peers import Peers
from tests.support.processes import Zmqcli

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["outside"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start zmqcli processes, so that `-m 'not process'` runs the others alone."""
    for item in items:
        if "zmqcli" in getattr(item, "fixturenames", ()):
            item.add_marker("process")


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """Return a new directory whose path leaves room for a name in the 107 bytes of an ipc endpoint."""
    with tempfile.TemporaryDirectory(prefix="zq", dir="/tmp") as path:
        yield Path(path)


@pytest.fixture
def zmqcli(short_dir: Path) -> Iterator[Zmqcli]:
    """Return the installed command; what a test starts with it is gone when the test ends."""
    command = Zmqcli(short_dir)
    yield command
    command.close()


@pytest.fixture
def in_process(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """Return what runs a command line within the test, as in a new directory of its own."""
    monkeypatch.chdir(short_dir)
    return InProcess(short_dir)


@pytest.fixture
def peers(short_dir: Path) -> Iterator[Peers]:
    """Return plain pyzmq peers; a test fails when it leaves a socket open that is not theirs."""
    made = Peers(short_dir)
    yield made
    made.close()


@pytest.fixture
def connections() -> Iterator[Connections]:
    """Return what makes connections, and closes them when the test ends."""
    made = Connections()
    yield made
    made.close()


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Transport:
    """Return each transport of the main job in turn."""
    name: Transport = request.param
    return name


@pytest.fixture
def endpoint(transport: Transport, short_dir: Path) -> str:
    """Return an endpoint to bind; on tcp its port is 0, so ask who bound it for the real one."""
    return any_endpoint(transport, short_dir)


@pytest.fixture
def late_endpoint(transport: Transport, short_dir: Path) -> str:
    """Return an endpoint to connect to before anybody has bound it."""
    return known_endpoint(transport, short_dir)
