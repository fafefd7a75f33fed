"""Payloads in shared memory, between real processes: who makes, who reads, who frees."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

DIRECTORY = Path("/dev/shm")  # noqa: S108 - where shared memory is
LARGE = os.urandom(3_000_000)


def path_of(reference: str) -> Path:
    """Return where the memory is that a frame refers to."""
    return DIRECTORY / str(json.loads(reference)["shm"])


def test_one_zmqcli_makes_and_the_other_reads_and_frees(zmqcli: Zmqcli) -> None:
    (zmqcli.directory / "large").write_bytes(LARGE)
    pull = zmqcli.start("pull", "-b", "tcp://127.0.0.1:0", "-n", "3", "-x", "shm", "-O", "jsonl", ready=True)
    zmqcli("push", "-q", "-c", pull.endpoint, "-x", "shm", "-f", "large").ok()
    zmqcli("push", "-q", "-c", pull.endpoint, "-x", "shm", "-I", "raw", stdin=zmqcli.directory / "large").ok()
    zmqcli("push", "-q", "-c", pull.endpoint, "-x", "shm", "small", "and", "").ok()

    records = sorted(map(json.loads, pull.finish().ok().lines), key=lambda record: len(record["values"]))
    values = [record["values"] for record in records]
    assert [b64decode(value["base64"]) for [value] in values[:2]] == [LARGE, LARGE]
    assert values[2] == ["small", "and", ""]
    references = [frame for record in records for frame in record["frames"]]
    assert all(len(reference) < 100 for reference in references)
    assert not any(path_of(reference).exists() for reference in references)


def test_a_plain_python_peer_reads_and_frees(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    zmqcli("push", "-q", "-c", endpoint_of(pull), "-x", "shm+json", '{"a": 1}').ok()

    reference = json.loads(pull.recv())
    memory = SharedMemory(reference["shm"])
    assert bytes(memory.buf or b"")[: reference["size"]] == b'{"a": 1}'
    memory.close()
    memory.unlink()


def test_what_a_plain_python_peer_made_stays_its_own(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    memory = SharedMemory(create=True, size=5)
    try:
        assert memory.buf
        memory.buf[:5] = b"hello"
        ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "2", "-x", "shm", "--max-size", "1K")
        push.send_json({"shm": memory.name, "size": 5})
        push.send_json({"shm": memory.name, "size": 5000})
        ended = ours.finish().ended(3)
        assert ended.lines[0] == b"hello"
        assert "5000 bytes, more than 1024" in ended.stderr
        assert (DIRECTORY / memory.name).exists()
    finally:
        memory.close()
        memory.unlink()


def test_what_nobody_got_is_taken_back(zmqcli: Zmqcli) -> None:
    nobody = ("-c", "./nobody", "-x", "shm")
    zmqcli("push", "-q", *nobody, "-t", "100ms", "mine").ended(124)
    stopped = zmqcli.start("push", *nobody, "mine")
    stopped.wait_stderr("waiting")
    stopped.stop().ended(143)
    zmqcli("push", "-q", *nobody, "--ready-file", "/no/such/place", "mine").ended(1)

    mine = [path for path in DIRECTORY.glob("zmqcli_*") if path.read_bytes() == b"mine"]
    assert not mine


@pytest.mark.parametrize(
    "argv",
    [
        ["pub", "-c", "./nobody", "hello"],
        ["xpub", "-c", "./nobody", "hello"],
        ["rep", "-c", "./nobody", "hello"],
        ["router", "-c", "./nobody", "hello"],
        ["push", "-c", "./nobody", "-n", "2", "hello"],
    ],
    ids=lambda argv: argv[0],
)
def test_a_payload_that_is_read_once_is_not_sent_to_many(in_process: InProcess, argv: list[str]) -> None:
    in_process(*argv, "-x", "shm").error(2, "-x shm", "whoever receives shared memory frees it")
    assert not [path for path in DIRECTORY.glob("zmqcli_*") if path.read_bytes() == b"hello"]
