"""`hexdump`: the look of hexdump(1)."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest
from hypothesis import given

from tests.formats.support import batches, written
from zmqcli.codecs.pipeline import RAW
from zmqcli.formats import _registry
from zmqcli.formats._api import RecordBatch, RecordOptions
from zmqcli.formats.hexdump import dump


def test_output() -> None:
    assert written("hexdump", [[b"weather", b"0123456789abcdef\x00\xff"], [b""]]) == (
        b"frame 1 of 2, 7 bytes\n"
        b"00000000  77 65 61 74 68 65 72                              |weather|\n"
        b"frame 2 of 2, 18 bytes\n"
        b"00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
        b"00000010  00 ff                                             |..|\n"
        b"\n"
        b"frame 1 of 1, 0 bytes\n"
    )


def test_narrow() -> None:
    assert written("hexdump", [[b"0123456789"]], width=60) == (
        b"frame 1 of 1, 10 bytes\n"
        b"00000000  30 31 32 33 34 35 36 37  |01234567|\n"
        b"00000008  38 39                    |89|\n"
    )


@pytest.mark.skipif(not shutil.which("hexdump"), reason="no hexdump(1) here")
def test_the_same_as_hexdump_1() -> None:
    data = bytes(range(256)) * 300 + b"end"
    theirs = subprocess.run(["hexdump", "-Cv"], input=data, capture_output=True, check=True).stdout.decode()  # noqa: S607 - whichever hexdump is installed
    assert "".join(dump(data, 16)) == "".join(theirs.splitlines(keepends=True)[:-1])


@given(batches)
def test_bytes_come_back_from_the_digits(batch: list[list[bytes]]) -> None:
    data = written("hexdump", batch).decode()
    found = "".join(line[10:58] for line in data.splitlines() if line.startswith("0000"))
    assert bytes.fromhex(found) == b"".join(frame for message in batch for frame in message)


def test_messages_are_separated_across_batches_too() -> None:
    writer = _registry.load("hexdump").writer(RecordOptions(), RAW)
    both = [bytes(chunk) for _ in range(2) for chunk in writer.format(RecordBatch([[b""]], 0))]
    assert both == [b"frame 1 of 1, 0 bytes\n", b"\nframe 1 of 1, 0 bytes\n"]


def test_a_large_frame_comes_in_several_chunks() -> None:
    writer = _registry.load("hexdump").writer(RecordOptions(), RAW)
    started = time.perf_counter()
    chunks = writer.format(RecordBatch([[bytes(2_000_000)]], 0))
    assert time.perf_counter() - started < 5
    assert len(chunks) > 5
    assert sum(map(len, chunks)) == len("frame 1 of 1, 2000000 bytes\n") + 125_000 * 79
