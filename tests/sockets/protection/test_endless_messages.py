"""What peers send and no receive ever returns: real processes, and peers that no libzmq would be."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.faults.support import resident, until
from tests.support.raw_peer import RawPeer, dial

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

MIB = 1 << 20
EMPTY = b"\x01\x00" * (1 << 15)
"""64 KiB of empty frames, each with more to follow: 2 MiB of libzmq's memory."""
MOST = 400 * MIB
"""Of a process that drops such a peer; it would have 3.2 GB of them."""
TIMES = 1600
TYPES = {"pull": "PUSH", "push": "PULL", "rep": "REQ", "pub": "SUB", "monitor": "PUSH", "router": "DEALER"}
OPTIONS = {"monitor": ["pull"], "rep": ["--echo"]}


def peak(process: Process) -> int:
    """Return the most memory that a process has had."""
    status = Path(f"/proc/{process._popen.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) << 10


@pytest.mark.parametrize("command", TYPES)
def test_a_message_without_an_end_is_not_kept(zmqcli: Zmqcli, command: str) -> None:
    process = zmqcli.start(
        command, *OPTIONS.get(command, []), "-b", "tcp://127.0.0.1:0", "-q", stdin="pipe", ready=True
    )
    with RawPeer(dial(process.endpoint)).join(TYPES[command]) as peer:
        pouring = threading.Thread(target=peer.pour, args=(EMPTY, TIMES))
        pouring.start()
        process.wait_stderr("dropped by this end (the message that it sends does not end")
        assert peak(process) < MOST
    pouring.join()

    assert "and has taken" in process.stop().ended(143).stderr


def test_nor_over_ipc_beyond_what_a_message_may_have(zmqcli: Zmqcli, short_dir: Path) -> None:
    pull = zmqcli.start("pull", "-b", f"ipc://{short_dir}/s", "--max-size", "8M", "-q", ready=True)
    with RawPeer(dial(pull.endpoint)).join("PUSH") as peer:
        assert not peer.pour(EMPTY, TIMES)
        assert peak(pull) < MOST
    pull.wait_stderr("does not end")


def test_frames_of_any_size_are_one_message_in_the_end(zmqcli: Zmqcli) -> None:
    pull = zmqcli.start("pull", "-b", "tcp://127.0.0.1:0", "--max-size", "8M", "-q", ready=True)
    part = b"\x03" + MIB.to_bytes(8, "big") + bytes(MIB)
    with RawPeer(dial(pull.endpoint)).join("PUSH") as peer:
        assert not peer.pour(part, 1000)
        assert peak(pull) < MOST
    pull.wait_stderr("does not end")


def test_who_sends_beside_it_is_heard(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = zmqcli.start("pull", "-b", "tcp://127.0.0.1:0", "-q", ready=True)
    honest = peers.socket(zmq.PUSH, connect=pull.endpoint)
    with RawPeer(dial(pull.endpoint)).join("PUSH") as peer:
        pouring = threading.Thread(target=peer.pour, args=(EMPTY, TIMES))
        pouring.start()
        for number in range(200):
            honest.send(b"%d" % number)
            assert pull.read_line() == b"%d" % number
        pull.wait_stderr("does not end")
    pouring.join()
    honest.send(b"still here")
    assert pull.read_line() == b"still here"
    assert peak(pull) < MOST


def test_large_messages_and_many_frames_are_no_hoard(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = zmqcli.start("pull", "-b", "tcp://127.0.0.1:0", "-T", "%N %S", "-n", "7", ready=True)
    push = peers.socket(zmq.PUSH, connect=pull.endpoint)
    other = peers.socket(zmq.PUSH, connect=pull.endpoint)
    large = bytes(100 * MIB)
    for _ in range(3):
        push.send(large, copy=False)
        other.send(large, copy=False)
    push.send_multipart([b"x"] * 200_000)

    result = pull.finish(120).ok()
    assert sorted(result.lines) == [b"1 104857600"] * 6 + [b"200000 200000"]
    assert "dropped" not in result.stderr


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_what_is_sent_to_a_push_it_does_not_keep(zmqcli: Zmqcli, endpoint: str, transport: str) -> None:
    assert transport in endpoint
    push = zmqcli.start("push", "-b", endpoint, "-q", stdin="pipe", ready=True)
    endpoint = push.endpoint
    before = resident(push)
    message = b"\x02" + (1 << 16).to_bytes(8, "big") + bytes(1 << 16)
    with RawPeer(dial(endpoint)).join("PULL") as peer:
        assert not peer.pour(message, 2000)
    assert resident(push) - before < 8 * MIB
    push.stop().ended(143)


def test_a_monitor_throws_away_what_nobody_reads(zmqcli: Zmqcli) -> None:
    monitor = zmqcli.start("monitor", "pull", "-b", "tcp://127.0.0.1:0", ready=True)
    message = b"\x02" + MIB.to_bytes(8, "big") + bytes(MIB)
    with RawPeer(dial(monitor.endpoint)).join("PUSH") as peer:
        assert peer.pour(message, 700)
    monitor.wait_stderr("bound")
    until(monitor, lambda: b"disconnected" in bytes(monitor._stdout), "the end of the connection")
    assert peak(monitor) < MOST
    assert "dropped" not in monitor.stop().ended(143).stderr
