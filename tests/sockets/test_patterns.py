"""The rows of the table agree with the linked libzmq."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of
from zmqcli.endpoint import _MULTICAST_TYPES
from zmqcli.errors import UsageError
from zmqcli.sockets.config import SocketConfig
from zmqcli.sockets.connection import Connection
from zmqcli.sockets.monitor import Monitor
from zmqcli.sockets.patterns import DRAFT_TYPES, PATTERNS, Ready

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.peers import Peers

CLASSIC = [name for name in PATTERNS if name not in DRAFT_TYPES]
SPEAK_ZMTP = [name for name in CLASSIC if name != "STREAM"]
WRITABLE_WITHOUT_A_PEER = {"PUB", "XPUB", "XSUB", "ROUTER", "STREAM"}
"""The facts' table; an XSUB's subscriptions are never refused, so it needs no `always_writable`."""


def number(kind: str) -> int:
    return int(getattr(zmq, kind))


def shake_hands(one: str, other: str, peers: Peers) -> bool:
    """Return whether libzmq lets these two types talk over tcp."""
    bound = peers.socket(number(one))
    monitor = Monitor(bound)
    bound.bind("tcp://127.0.0.1:0")
    peer = peers.socket(number(other), connect=endpoint_of(bound))
    ends = {zmq.EVENT_HANDSHAKE_SUCCEEDED: True, zmq.EVENT_DISCONNECTED: False}
    outcome: bool | None = None
    deadline = time.monotonic() + 10
    while outcome is None:
        assert time.monotonic() < deadline, f"{one} and {other}: neither a handshake nor its end"
        monitor.socket.poll(100)
        outcome = next((ends[zmq.Event(event.kind)] for event in monitor.drain() if event.kind in ends), None)
    bound.close(linger=0)
    peer.close(linger=0)
    monitor.finish(5)
    return outcome


@pytest.mark.parametrize("kind", SPEAK_ZMTP)
def test_the_types_that_fit_are_those_libzmq_lets_in(kind: str, peers: Peers) -> None:
    let_in = {other for other in SPEAK_ZMTP if shake_hands(kind, other, peers)}

    assert let_in == PATTERNS[kind].fits


@pytest.mark.parametrize("kind", PATTERNS)
def test_fitting_is_mutual_and_with_types_that_exist(kind: str) -> None:
    assert all(kind in PATTERNS[other].fits for other in PATTERNS[kind].fits)


def refusals(kind: str, peers: Peers) -> tuple[int, int]:
    """Return the errno of a send and of a receive without a peer, 0 where there is none."""
    sock = peers.socket(number(kind), bind="tcp://127.0.0.1:0")
    found = []
    for call in (lambda: sock.send(b"x", zmq.NOBLOCK), lambda: sock.recv(zmq.NOBLOCK)):
        try:
            call()
        except zmq.ZMQError as error:
            found.append(error.errno or 0)
        else:
            found.append(0)
    return found[0], found[1]


@pytest.mark.parametrize("kind", CLASSIC)
def test_what_can_send_and_receive_is_what_libzmq_does_not_refuse_for_good(kind: str, peers: Peers) -> None:
    send, receive = refusals(kind, peers)

    assert PATTERNS[kind].can_send is (send != errno.ENOTSUP)
    assert PATTERNS[kind].can_receive is (receive != errno.ENOTSUP)


@pytest.mark.parametrize("kind", CLASSIC)
def test_always_writable_are_those_whose_pollout_says_nothing(kind: str, peers: Peers) -> None:
    sock = peers.socket(number(kind), bind="tcp://127.0.0.1:0")
    writable = bool(sock.poll(0, zmq.POLLOUT))

    assert writable is (kind in WRITABLE_WITHOUT_A_PEER)
    assert PATTERNS[kind].always_writable is (writable and kind != "XSUB")


def consume(steps: Iterable[object]) -> None:
    """Take every step."""
    for _ in steps:
        pass


def test_a_full_xpub_that_waits_for_its_subscribers_polls_writable_all_the_same(peers: Peers) -> None:
    address = f"ipc://@{id(peers)}"
    publisher = peers.socket(zmq.XPUB, options={zmq.XPUB_NODROP: 1, zmq.SNDHWM: 1, zmq.SNDBUF: 1}, bind=address)
    subscriber = peers.socket(zmq.SUB, options={zmq.RCVHWM: 1, zmq.SUBSCRIBE: b""}, connect=address)
    publisher.recv()
    with pytest.raises(zmq.Again):
        consume(publisher.send(bytes(65_536), zmq.NOBLOCK) for _ in range(10_000))

    assert publisher.poll(0, zmq.POLLOUT)
    assert PATTERNS["XPUB"].always_writable
    subscriber.close(linger=0)
    publisher.close(linger=0)


@pytest.mark.parametrize("kind", ["REQ", "REP"])
def test_what_does_not_batch_refuses_a_second_receive(kind: str, peers: Peers) -> None:
    other = next(iter(PATTERNS[kind].fits & {"REQ", "REP"}))
    ours = peers.socket(number(kind), bind="tcp://127.0.0.1:0")
    theirs = peers.socket(number(other), connect=endpoint_of(ours))
    first, second = (ours, theirs) if kind == "REQ" else (theirs, ours)
    first.send(b"request")
    second.recv()
    if kind == "REQ":
        second.send(b"reply")
        first.recv()
    with pytest.raises(zmq.ZMQError) as caught:
        ours.recv(zmq.NOBLOCK)

    assert caught.value.errno == zmq.EFSM
    assert not PATTERNS[kind].batches


def test_all_others_batch() -> None:
    assert {kind for kind, row in PATTERNS.items() if not row.batches} == {"REQ", "REP"}


@pytest.mark.parametrize("kind", [name for name, row in PATTERNS.items() if row.balances and name in CLASSIC])
def test_what_balances_sends_in_turn(kind: str, peers: Peers) -> None:
    other = {"PUSH": "PULL", "DEALER": "DEALER", "REQ": "REP"}[kind]
    sender = peers.socket(number(kind))
    receivers = [peers.socket(number(other), bind="tcp://127.0.0.1:0") for _ in range(2)]
    for receiver in receivers:
        sender.connect(endpoint_of(receiver))
    for receiver in receivers:
        sender.send(b"x")
        assert receiver.recv() == b"x"
        if kind == "REQ":
            receiver.send(b"y")
            sender.recv()


def test_the_types_with_routing_ids_put_one_in_front(peers: Peers) -> None:
    assert {kind for kind, row in PATTERNS.items() if row.routing_ids} == {"ROUTER", "STREAM"}
    for kind, other, frames in (("ROUTER", "DEALER", 2), ("STREAM", "STREAM", 2)):
        bound = peers.socket(number(kind), bind="tcp://127.0.0.1:0")
        peer = peers.socket(number(other), connect=endpoint_of(bound))
        if kind == "ROUTER":
            peer.send(b"x")
        assert len(bound.recv_multipart()) == frames


def test_publishers_wait_for_a_subscription_all_others_for_a_handshake() -> None:
    assert {kind for kind, row in PATTERNS.items() if row.ready_when is Ready.SUBSCRIPTION} == {"PUB", "XPUB"}


def test_libzmq_has_every_type_and_the_draft_ones_are_told_apart() -> None:
    assert all(hasattr(zmq, kind) for kind in PATTERNS)
    assert set(DRAFT_TYPES) < set(PATTERNS)
    assert set(_MULTICAST_TYPES) < set(PATTERNS)


@pytest.mark.skipif(zmq.DRAFT_API, reason="this pyzmq has the draft API")
@pytest.mark.parametrize("kind", DRAFT_TYPES)
def test_a_draft_type_is_refused_without_the_draft_api(kind: str) -> None:
    with pytest.raises(UsageError, match=f"^{kind} is a draft socket type and this pyzmq has no draft API; build one"):
        Connection(SocketConfig(kind))
