"""What keeps the hot path fast, counted and not timed."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from tests.support.links import any_endpoint
from tests.support.peers import endpoint_of, free_port
from zmqcli.endpoint import parse_endpoint
from zmqcli.sockets.batches import BATCH_MESSAGES
from zmqcli.sockets.config import SocketConfig
from zmqcli.sockets.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

LINES = 20_000
LARGE = 128 << 20
"""Bytes of a frame that may be in memory once, not twice."""
ASKED: list[str] = []


class CountingSocket(zmq.Socket[bytes]):
    """A real socket that notes what it is asked."""

    def getsockopt(self, option: int) -> Any:
        ASKED.append("getsockopt")
        return super().getsockopt(option)

    get = getsockopt


class CountingContext(zmq.Context[CountingSocket]):
    _socket_class = CountingSocket


@pytest.fixture
def context() -> Iterator[CountingContext]:
    with CountingContext() as made:
        yield made


def of_process(process: Process, file: str, name: str) -> int:
    """Return a number that Linux keeps about a process (proc(5))."""
    for line in Path(f"/proc/{process.pid}/{file}").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise KeyError(name)


def test_a_batch_is_written_once(zmqcli: Zmqcli, peers: Peers) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    push = peers.socket(zmq.PUSH, options={zmq.SNDHWM: 0}, connect=endpoint)
    for number in range(LINES):
        push.send(b"%099d" % number)
    pull = zmqcli.start("pull", "-b", endpoint, ready=True)
    pull.read_lines(LINES)

    assert of_process(pull, "io", "syscw:") < LINES / 50
    pull.stop()


def test_no_socket_option_is_asked_for_each_message(context: CountingContext, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind=any_endpoint("tcp", Path()))
    endpoint = parse_endpoint(endpoint_of(pull), bind=False, transports=lambda _: True)
    connection = Connection(SocketConfig(type="PUSH", connects=[endpoint]), context)
    connection.open()
    ASKED.clear()
    assert connection.send_batch([[b"x"]] * BATCH_MESSAGES) == BATCH_MESSAGES

    assert len(ASKED) == 1  # EVENTS, once a batch
    for _ in range(BATCH_MESSAGES):
        pull.recv()
    connection.close(5.0)
    connection.peers.close()


def test_none_is_asked_when_receiving(context: CountingContext, peers: Peers) -> None:
    endpoint = parse_endpoint("tcp://127.0.0.1:0", bind=True, transports=lambda _: True)
    connection = Connection(SocketConfig(type="PULL", binds=[endpoint]), context)
    connection.open()
    push = peers.socket(zmq.PUSH, connect=connection.endpoints[0])
    for _ in range(BATCH_MESSAGES):
        push.send_multipart([b"topic", b"body"])
    left = BATCH_MESSAGES
    while left:
        connection.socket.poll(5000)
        ASKED.clear()
        batch, _ = connection.receive_batch()
        assert not ASKED
        assert not [frame for message in batch for frame in message if hasattr(frame, "__dict__")]  # the backend's own
        left -= len(batch)
    connection.close(0.0)
    connection.peers.close()


def test_what_a_batch_is_made_of_is_no_garbage_to_look_for(zmqcli: Zmqcli, peers: Peers) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    push = peers.socket(zmq.PUSH, options={zmq.SNDHWM: 0}, connect=endpoint)
    for _ in range(LINES):
        push.send(b"x")
    pull = zmqcli.start("pull", "-q", "-b", endpoint, "-e", "gc.get_stats()[0]['collections']", ready=True)
    counts = pull.read_lines(LINES)

    assert int(counts[-1]) - int(counts[0]) < 5  # it would be 36
    pull.stop()


def test_a_large_frame_is_not_copied_on_its_way_out(zmqcli: Zmqcli, peers: Peers, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(bytes(LARGE))
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    push = zmqcli.start("push", "-q", "-c", endpoint_of(pull), "-f", file, "-n", "2", "-i", "60")  # stays
    assert len(pull.recv(copy=False)) == LARGE

    assert of_process(push, "status", "VmHWM:") * 1024 < 1.5 * LARGE + (40 << 20)
    push.stop(signal.SIGKILL)


def test_a_long_line_is_sent_as_it_was_read(zmqcli: Zmqcli, peers: Peers, tmp_path: Path) -> None:
    """Views of what was read: 1 MiB records go out without a copy of their own (formats/_split.py)."""
    record = b"x" * (1 << 20)
    file = tmp_path / "lines"
    file.write_bytes((record + b"\n") * 20 + b"short\n")
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    zmqcli("push", "-c", endpoint_of(pull), stdin=file).ok()

    assert [pull.recv() for _ in range(21)] == [record] * 20 + [b"short"]


def test_a_large_frame_is_not_copied_on_its_way_in(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = zmqcli.start("pull", "-q", "-b", "tcp://127.0.0.1:0", "-T", "%S", ready=True)
    push = peers.socket(zmq.PUSH, connect=pull.endpoint)
    push.send(bytes(LARGE), copy=False)
    assert int(pull.read_line()) == LARGE

    assert of_process(pull, "status", "VmHWM:") * 1024 < 1.5 * LARGE + (40 << 20)
    pull.stop()
