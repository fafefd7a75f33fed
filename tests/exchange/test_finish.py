"""How the loops end and what they say: real sockets to plain pyzmq peers, and a clock that the test owns."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from tests.exchange.test_sink import sink
from tests.support.clock import Clock, own_time
from zmqcli.engine.limits import Limits
from zmqcli.engine.session import Session
from zmqcli.errors import ExitCode
from zmqcli.exchange.duplex import converse
from zmqcli.exchange.receive import receive
from zmqcli.exchange.reply import reply
from zmqcli.exchange.request import request
from zmqcli.exchange.send import send
from zmqcli.exchange.source import FixedSource, NoSource
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from tests.support.connections import Connections
    from tests.support.outside import Outside
    from tests.support.peers import Peers
    from zmqcli.message import Message

TCP = "tcp://127.0.0.1:0"
TIMEOUT, UNDELIVERED = ExitCode.TIMEOUT, ExitCode.UNDELIVERED


class Rig:
    """Makes sessions whose time is the test's, each with a plain peer."""

    def __init__(self, outside: Outside, connections: Connections, peers: Peers) -> None:
        self.outside = outside
        self._connections = connections
        self._peers = peers
        self.clock = Clock()
        outside.environment.monotonic = self.clock

    def __call__(self, kind: str, peer: int, *, shows: bool = True, **limits: Any) -> tuple[Session, zmq.Socket[bytes]]:
        connection = self._connections.open(kind, bind=TCP)
        session = Session(self.outside.environment, connection, Limits(**limits), shows=shows)
        own_time(session, self.clock)
        return session, self._peers.socket(peer, connect=connection.endpoints[0])

    @property
    def outcome(self) -> set[ExitCode]:
        return self.outside.environment.outcome

    @property
    def said(self) -> str:
        return "\n".join(self.outside.said)


@pytest.fixture
def rig(outside: Outside, connections: Connections, peers: Peers) -> Rig:
    return Rig(outside, connections, peers)


# pull, sub


def test_what_was_asked_for_has_come(rig: Rig) -> None:
    session, push = rig("PULL", zmq.PUSH, messages=2)
    for text in (b"1", b"2"):
        push.send(text)
    receive(session, sink(rig.outside))
    assert (rig.outcome, rig.outside.shown) == (set(), b"1\n2\n")


@pytest.mark.parametrize(
    ("limit", "words"), [("timeout", "nothing happened for 60m"), ("duration", "the duration is over")]
)
def test_less_has_come_than_was_asked_for(rig: Rig, limit: str, words: str) -> None:
    limits: dict[str, Any] = {limit: 3600.0}
    session, push = rig("PULL", zmq.PUSH, messages=5, **limits)
    push.send(b"1")
    receive(session, sink(rig.outside))
    assert (rig.outcome, rig.outside.shown) == ({TIMEOUT}, b"1\n")
    assert words in rig.said
    assert "received 1 of 5" in rig.said


def test_a_duration_without_a_count_is_no_error(rig: Rig) -> None:
    session, _ = rig("PULL", zmq.PUSH, duration=3600.0)
    receive(session, sink(rig.outside))
    assert (rig.outcome, rig.said) == (set(), "")


def test_what_was_expected_has_not_come(rig: Rig) -> None:
    session, push = rig("PULL", zmq.PUSH, messages=1)
    push.send(b"no")
    receive(session, sink(rig.outside, expect="^yes$"))
    assert rig.outcome == {ExitCode.EXPECTATION}
    assert "--expect was not met (no match in 1 message for '^yes$')" in rig.said


def test_what_was_expected_has_not_come_in_time(rig: Rig) -> None:
    session, push = rig("PULL", zmq.PUSH, duration=3600.0)
    push.send(b"no")
    receive(session, sink(rig.outside, expect="^yes$"))
    assert rig.outcome == {TIMEOUT}
    assert "--expect: no match in 1 message for '^yes$'" in rig.said


def test_a_signal_has_its_exit_code_and_no_words(rig: Rig) -> None:
    session, _ = rig("PULL", zmq.PUSH)
    signal.raise_signal(signal.SIGINT)
    receive(session, sink(rig.outside))
    assert (rig.outcome, rig.said) == ({ExitCode.INTERRUPTED}, "")


def test_a_closed_stdout_has_its_exit_code_and_no_words(rig: Rig) -> None:
    session, push = rig("PULL", zmq.PUSH, messages=5)
    rig.outside.close_output()
    push.send(b"1")
    receive(session, sink(rig.outside))
    assert (rig.outcome, rig.said) == ({ExitCode.OUTPUT_CLOSED}, "")


