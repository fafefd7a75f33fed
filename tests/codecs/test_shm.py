"""shm: references to shared memory, checked before they are followed; who frees what."""

import json
import os
import zlib
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs import FrameCodecs
from zmqcli.codecs.shm import ShmLayer
from zmqcli.errors import DecodeError, EncodeError

DIRECTORY = Path("/dev/shm")  # noqa: S108 - where it is
LIMIT = 1 << 20


@pytest.fixture
def name() -> Iterator[str]:
    """Return a name that is free, and is so again afterwards."""
    chosen = f"zmqcli-test-{uuid4().hex}"
    yield chosen
    path = DIRECTORY / chosen
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)


def reference(name: object, size: object) -> bytes:
    return json.dumps({"shm": name, "size": size}).encode()


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.binary(max_size=100))
def test_a_payload_goes_round_and_is_freed(data: bytes) -> None:
    frame = ShmLayer().wrap(data)
    path = DIRECTORY / json.loads(frame)["shm"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert ShmLayer().unwrap(frame, LIMIT) == data
    assert not path.exists()
    with pytest.raises(DecodeError, match=r"there is no shared memory zmqcli_\w+ to read \(it was freed"):
        ShmLayer().unwrap(frame, LIMIT)


def test_what_others_made_is_only_read() -> None:
    memory = SharedMemory(create=True, size=5)
    try:
        assert memory.buf
        memory.buf[:5] = b"hello"
        assert ShmLayer().unwrap(reference(memory.name, 5), LIMIT) == b"hello"
        assert ShmLayer().unwrap(reference(f"/{memory.name}", 2), LIMIT) == b"he"
        extra = json.dumps({"shm": memory.name, "size": 5, "dtype": "int8"}).encode()
        assert ShmLayer().unwrap(extra, LIMIT) == b"hello"
    finally:
        memory.close()
        memory.unlink()


def test_python_reads_and_frees_what_we_made() -> None:
    for data in (b"hello", b""):
        value = json.loads(ShmLayer().wrap(data))
        memory = SharedMemory(value["shm"])
        assert bytes(memory.buf or b"")[: value["size"]] == data
        memory.close()
        memory.unlink()


def test_what_is_not_delivered_is_taken_back() -> None:
    codecs = FrameCodecs.parse("text,zlib+shm+json")
    assert codecs.hands_over
    assert not FrameCodecs.parse("text,zlib+json").hands_over
    message = codecs.encode_texts([b"topic", b"1", b"2"], 0)
    paths = [DIRECTORY / json.loads(zlib.decompress(bytes(frame)))["shm"] for frame in message[1:]]
    assert all(path.exists() for path in paths)
    codecs.take_back()
    codecs.take_back()
    assert not any(path.exists() for path in paths)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff",
        b"7",
        b"{}",
        reference("a", -1),
        reference("a", True),
        reference("a", "1"),
        reference("a", 1.5),
        reference(7, 1),
        reference("", 1),
        reference("/", 1),
        reference(".", 1),
        reference("..", 1),
        reference("../etc/passwd", 1),
        reference("/etc/passwd", 1),
        reference("//etc/passwd", 1),
        reference("a\0b", 1),
        reference("a\nb", 1),
        reference("\x1b[31m", 1),
        reference("\ud800", 1),
        reference("a" * 256, 1),
        reference("a" * 10_000, 1),
        reference("no-such-memory", 1),
        reference("a", LIMIT + 1),
        reference("a", 10**300),
    ],
)
def test_no_reference_leads_elsewhere(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        ShmLayer().unwrap(frame, LIMIT)


def test_what_is_no_memory_is_not_read(name: str) -> None:
    path = DIRECTORY / name
    refused = pytest.raises(DecodeError, match="shared memory")
    os.mkfifo(path)
    with refused:
        ShmLayer().unwrap(reference(name, 1), LIMIT)
    path.unlink()
    path.symlink_to("/etc/hostname")
    with refused:
        ShmLayer().unwrap(reference(name, 1), LIMIT)
    path.unlink()
    path.mkdir()
    with refused:
        ShmLayer().unwrap(reference(name, 1), LIMIT)


def test_memory_must_be_as_large_as_it_is_said(name: str) -> None:
    (DIRECTORY / name).write_bytes(b"abc")
    assert ShmLayer().unwrap(reference(name, 3), 3) == b"abc"
    with pytest.raises(DecodeError, match="has 3 bytes, not 4"):
        ShmLayer().unwrap(reference(name, 4), LIMIT)
    with pytest.raises(DecodeError, match="--max-size"):
        ShmLayer().unwrap(reference(name, 3), 2)


def test_no_room_is_a_data_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zmqcli.codecs.shm._DIRECTORY", "/no/such/directory/")
    with pytest.raises(EncodeError, match="there is no shared memory here"):
        ShmLayer().wrap(b"a")
