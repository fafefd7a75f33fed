"""`zmqcli proxy` doing harm on purpose: the same harm for the same seed, to whole messages only."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import zmq

from tests.e2e.test_proxy import start

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


def carry(zmqcli: Zmqcli, peers: Peers, messages: list[list[bytes]], *faults: str) -> tuple[list[list[bytes]], str]:
    """Return what comes out of a streamer with these faults, and what it says of them at its end."""
    proxy = start(zmqcli, "streamer", *faults)
    pull = peers.socket(zmq.PULL, connect=proxy.backend)
    push = peers.socket(zmq.PUSH, connect=proxy.frontend, options={zmq.SNDHWM: 0})
    for message in messages:
        push.send_multipart(message)
    push.send(b"last")
    got = [pull.recv_multipart()]
    pull.rcvtimeo = 300
    try:
        while True:
            got.append(pull.recv_multipart())
    except zmq.Again:
        pass
    said = proxy.process.stop().ended(143).stderr
    pull.close()  # the next proxy may have the same path
    return got, next(line for line in said.splitlines() if "frontend>backend: " in line)


def test_the_same_seed_drops_the_same_messages(zmqcli: Zmqcli, peers: Peers) -> None:
    messages = [[b"%d" % number, b"\0\xff"] for number in range(10_000)]
    options = ("--drop", "5%", "--seed", "1")
    (first, said), (second, _) = (carry(zmqcli, peers, messages, *options) for _ in range(2))

    assert first == second
    assert 9300 < len(first) < 9700
    assert said == f"zmqcli: frontend>backend: 10001 messages, {10_001 - len(first)} dropped"
    assert all(message in (messages[int(message[0])], [b"last"]) for message in first[:-1])


def test_every_fault_at_once_leaves_messages_whole_and_in_order(zmqcli: Zmqcli, peers: Peers) -> None:
    messages = [[b"%04d" % number, b"", b"x" * 20] for number in range(1000)]
    harm = ["--drop", "10%", "--duplicate", "10%", "--corrupt", "10%", "--seed", "7"]
    delays = ["--latency", "5ms", "--jitter", "5ms", "--rate", "10M"]
    got, said = carry(zmqcli, peers, messages, *harm, *delays)
    counts = [int(number) for number in re.findall(r"(\d+) (?:mess|drop|dupl|corr|delay)", said)]

    assert len(got) == counts[0] - counts[1] + counts[2]
    assert {tuple(map(len, message)) for message in got} <= {(4, 0, 20), (4,)}
    whole = [int(m[0]) for m in got if len(m) == 3 and m in messages]
    assert whole == sorted(whole)
    assert 800 < len(whole) < 1000
    assert sum(m not in messages for m in got) > 50


def test_latency_delays_both_ways_and_the_seed_is_told(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(zmqcli, "queue", "--latency", "50ms")
    assert "makes the same faults again" in proxy.process.wait_stderr("--seed")
    client = peers.socket(zmq.REQ, connect=proxy.frontend)
    worker = peers.socket(zmq.REP, connect=proxy.backend)
    started = time.monotonic()
    client.send(b"x")
    worker.recv()
    assert time.monotonic() - started >= 0.05
    worker.send(b"y")
    client.recv()
    assert time.monotonic() - started >= 0.1


def test_a_rate_slows_it_down(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(zmqcli, "streamer", "--rate", "1M")
    pull = peers.socket(zmq.PULL, connect=proxy.backend)
    push = peers.socket(zmq.PUSH, connect=proxy.frontend)
    started = time.monotonic()
    for _ in range(5):
        push.send(bytes(1 << 16))
    for _ in range(5):
        pull.recv()

    assert 5 / 16 <= time.monotonic() - started < 3


def test_envelopes_and_subscriptions_are_not_harmed(zmqcli: Zmqcli, peers: Peers) -> None:
    queue = start(zmqcli, "queue", "--corrupt", "100%")
    client = peers.socket(zmq.REQ, connect=queue.frontend)
    worker = peers.socket(zmq.REP, connect=queue.backend)
    for _ in range(20):
        client.send_multipart([b"question", b""])
        assert worker.recv_multipart() != [b"question", b""]
        worker.send(b"answer")
        assert client.recv() != b"answer"
    queue.process.stop().ended(143)
    forwarder = start(zmqcli, "forwarder", "--drop", "100%")
    subscriber = peers.socket(zmq.SUB, connect=forwarder.backend)
    subscriber.subscribe(b"weather")
    assert peers.socket(zmq.XPUB, connect=forwarder.frontend).recv() == b"\x01weather"


def test_held_messages_are_let_go_in_their_time_at_the_end(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(zmqcli, "streamer", "-v", "--latency", "300ms", "--hwm", "5")
    pull = peers.socket(zmq.PULL, connect=proxy.backend)
    push = peers.socket(zmq.PUSH, connect=proxy.frontend)
    proxy.process.wait_stderr("backend: handshake done")
    for number in range(20):  # more than may be held: the rest waits at the sender's
        push.send(b"%d" % number)
    proxy.process.wait_stderr("frontend: handshake done")
    result = proxy.process.stop().ended(143)

    assert [pull.recv() for _ in range(20)] == [b"%d" % number for number in range(20)]
    assert "undelivered" not in result.stderr
    assert "20 messages, 20 delayed" in result.stderr


def test_what_is_held_longer_than_linger_is_said(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(zmqcli, "streamer", "-v", "--latency", "1h", "--linger", "0.1", "--duration", "0.5")
    peers.socket(zmq.PULL, connect=proxy.backend)
    peers.socket(zmq.PUSH, connect=proxy.frontend).send(b"x")

    assert "undelivered: frontend>backend: 1 message not sent on" in proxy.process.finish().ended(5).stderr