def test_the_last_peer_that_leaves_ends_a_transient_command(rig: Rig) -> None:
    session, push = rig("PULL", zmq.PUSH, transient=True)
    push.send(b"1")
    push.close()
    receive(session, sink(rig.outside))
    assert (rig.outcome, rig.outside.shown) == (set(), b"1\n")


# push, pub


def test_all_is_sent_and_taken(rig: Rig) -> None:
    session, pull = rig("PUSH", zmq.PULL, shows=False)
    send(session, FixedSource([[b"x"]], 3))
    assert [pull.recv() for _ in range(3)] == [b"x"] * 3
    assert (rig.outcome, rig.said) == (set(), "")


def test_a_duration_ends_a_paced_sender_short_of_its_count(rig: Rig) -> None:
    session, _ = rig("PUSH", zmq.PULL, shows=False, messages=10, interval=60.0, duration=150.0)
    send(session, FixedSource([[b"x"]], 10))
    assert rig.outcome == {TIMEOUT}
    assert "the duration is over (sent 3 of 10)" in rig.said


def test_a_sender_that_nobody_hears_gives_up_after_its_idle_time(rig: Rig, connections: Connections) -> None:
    connection = connections.open("PUSH", bind=TCP)
    session = Session(rig.outside.environment, connection, Limits(timeout=3600.0), shows=False)
    own_time(session, rig.clock)
    send(session, FixedSource([[b"x"]]))
    assert rig.outcome == {TIMEOUT, UNDELIVERED}
    assert "undelivered: nothing happened for 60m" in rig.said
    assert "1 record not sent" in rig.said


# req


def test_a_request_without_a_reply(rig: Rig) -> None:
    session, rep = rig("REQ", zmq.REP, timeout=3600.0)
    request(session, FixedSource([[b"?"]]), sink(rig.outside), lambda: session.connection)
    assert rep.recv() == b"?"
    assert rig.outcome == {TIMEOUT}
    assert "no reply within 60m" in rig.said


def test_a_request_whose_duration_is_over(rig: Rig) -> None:
    session, rep = rig("REQ", zmq.REP, duration=3600.0)
    request(session, FixedSource([[b"?"]]), sink(rig.outside), lambda: session.connection)
    assert rep.recv() == b"?"
    assert rig.outcome == {TIMEOUT}
    assert "no reply before the duration was over" in rig.said


# rep


def test_a_request_is_answered_although_stdout_is_closed(rig: Rig) -> None:
    session, req = rig("REP", zmq.REQ)
    req.send(b"?")
    while not session.wait(Wake.RECEIVE) & Wake.RECEIVE:
        pass
    rig.outside.close_output()
    reply(session, NoSource(), sink(rig.outside), lambda _message: [b"!"])
    assert req.recv() == b"!"
    assert rig.outcome == {ExitCode.OUTPUT_CLOSED}


def test_a_service_ends_after_its_idle_time(rig: Rig) -> None:
    session, _ = rig("REP", zmq.REQ, timeout=3600.0)
    reply(session, NoSource(), sink(rig.outside), lambda message: message)
    assert rig.outcome == {TIMEOUT}
    assert "nothing happened for 60m" in rig.said


# dealer, router, pair


def test_a_conversation_ends_with_its_input_and_a_quiet_second(rig: Rig) -> None:
    session, pair = rig("PAIR", zmq.PAIR)
    begun = rig.clock.now
    converse(session, FixedSource([[b"x"]]), sink(rig.outside))
    assert pair.recv() == b"x"
    assert rig.outcome == set()
    assert rig.clock.now - begun >= 1.0


def test_a_conversation_gets_less_than_it_wants(rig: Rig) -> None:
    session, pair = rig("PAIR", zmq.PAIR, messages=2, timeout=3600.0)
    pair.send(b"1")
    converse(session, FixedSource([[b"x"]]), sink(rig.outside))
    assert (rig.outcome, rig.outside.shown) == ({TIMEOUT}, b"1\n")
    assert "nothing happened for 60m" in rig.said
    assert "received 1 of 2" in rig.said


def test_a_reply_goes_out_although_stdout_is_closed(rig: Rig) -> None:
    session, dealer = rig("ROUTER", zmq.DEALER)

    def answer(message: Message) -> Message:
        rig.outside.close_output()
        return message

    dealer.send(b"x")
    converse(session, NoSource(), sink(rig.outside), answer=answer)
    assert dealer.recv() == b"x"
    assert rig.outcome == {ExitCode.OUTPUT_CLOSED}
