"""More connections than the limit on open descriptors has room for: nobody spins, aborts or goes deaf."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from select import select
from typing import TYPE_CHECKING

import pytest

from tests.faults.support import SOAK, cpu_seconds, in_shell, resident, until
from tests.support.links import any_endpoint
from tests.support.raw_peer import RawPeer, dial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.support import Actor
    from tests.support.links import Transport
    from tests.support.processes import Argument, Process, Zmqcli

LIMITS = (64, 256)
CONNECTIONS = 2000
GROWTH = 8 << 20
LEFT = 8
"""Of the descriptors kept free by a limit of some 60; the first message once left 1."""
REFUSED = "new connections are refused until others leave (too many open files, the limit is"
COMMANDS = {
    "pull": ["pull", "-b", "{}"],
    "rep": ["rep", "-b", "{}", "--echo"],
    "pub": ["pub", "-b", "{}", "-n", "100", "-i", "1s", "x"],
    "proxy": ["proxy", "queue", "--frontend", "{}", "--backend", "{}.backend"],
    "tap": ["proxy", "streamer", "--tap", "--frontend", "{}", "--backend", "{}.backend"],
    "monitor": ["monitor", "pull", "-b", "{}"],
}


class Flood:
    """Connections that say nothing."""

    def __init__(self) -> None:
        self._open: list[socket.socket] = []

    def connect(self, endpoint: str, count: int) -> None:
        """Make so many, those refused by a full backlog of ipc included."""
        for _ in range(count):
            with contextlib.suppress(BlockingIOError):
                one = socket.socket(socket.AF_UNIX if endpoint.startswith("ipc:") else socket.AF_INET)
                self._open.append(one)
                one.setblocking(False)
                host, _, port = endpoint.partition("://")[2].rpartition(":")
                one.connect(endpoint.removeprefix("ipc://") if endpoint.startswith("ipc:") else (host, int(port)))

    def end(self) -> None:
        """Close them all."""
        for one in self._open:
            one.close()
        self._open.clear()


@pytest.fixture
def flood() -> Iterator[Flood]:
    """Return what makes many connections, and closes them when the test ends."""
    made = Flood()
    yield made
    made.end()


def start(zmqcli: Zmqcli, transport: Transport, limit: int, *argv: Argument) -> tuple[Process, str]:
    """Start a command with so many descriptors; return it and the endpoint that it listens on."""
    ready, endpoint = zmqcli.directory / "ready", any_endpoint(transport, zmqcli.directory)
    other = any_endpoint(transport, zmqcli.directory).replace("/socket", "/backend")
    words = [str(word).replace("{}.backend", other).replace("{}", endpoint) for word in argv]
    watches = words[0] == "monitor"
    if not watches:
        words += ["--ready-file", str(ready)]
    process = in_shell(zmqcli, f'ulimit -n {limit}; exec "$@"', *words, stdin="pipe")
    if watches:
        return process, process.wait_stderr("bound ").split("bound ")[1].strip()
    until(process, ready.exists, "readiness")
    return process, ready.read_text().split()[0]


def sleeps(process: Process) -> bool:
    """Whether a process takes hardly any processor time, once it is through with what has come."""
    for _ in range(20):
        before = cpu_seconds(process)
        with contextlib.suppress(AssertionError):  # nothing is to come: this is how long to look
            until(process, lambda: False, "nothing", 0.5)
        if cpu_seconds(process) - before < 0.1:
            return True
    return False


@pytest.mark.parametrize(
    ("name", "limit"),
    [(name, limit) for name in COMMANDS for limit in (LIMITS if SOAK or name == "pull" else LIMITS[:1])],
)
def test_too_many_connections(zmqcli: Zmqcli, transport: Transport, flood: Flood, name: str, limit: int) -> None:
    process, endpoint = start(zmqcli, transport, limit, *COMMANDS[name])
    before = resident(process)
    flood.connect(endpoint, CONNECTIONS)
    process.wait_stderr(REFUSED)

    assert sleeps(process)
    assert resident(process) - before < GROWTH
    result = process.stop().ended(143)
    assert result.stderr.count(REFUSED) == 1
    assert not Path(endpoint.removeprefix("ipc://")).exists()


@pytest.mark.parametrize("limit", [62, 64])
def test_a_message_leaves_room_to_accept(zmqcli: Zmqcli, limit: int) -> None:
    push, endpoint = start(zmqcli, "ipc", limit, "push", "-b", "{}")
    takers = [RawPeer(dial(endpoint)) for _ in range(30)]
    for taker in takers[:10]:
        taker.join("PULL")
    push.wait_stderr(REFUSED)
    push.write(b"one\n")
    until(push, lambda: any(select([taker.sock for taker in takers[:10]], [], [], 0)[0]), "the message")
    takers += [RawPeer(dial(endpoint)) for _ in range(10)]

    assert sleeps(push)
    assert limit - len(list(Path(f"/proc/{push.pid}/fd").iterdir())) >= LEFT
    for taker in takers:
        taker.die()
    push.stop().ended(143)


@pytest.mark.parametrize("limit", LIMITS)
def test_room_again_after_too_many_connections(
    zmqcli: Zmqcli, transport: Transport, flood: Flood, actor: Actor, limit: int
) -> None:
    pull, endpoint = start(zmqcli, transport, limit, "pull", "-b", "{}", "-n", "3")
    flood.connect(endpoint, CONNECTIONS)
    pull.wait_stderr(REFUSED)
    flood.end()
    actor.open("PUSH", connect=endpoint)
    actor.send(3)

    assert len(pull.finish().ok().lines) == 3


def test_those_that_are_in_do_not_notice(zmqcli: Zmqcli, transport: Transport, flood: Flood, actor: Actor) -> None:
    pull, endpoint = start(zmqcli, transport, 64, "pull", "-b", "{}", "-n", "2000")
    actor.open("PUSH", connect=endpoint)
    actor.send(1)
    assert pull.read_line()
    flood.connect(endpoint, CONNECTIONS)
    pull.wait_stderr(REFUSED)
    actor.send(1999, first=1)

    assert len(pull.finish().ok().lines) == 1999
