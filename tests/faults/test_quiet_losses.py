"""Losses that look like an ordinary end: a peer that leaves cleanly, early, or beside a connection that is silent."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, TypeAlias

import pytest
import zmq

from tests.faults.support import freeze, number_line, position, settle, until, write_lines
from tests.support.links import TRANSPORTS, Transport, any_endpoint
from tests.support.raw_peer import RawPeer, dial
from tests.support.wire import wire_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

Join: TypeAlias = "Callable[[str, str], RawPeer]"

LINES = 60_000
"""More than libzmq and the kernels of both ends hold."""
KINDS = {"push": "PULL", "dealer": "DEALER", "pair": "PAIR"}
MESSAGE_BYTES = wire_size(len(number_line(0)))

senders = pytest.mark.parametrize("command", KINDS)


@pytest.fixture
def lines(short_dir: Path) -> Path:
    return write_lines(short_dir / "lines", LINES)


def sender(zmqcli: Zmqcli, transport: Transport, command: str, lines: Path, *options: str) -> Process:
    """Start a sender that binds; it waits for its peer before it sends."""
    endpoint = any_endpoint(transport, zmqcli.directory)
    return zmqcli.start(command, "-b", endpoint, "-t", "1s", "--linger", "0.5s", *options, stdin=lines, ready=True)


def taken_by(peer: RawPeer) -> int:
    """Return how many whole messages a peer has."""
    return len(peer.came.numbers())


def stalled(process: Process) -> None:
    """Wait until the kernel and libzmq hold all they can: the sender reads no further."""
    settle(process, lambda: position(process))


def judge(process: Process, peer: RawPeer) -> None:
    """Show that what is missing is said, and that nothing else is."""
    result = process.finish()
    missing = LINES - taken_by(peer)
    assert ("undelivered" in result.stderr) is (missing > 0), f"{missing} missing, {result.code}: {result.stderr}"
    assert not missing or result.code in {5, 124}, f"{missing} missing, {result.code}: {result.stderr}"


@pytest.fixture
def join() -> Iterator[Join]:
    """Return what lets a raw peer come: to an endpoint, of a type."""
    made: list[RawPeer] = []

    def come(endpoint: str, kind: str) -> RawPeer:
        made.append(RawPeer(dial(endpoint)))
        return made[-1].join(kind)

    yield come
    for peer in made:
        peer.sock.close()


@senders
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("silent_first", [True, False])
def test_a_peer_that_dies_beside_a_silent_connection(
    zmqcli: Zmqcli, transport: Transport, command: str, lines: Path, silent_first: bool, join: Join
) -> None:
    process = sender(zmqcli, transport, command, lines)
    silent = dial(process.endpoint) if silent_first else None
    peer = join(process.endpoint, KINDS[command])
    silent = silent or dial(process.endpoint)
    peer.read(5000)
    peer.die()
    with silent:
        judge(process, peer)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_transient_ends_beside_a_silent_connection(
    zmqcli: Zmqcli, peers: Peers, transport: Transport, short_dir: Path
) -> None:
    pull = zmqcli.start("pull", "-b", any_endpoint(transport, short_dir), "--transient", ready=True)
    with dial(pull.endpoint):
        push = peers.socket(zmq.PUSH, connect=pull.endpoint)
        push.send(b"x")
        assert pull.read_line() == b"x"
        push.close(linger=0)
        pull.finish().ok()


@senders
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_peer_that_reads_what_is_there_and_closes(
    zmqcli: Zmqcli, transport: Transport, command: str, lines: Path, join: Join
) -> None:
    """The kernel's queue is empty then, and libzmq still holds a thousand messages."""
    process = sender(zmqcli, transport, command, lines)
    peer = join(process.endpoint, KINDS[command])
    stalled(process)
    peer.close()
    judge(process, peer)


