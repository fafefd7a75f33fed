"""Nothing grows for ever: memory stays flat, whoever is slow holds back who is fast, and sizes have limits."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.faults.support import (
    SOAK,
    in_shell,
    line_bytes,
    meet,
    number_line,
    numbers,
    read_some,
    resident,
    scaled,
    settle,
    written,
)
from tests.support.links import any_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.support import Actor
    from tests.support.links import Transport
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

BEGINNING = scaled(30_000, 200_000)
MUCH = scaled(100_000, 5_000_000)
"""Messages of 100 bytes: 20 MB in the suite."""
GROWTH = 8 << 20
"""Bytes that a process may grow by while it handles more than twice that."""
GIBIBYTE = 1 << 30
LARGER_THAN_A_GIBIBYTE = 1_500_000_000


@pytest.mark.parametrize("binds", ["pull", "push"])
def test_endless_input(zmqcli: Zmqcli, actor: Actor, transport: Transport, binds: str) -> None:
    push = meet(zmqcli, actor, transport, binds, stdin=numbers(zmqcli))
    assert actor.take(BEGINNING).count == BEGINNING
    before = resident(push)
    assert actor.take(MUCH, timeout=600).count == MUCH

    assert resident(push) - before < GROWTH


def test_endless_output(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    pull = zmqcli.start("pull", "-b", any_endpoint(transport, short_dir), stdout=null, ready=True)
    os.close(null)
    actor.open("PUSH", connect=pull.endpoint)
    actor.send(BEGINNING)
    before = resident(pull)
    actor.order("send", name="it", count=MUCH, size=100)
    assert actor.answer(600)["sent"] == MUCH

    assert resident(pull) - before < GROWTH


def test_a_stalled_peer_holds_the_sender(zmqcli: Zmqcli, actor: Actor, transport: Transport) -> None:
    source = numbers(zmqcli)
    push = meet(zmqcli, actor, transport, "pull", stdin=source, RCVHWM=1)
    assert actor.take(5000).count == 5000
    before = resident(push)
    settle(push, lambda: written(source))

    assert resident(push) - before < GROWTH
    assert actor.take(1000).ordered


def test_a_slow_reader_of_stdout_holds_the_sender(
    zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path
) -> None:
    reading, writing = os.pipe()
    pull = zmqcli.start("pull", "-q", "-b", any_endpoint(transport, short_dir), stdout=writing, ready=True)
    os.close(writing)
    actor.open("PUSH", connect=pull.endpoint)
    sent = actor.do("flood", name="it", size=10_000, patience=300)["sent"]
    assert resident(pull) < 150 << 20
    assert sent < 5000, "the sender was not held back"
    shown = 0
    wanted = sent * 10_001
    while shown < wanted:
        shown += len(read_some(reading))
    os.close(reading)

    assert shown == wanted


def test_messages_over_the_maximum(
    zmqcli: Zmqcli, actors: Callable[[], Actor], transport: Transport, short_dir: Path
) -> None:
    pull = zmqcli.start(
        "pull", "-q", "-b", any_endpoint(transport, short_dir), "--max-size", "1K", "-n", "11", ready=True
    )
    large, small = actors(), actors()
    large.open("PUSH", connect=pull.endpoint)
    large.send(10)
    assert pull.read_lines(10)[-1] == number_line(9)
    large.send(1, size=2000)
    line = pull.wait_stderr("--max-size")
    large.shut()
    small.open("PUSH", connect=pull.wait_ready()[0])
    small.send(1)

    result = pull.finish().ended(1)
    assert result.lines == [number_line(0)]
    assert line.startswith("zmqcli: ")


GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x04PUSH"
TOO_LONG = b"\x02" + (1 << 20).to_bytes(8, "big")


def offend(port: int) -> None:
    """Be a peer that announces too long a message, and wait to be hung up on."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
        peer.sendall(GREETING + READY)
        received = b""
        while b"READY" not in received:
            piece = peer.recv(4096)
            assert piece, "hung up on in the handshake"
            received += piece
        peer.sendall(TOO_LONG)
        try:
            while peer.recv(4096):
                pass
        except ConnectionResetError:
            pass


def test_the_same_complaint_again_and_again(zmqcli: Zmqcli) -> None:
    pull = zmqcli.start("pull", "-q", "-b", "tcp://127.0.0.1:0", "--max-size", "1K", ready=True)
    port = int(pull.endpoint.rpartition(":")[2])
    for offence in range(300):  # a handshake that is read only after the hang-up is none: not every one is told
        offend(port)
        if offence > 20 and "10 times by now" in pull.stderr:
            break
        pull._take(0)
    lines = pull.stop().ended(143).stderr.splitlines()

    assert len(lines) <= 11, lines
    assert all("dropped by this end" in line for line in lines)
    assert lines[9].endswith("; 10 times by now, -v says each")
    assert all("times" not in line for line in lines[:9])


