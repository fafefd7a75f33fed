"""`--expect`: what a CI step sees. 0 at the first match, 4 when it did not come, 124 when time ran out."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

OK = '"status": *"ok"'


@pytest.fixture
def push(peers: Peers) -> zmq.Socket[bytes]:
    """Return a plain PUSH."""
    return peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")


def start(zmqcli: Zmqcli, sock: zmq.Socket[bytes], *options: str) -> Process:
    return zmqcli.start("pull", "-c", endpoint_of(sock), "--expect", OK, *options)


def test_a_match_ends_it_well_and_at_once(zmqcli: Zmqcli, push: zmq.Socket[bytes]) -> None:
    ours = start(zmqcli, push, "-t", "10")
    for body in (b'{"status":"starting"}', b'{"status": "ok"}', b'{"status":"after"}'):
        push.send(body)
    began = time.monotonic()

    assert ours.finish().ok().lines == [b'{"status":"starting"}', b'{"status": "ok"}']
    assert time.monotonic() - began < 5


def test_enough_messages_without_a_match_are_4(zmqcli: Zmqcli, push: zmq.Socket[bytes]) -> None:
    ours = start(zmqcli, push, "-n", "2", "-t", "10")
    push.send(b"a")
    push.send(b"b")

    result = ours.finish().ended(4)
    assert result.lines == [b"a", b"b"]
    assert f"--expect was not met (no match in 2 messages for '{OK}')" in result.stderr


def test_a_match_with_the_last_message_is_a_match(zmqcli: Zmqcli, push: zmq.Socket[bytes]) -> None:
    ours = start(zmqcli, push, "-n", "2")
    push.send(b"a")
    push.send(b'"status":"ok"')

    assert len(ours.finish().ok().lines) == 2


@pytest.mark.parametrize("limit", ["-t", "--duration"])
def test_no_match_in_time_is_124(zmqcli: Zmqcli, push: zmq.Socket[bytes], limit: str) -> None:
    ours = start(zmqcli, push, "-n", "5", limit, "400ms")
    push.send(b"a")

    result = ours.finish().ended(124)
    assert result.lines == [b"a"]
    assert "received 1 of 5" in result.stderr
    assert "--expect: no match in 1 message" in result.stderr


def test_only_what_passes_the_filters_is_looked_at_and_counted(zmqcli: Zmqcli, push: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "--grep", "^b", "--expect", "x", "-n", "1", "-q")
    push.send(b"ax")
    push.send(b"b")

    assert ours.finish().ended(4).lines == [b"b"]


def test_decoded_text_is_what_matches(zmqcli: Zmqcli, push: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-x", "msgpack", "--expect", '^{"a":1}$', "-t", "10")
    push.send(b"\x81\xa1a\x01")

    assert ours.finish().ok().lines == [b'{"a":1}']


def test_the_last_peer_may_leave_without_a_match(zmqcli: Zmqcli, peers: Peers) -> None:
    ours = zmqcli.start("pull", "-b", "tcp://127.0.0.1:0", "--expect", "x", "--transient", ready=True)
    push = peers.socket(zmq.PUSH, connect=ours.endpoint)
    push.send(b"a")
    assert ours.read_line() == b"a"
    push.close()

    ours.finish().ended(4)


def test_a_signal_is_a_signal(zmqcli: Zmqcli, push: zmq.Socket[bytes]) -> None:
    ours = start(zmqcli, push)
    push.send(b"a")
    assert ours.read_line() == b"a"

    ours.stop(signal.SIGINT).ended(130)


def test_a_reply_can_be_expected(zmqcli: Zmqcli, peers: Peers) -> None:
    rep = peers.socket(zmq.REP, bind="tcp://127.0.0.1:0")
    for expected, code, questions in (("^pong$", 0, 1), ("^never$", 4, 2)):
        ours = zmqcli.start("req", "-c", endpoint_of(rep), "--expect", expected, "-n", "2", "-q", "ping")
        for _ in range(questions):
            assert rep.recv() == b"ping"
            rep.send(b"pong")
        ours.finish().ended(code)


def test_a_conversation_ends_at_the_match(zmqcli: Zmqcli, peers: Peers) -> None:
    dealer = peers.socket(zmq.DEALER, bind="tcp://127.0.0.1:0")
    for expected, code in (("^yes$", 0), ("^never$", 4)):
        ours = zmqcli.start("dealer", "-c", endpoint_of(dealer), "--expect", expected, "-n", "2", "-q", "hello")
        assert dealer.recv() == b"hello"
        dealer.send(b"no")
        dealer.send(b"yes")
        assert ours.finish().ended(code).lines == [b"no", b"yes"]


def test_a_request_can_be_expected_and_is_answered(zmqcli: Zmqcli, peers: Peers) -> None:
    for expected, code in (("ping", 0), ("never", 4)):
        ours = zmqcli.start("rep", "-b", "tcp://127.0.0.1:0", "--expect", expected, "-n", "1", "-q", "pong", ready=True)
        req = peers.socket(zmq.REQ, connect=ours.endpoint)
        req.send(b"ping")
        assert req.recv() == b"pong"
        ours.finish().ended(code)


def test_a_busy_service_whose_requests_never_match_runs_out_of_time(zmqcli: Zmqcli, peers: Peers) -> None:
    ours = zmqcli.start(
        "rep", "-b", "tcp://127.0.0.1:0", "--grep", "never", "--expect", "x", "-t", "400ms", "--echo", ready=True
    )
    req = peers.socket(zmq.REQ, connect=ours.endpoint, options={zmq.RCVTIMEO: 300, zmq.LINGER: 0})
    ended = time.monotonic() + 10
    try:
        while time.monotonic() < ended:
            req.send(b"ping")
            assert req.recv() == b"ping"
    except zmq.Again:  # it has ended, each request it took was answered with the request
        pass

    assert "--expect: no match in 0 messages" in ours.finish().ended(124).stderr
