"""Streams of ZMTP that are broken in every way: the command survives each, and goes on serving."""

from __future__ import annotations

import contextlib
import random
import socket
from typing import TYPE_CHECKING

import pytest

from tests.faults.support import resident, scaled
from tests.support.raw_peer import RawPeer, dial
from tests.support.wire import GREETING, frame, ready, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.processes import Process, Zmqcli

STREAMS = scaled(100, 10_830)
"""For each of the commands."""
GROWTH = 32 << 20
"""Bytes that a command may grow by, however many streams come."""
AFTER_JOINING = b"".join([frame(b"body"), frame(b"one", more=True) + frame(b"two"), frame(b"x" * 300)])

COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "pull": (("pull",), "PUSH"),
    "sub": (("sub",), "PUB"),
    "rep": (("rep", "--echo"), "REQ"),
    "router": (("router", "--echo"), "DEALER"),
    "dealer": (("dealer",), "DEALER"),
    "pair": (("pair",), "PAIR"),
    "xpub": (("xpub",), "SUB"),
    "xsub": (("xsub",), "XPUB"),
    "monitor": (("monitor", "pull"), "PUSH"),
    "pub": (("pub",), "SUB"),
}
"""What runs, and which type its peer has."""


def _sound(kind: str) -> bytes:
    return GREETING + ready(kind) + (subscribe() if kind == "SUB" else b"") + AFTER_JOINING


def _cut(stream: bytearray, chance: random.Random) -> None:
    del stream[chance.randrange(len(stream)) :]


def _flip(stream: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 8))):
        stream[chance.randrange(len(stream))] ^= 1 << chance.randrange(8)


def _insert(stream: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(stream))
    stream[at:at] = chance.randbytes(chance.choice((1, 2, 9, 300)))


def _remove(stream: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(stream))
    del stream[at : at + chance.choice((1, 2, 9, 64))]


def _repeat(stream: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(stream))
    stream[at:at] = stream[at : at + chance.choice((2, 9, 64))] * chance.choice((1, 5))


def _extreme(stream: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(stream))
    length = chance.choice((0, 1, 255, 1 << 31, (1 << 63) - 1, 1 << 63, (1 << 64) - 1))
    stream[at:at] = bytes([chance.choice((2, 3, 6))]) + length.to_bytes(8, "big")


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (_cut, _flip, _insert, _remove, _repeat, _extreme)


def _mutated(sound: bytes, chance: random.Random) -> bytes:
    stream = bytearray(sound)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        if stream:
            chance.choice(MUTATIONS)(stream, chance)
    return bytes(stream)


def _offer(process: Process, stream: bytes, chance: random.Random) -> None:
    """Send a stream in one or two pieces, read or do not read what comes back, and leave."""
    sock = dial(process.endpoint)
    cut = chance.choice((len(stream), chance.randrange(len(stream) + 1)))
    with sock, contextlib.suppress(OSError):
        sock.settimeout(5)
        for piece in (stream[:cut], stream[cut:]):
            sock.sendall(piece)
        if chance.random() < 0.3:
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(1 << 16):
                pass


@pytest.mark.parametrize("name", COMMANDS)
def test_mutated_streams(zmqcli: Zmqcli, name: str) -> None:
    argv, kind = COMMANDS[name]
    process = zmqcli.start(*argv, "-q", "-b", "tcp://127.0.0.1:0", stdin="pipe", ready=True)
    chance = random.Random(name)  # noqa: S311 # no secret; the same streams each time
    sound = _sound(kind)
    before = 0
    for number in range(STREAMS):
        _offer(process, _mutated(sound, chance), chance)
        if number == STREAMS // 10:
            before = resident(process)
    grown = resident(process) - before
    with contextlib.closing(dial(process.endpoint)) as sock:
        RawPeer(sock).join(kind)  # it still serves

    stopped = process.stop()
    assert stopped.code == 143, stopped
    assert "Traceback" not in stopped.stderr, stopped
    assert "internal error" not in stopped.stderr, stopped
    assert grown < GROWTH