@senders
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_peer_that_ends_its_side_and_reads_on(
    zmqcli: Zmqcli, transport: Transport, command: str, lines: Path, join: Join
) -> None:
    process = sender(zmqcli, transport, command, lines)
    peer = join(process.endpoint, KINDS[command])
    stalled(process)
    peer.half_close()
    while not peer.over:
        peer.read()
    judge(process, peer)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_peers_that_close_at_their_first_bytes(zmqcli: Zmqcli, transport: Transport, lines: Path, join: Join) -> None:
    process = sender(zmqcli, transport, "push", lines)
    taken = 0
    for _ in range(5):
        peer = join(process.endpoint, "PULL")
        peer.read(1)
        peer.die()
        taken += taken_by(peer)
    last = join(process.endpoint, "PULL")
    while not last.over:
        last.read()
    result = process.finish()

    assert taken + taken_by(last) < LINES
    assert "undelivered" in result.stderr
    assert result.code in {5, 124}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_peer_that_takes_all_and_leaves_is_no_loss(
    zmqcli: Zmqcli, transport: Transport, lines: Path, join: Join
) -> None:
    for _ in range(5):
        process = sender(zmqcli, transport, "push", lines)
        peer = join(process.endpoint, "PULL")
        assert peer.read(LINES * MESSAGE_BYTES)
        peer.die()
        process.finish().ok()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_requester_that_leaves_before_its_reply(
    zmqcli: Zmqcli, peers: Peers, transport: Transport, short_dir: Path
) -> None:
    rep = zmqcli.start("rep", "-b", any_endpoint(transport, short_dir), "-v", stdin="pipe", ready=True)
    req = peers.socket(zmq.REQ, connect=rep.endpoint)
    req.send(b"question")
    assert rep.read_line() == b"question"
    req.close(linger=0)
    rep.wait_stderr("disconnected")
    rep.write(b"answer\n")
    rep.close_stdin()

    result = rep.finish().ended(5)
    assert "undelivered: the requester had left before its reply" in result.stderr


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_requester_that_leaves_with_its_reply_is_no_loss(
    zmqcli: Zmqcli, transport: Transport, short_dir: Path
) -> None:
    rep = zmqcli.start("rep", "-b", any_endpoint(transport, short_dir), "--echo", "-n", "5", ready=True)
    for _ in range(5):
        zmqcli("req", "-c", rep.endpoint, "question").ok()
    rep.finish().ok()


@pytest.mark.parametrize("fails", ["is killed", "is stopped"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_subscriber_that_fails_beside_one_that_gets_all(
    zmqcli: Zmqcli, transport: Transport, short_dir: Path, fails: str
) -> None:
    """`pub` drops messages for slow subscribers by design: one that fails makes no exit code."""
    pub = zmqcli.start(
        "pub", "-b", any_endpoint(transport, short_dir), "-w", "2", "--linger", "1s", stdin="pipe", ready=True
    )
    served, failing = (zmqcli.start("sub", "-c", pub.endpoint, "-n", "2") for _ in range(2))
    pub.write(b"first\n")
    assert [end.read_line() for end in (served, failing)] == [b"first", b"first"]
    if fails == "is killed":
        failing.send_signal(signal.SIGKILL)
        failing.finish()
    else:
        freeze(failing)
    pub.write(b"second\n")
    pub.close_stdin()

    served.finish().ok()
    pub.finish().ok()
    if fails == "is stopped":
        failing.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("end", ["--duration", "SIGTERM"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_pipe_whose_sender_has_left_and_whose_taker_is_slow(
    zmqcli: Zmqcli, transport: Transport, short_dir: Path, end: str, join: Join
) -> None:
    """What the pipe has taken gets through within linger, or it is said."""
    frontend, backend = (any_endpoint(transport, short_dir).replace("/socket", f"/{side}") for side in "fb")
    limits = ("--duration", "2s") if end == "--duration" else ()
    pipe = zmqcli.start(
        "pipe", "--frontend", frontend, "--backend", backend, "-e", "frames", "--linger", "5s", *limits, ready=True
    )
    sides = pipe.wait_ready()
    taker = join(sides[1], "PULL")
    zmqcli("push", "-c", sides[0], "--linger", "10s", stdin=write_lines(short_dir / "few", 1500)).ok()
    if end == "SIGTERM":
        pipe.send_signal(signal.SIGTERM)
    until(pipe, lambda: taker.read(1500 * MESSAGE_BYTES, patience=0.05) or taker.over, "the end of the taker")
    result = pipe.finish()

    missing = 1500 - taken_by(taker)
    assert ("undelivered" in result.stderr) is (missing > 0), f"{missing} missing: {result.stderr}"
    assert result.code == (143 if end == "SIGTERM" else 5 if missing else 0)


@pytest.mark.parametrize("how", ["native", "tapped"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_proxy_that_is_stopped_while_its_taker_is_slow(
    zmqcli: Zmqcli, peers: Peers, transport: Transport, short_dir: Path, how: str
) -> None:
    frontend, backend = (any_endpoint(transport, short_dir).replace("/socket", f"/{side}") for side in "fb")
    options = () if how == "native" else ("--stats", "60s")
    proxy = zmqcli.start("proxy", "streamer", "--frontend", frontend, "--backend", backend, *options, ready=True)
    sides = proxy.wait_ready()
    taker = peers.socket(zmq.PULL, options={zmq.RCVHWM: 1}, connect=sides[1])
    push = peers.socket(zmq.PUSH, connect=sides[0])
    for _ in range(800):
        push.send(bytes(10_000))
    assert taker.poll(5000)
    proxy.send_signal(signal.SIGINT)
    taken = 0
    while taker.poll(1000):
        taker.recv()
        taken += 1
    result = proxy.finish().ended(130)

    assert taken == 800 or "undelivered" in result.stderr, f"{taken} of 800: {result.stderr}"