@pytest.mark.skipif(not SOAK, reason="a gibibyte takes its time: ZMQCLI_SOAK=1")
def test_a_record_without_an_end(zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
    file = short_dir / "long"
    with file.open("wb") as long:  # a hole, not a gibibyte on the disk
        long.write(number_line(0) + b"\n")
        long.seek(GIBIBYTE + 1000, os.SEEK_CUR)
        long.write(b"\n" + number_line(1) + b"\n")
    push = meet(zmqcli, actor, "ipc", "pull", "-q", stdin=file)

    assert actor.take(1).complete(1)
    assert actor.take(1, patience=60_000, timeout=60).last == 1
    push.finish().error(3, "record 2", str(GIBIBYTE))


@pytest.mark.skipif(not SOAK, reason="1.5 GB take their time: ZMQCLI_SOAK=1")
def test_a_frame_of_one_and_a_half_gigabytes(zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
    out = short_dir / "out"
    endpoint = any_endpoint("ipc", short_dir)
    with out.open("wb") as file:
        pull = zmqcli.start(
            *("pull", "-b", endpoint, "--max-size", "2G", "-n", "1", "-O", "raw"), stdout=file.fileno(), ready=True
        )
    actor.open("PUSH", connect=pull.endpoint)
    actor.order("send", name="it", count=1, size=LARGER_THAN_A_GIBIBYTE)

    pull.finish(120).ok()
    assert out.stat().st_size == LARGER_THAN_A_GIBIBYTE


@pytest.mark.skipif(not SOAK, reason="1.5 GB take their time: ZMQCLI_SOAK=1")
def test_a_frame_of_one_and_a_half_gigabytes_through_a_proxy(zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
    front, back = f"ipc://{short_dir}/front", f"ipc://{short_dir}/back"
    zmqcli.start(
        *("proxy", "streamer", "--frontend", front, "--backend", back, "--max-size", "2G"), ready=True
    ).wait_ready()
    actor.open("PULL", name="taker", connect=back)
    actor.open("PUSH", connect=front)
    actor.order("send", name="it", count=1, size=LARGER_THAN_A_GIBIBYTE)

    assert actor.answer(120)["sent"] == 1
    assert actor.take(1, name="taker", patience=60_000, timeout=120).bytes == LARGER_THAN_A_GIBIBYTE


def test_a_flood_of_lines_in_one_record(zmqcli: Zmqcli, actor: Actor) -> None:
    # A delimiter that never comes: memory is what has been read, and no more.
    push = in_shell(
        zmqcli, 'exec "$@"', "push", "-c", actor.open("PULL", bind="tcp://127.0.0.1:0"), "-0", stdin=line_bytes(500)
    )

    assert actor.take(1).bytes == len(line_bytes(500))
    push.finish().ok()


def subscribe(endpoint: str, length: int) -> socket.socket:
    """Subscribe to a prefix of so many bytes, by hand: in an XSUB of ours it could do the same harm."""
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    raw = socket.create_connection((host, int(port)), timeout=10)
    ready = b"\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
    raw.sendall(b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL".ljust(64, b"\0") + b"\x04" + bytes([len(ready)]) + ready)
    with contextlib.suppress(OSError):  # hung up on: that is what is expected
        raw.sendall(b"\x02" + (length + 1).to_bytes(8, "big") + b"\x01" + b"a" * length)
    return raw


def hung_up(raw: socket.socket) -> bool:
    """Whether the other end has closed, after its greeting and whatever else it had to say."""
    with contextlib.suppress(ConnectionError):
        while raw.recv(1 << 16):
            pass
    return True


PUBLISHERS = {
    "forwarder": ["proxy", "forwarder", "--frontend", "tcp://127.0.0.1:0", "--backend", "tcp://127.0.0.1:0"],
    "sub-pub": ["proxy", "--types", "SUB/PUB", "--frontend", "tcp://127.0.0.1:0", "--backend", "tcp://127.0.0.1:0"],
    "pub": ["pub", "-b", "tcp://127.0.0.1:0", "-n", "100", "-i", "1s", "x"],
    "xpub": ["xpub", "-b", "tcp://127.0.0.1:0", "-O", "none"],
    "top": ["top", "xpub", "-b", "tcp://127.0.0.1:0"],
}
PUBLISHERS["tapped"] = [*PUBLISHERS["forwarder"], "--tap"]
PUBLISHERS["larger"] = [*PUBLISHERS["forwarder"], "--max-size", "1G"]


@pytest.mark.parametrize("name", PUBLISHERS)
def test_a_subscription_over_the_maximum(zmqcli: Zmqcli, peers: Peers, name: str) -> None:
    ours = zmqcli.start(*PUBLISHERS[name], ready=True)
    endpoint = ours.wait_ready()[-1]
    before = resident(ours)
    for length in (2_000_000,) if name == "xpub" else (10_000, 150_000, 2_000_000):
        with subscribe(endpoint, length) as raw:
            assert hung_up(raw)
    # It is still there, and serves the next one.
    sub = peers.socket(zmq.SUB, options={zmq.SUBSCRIBE: b"topic"})
    events = sub.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    sub.connect(endpoint)
    served = events.poll(10_000)
    sub.disable_monitor()
    events.close(linger=0)

    assert served
    assert resident(ours) - before < GROWTH
    ours.stop().ended(143)


def test_a_maximum_that_was_asked_for_holds_for_subscriptions(zmqcli: Zmqcli, peers: Peers) -> None:
    prefix = b"a" * 50_000
    pub = zmqcli.start(
        "pub", "-b", "tcp://127.0.0.1:0", "--max-size", "1M", "-n", "1", stdin=prefix + b"\n", ready=True
    )
    sub = peers.socket(zmq.SUB, connect=pub.endpoint, options={zmq.SUBSCRIBE: prefix})

    assert sub.poll(10_000)
    assert sub.recv() == prefix
    pub.finish().ok()
