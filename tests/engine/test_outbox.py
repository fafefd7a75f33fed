"""What is on its way out, over real sockets."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from tests.support.links import TRANSPORTS, Transport, any_endpoint
from tests.support.peers import free_port
from zmqcli.engine.ending import End, Ended
from zmqcli.engine.limits import Limits
from zmqcli.engine.session import Session
from zmqcli.errors import ExitCode, TimeRanOut
from zmqcli.exchange.source import FixedSource, NoSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.connections import Connections
    from tests.support.outside import Outside
    from tests.support.peers import Peers
    from zmqcli.message import Batch

TCP = "tcp://127.0.0.1:0"
PATIENT = Limits(timeout=10.0)
"""A wait that does not end fails its test with Ended (End.IDLE)."""
MORE = FixedSource([[b"more"]])
"""A source that has not ended."""


class Sender:
    """A session on a real socket, without a command around it."""

    def __init__(self, outside: Outside, connections: Connections) -> None:
        self._outside = outside
        self._connections = connections

    def __call__(self, kind: str = "PUSH", *, limits: Limits = PATIENT, **settings: Any) -> Session:
        connection = self._connections.open(kind, **settings)
        return Session(self._outside.environment, connection, limits, shows=False, publishes=kind == "XPUB")


@pytest.fixture
def sender(outside: Outside, connections: Connections) -> Sender:
    return Sender(outside, connections)


def until(session: Session, condition: Callable[[], object]) -> None:
    while not condition():
        session.wait()


@contextmanager
def ending(kind: End) -> Iterator[pytest.ExceptionInfo[Ended]]:
    """Expect this kind of end."""
    with pytest.raises(Ended) as caught:
        yield caught
    assert caught.value.reason.kind is kind


def numbers(count: int, size: int = 0) -> Batch:
    return [[b"%d" % number, bytes(size)] for number in range(count)]


# Pending


def test_what_was_added_is_pending_until_it_is_taken_or_dropped(sender: Sender) -> None:
    outbox = sender(bind=TCP).outbox
    assert outbox.pending == 0
    outbox.add([[b"1"], [b"2"]])
    outbox.add([])
    outbox.add([[b"3"]])
    assert outbox.pending == 3
    assert outbox.push_some() == 0
    assert outbox.pending == 3

    outbox.drop()
    assert (outbox.pending, outbox.accepted) == (0, 0)


def test_what_is_added_goes_behind_what_is_pending(sender: Sender, peers: Peers) -> None:
    session = sender(connect=f"tcp://127.0.0.1:{(port := free_port())}", hwm=2)
    batch: Batch = [[b"1"], [b"2"], [b"3"]]
    session.outbox.add(batch)
    assert session.outbox.push_some() == 2
    session.outbox.add([[b"4"]])
    assert session.outbox.pending == 2
    assert batch == [[b"1"], [b"2"], [b"3"]]
    pull = peers.socket(zmq.PULL, bind=f"tcp://127.0.0.1:{port}")
    session.outbox.push([[b"5"]], NoSource())

    assert [pull.recv() for _ in range(5)] == [b"1", b"2", b"3", b"4", b"5"]
    assert (session.outbox.accepted, session.outbox.pending) == (5, 0)


# Pushing


def test_a_push_waits_for_a_peer(sender: Sender, peers: Peers) -> None:
    session = sender(bind=TCP)
    pull = peers.socket(zmq.PULL, connect=session.connection.endpoints[0])
    session.outbox.push([[b"x"]], NoSource())

    assert pull.recv() == b"x"
    assert session.outbox.accepted == 1
    assert session.patience is None


def test_a_push_gives_up_when_nothing_happens_and_keeps_what_was_not_taken(sender: Sender) -> None:
    session = sender(bind=TCP, limits=Limits(timeout=0.05))
    with ending(End.IDLE):
        session.outbox.push([[b"x"], [b"y"]], NoSource())

    assert session.outbox.pending == 2


def test_a_signal_ends_a_push_and_keeps_what_was_not_taken(sender: Sender) -> None:
    session = sender(bind=TCP)
    signal.raise_signal(signal.SIGTERM)
    with ending(End.STOPPED) as caught:
        session.outbox.push([[b"x"]], NoSource())

    assert caught.value.reason.error is not None
    assert caught.value.reason.error.exit_code is ExitCode.TERMINATED
    assert session.outbox.pending == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_push_waits_for_room_and_loses_nothing(
    transport: Transport, sender: Sender, peers: Peers, short_dir: Path
) -> None:
    session = sender(bind=any_endpoint(transport, short_dir), hwm=3)
    reader = peers.start("PULL", "--connect", session.connection.endpoints[0], "--receive", "60")
    session.outbox.push(numbers(60, 50_000), NoSource())
    assert session.outbox.accepted == 60
    session.outbox.finish()

    assert reader.endpoint
    assert [int(message[0]) for message in reader.messages(60)] == list(range(60))
    assert session.environment.outcome == set()


def test_with_every_peer_gone_before_the_end_of_stdin_a_new_one_is_waited_for(sender: Sender, peers: Peers) -> None:
    session = sender(bind=TCP, limits=PATIENT._replace(linger=0.0))
    address = session.connection.endpoints[0]
    first = peers.socket(zmq.PULL, connect=address)
    session.outbox.push([[b"1"]], MORE)
    assert first.recv() == b"1"
    first.close(linger=0)
    until(session, lambda: session.connection.peers.gone)
    second = peers.socket(zmq.PULL, options={zmq.RCVTIMEO: 2000}, connect=address)
    session.outbox.push([[b"2"]], MORE)

    assert second.recv() == b"2"  # and not into the pipe of who has left


def test_with_every_peer_gone_after_the_end_of_stdin_linger_is_all_there_is(sender: Sender, peers: Peers) -> None:
    session = sender(bind=TCP, limits=PATIENT._replace(linger=0.05))
    first = peers.socket(zmq.PULL, connect=session.connection.endpoints[0])
    session.outbox.push([[b"1"]], MORE)
    assert first.recv() == b"1"
    first.close(linger=0)
    until(session, lambda: session.connection.peers.gone)
    with ending(End.PATIENCE):
        session.outbox.push([[b"2"]], NoSource())

    assert session.outbox.pending == 1


def test_a_message_to_nobody_is_named_and_skipped_and_the_rest_goes(
    sender: Sender, peers: Peers, outside: Outside
) -> None:
    session = sender("ROUTER", bind=TCP)
    dealer = peers.socket(zmq.DEALER, options={zmq.ROUTING_ID: b"me"}, connect=session.connection.endpoints[0])
    until(session, lambda: session.connection.peers.count)
    dealer.send(b"here")
    assert session.connection.socket.poll(10_000)
    session.connection.receive_batch()
    session.outbox.push([[b"me", b"1"], [b"\x00\xff", b"2"], [b"me", b"3"], [b"you", b"4"]], NoSource())

    assert [dealer.recv(), dealer.recv()] == [b"1", b"3"]
    assert session.outbox.accepted == 2
    assert outside.said == [
        "no peer has the routing id 0x00ff; the message was not sent",
        "no peer has the routing id you; the message was not sent",
    ]
    assert outside.environment.outcome == {ExitCode.UNDELIVERED}


def test_a_full_publisher_that_blocks_is_tried_again_and_loses_nothing(sender: Sender, peers: Peers) -> None:
    session = sender("XPUB", bind=TCP, hwm=2, block=True)
    reader = peers.start("SUB", "--subscribe", "", "--connect", session.connection.endpoints[0], "--receive", "60")
    session.outbox.push(numbers(60, 50_000), NoSource())
    session.outbox.finish()

    assert reader.endpoint
    assert [int(message[0]) for message in reader.messages(60)] == list(range(60))
    assert session.environment.outcome == set()


# The end


def test_all_delivered_is_ok_and_silent(sender: Sender, peers: Peers, outside: Outside) -> None:
    session = sender(bind=TCP)
    pull = peers.socket(zmq.PULL, connect=session.connection.endpoints[0])
    session.outbox.push([[b"x"]], NoSource())
    session.outbox.finish()

    assert pull.recv() == b"x"
    assert session.connection.socket.closed
    assert outside.said == []
    assert outside.environment.outcome == set()


def test_what_was_not_sent_is_counted(sender: Sender, peers: Peers, outside: Outside) -> None:
    session = sender(bind=TCP, limits=PATIENT._replace(linger=0.0))
    pull = peers.socket(zmq.PULL, connect=session.connection.endpoints[0])
    session.outbox.push([[b"1"]], MORE)
    assert pull.recv() == b"1"
    pull.close(linger=0)
    until(session, lambda: session.connection.peers.gone)
    session.outbox.add([[b"2"], [b"3"]])
    session.outbox.finish()

    assert outside.said == ["undelivered: 2 records not sent (1 record had been accepted)"]
    assert outside.environment.outcome == {ExitCode.UNDELIVERED}


def test_what_ended_it_is_said_together_with_what_came_of_that(sender: Sender, outside: Outside) -> None:
    session = sender(bind=TCP, limits=Limits(linger=0.0))
    session.outbox.add([[b"1"]])
    session.outbox.ended_by = TimeRanOut("nothing happened for 1s")
    session.outbox.finish()

    assert outside.said == ["undelivered: nothing happened for 1s; 1 record not sent (0 records had been accepted)"]


def test_what_ended_it_is_said_alone_when_nothing_is_missing(sender: Sender, outside: Outside) -> None:
    session = sender(bind=TCP)
    session.outbox.ended_by = TimeRanOut("nothing happened for 1s")
    session.outbox.finish()

    assert outside.said == ["nothing happened for 1s"]
    assert outside.environment.outcome == {ExitCode.TIMEOUT}


def test_a_message_parked_for_a_peer_that_never_comes_is_undelivered(sender: Sender, outside: Outside) -> None:
    session = sender(connect=f"tcp://127.0.0.1:{free_port()}", limits=PATIENT._replace(linger=0.05, wait=0))
    session.outbox.push([[b"x"]], NoSource())
    assert session.outbox.accepted == 1
    session.outbox.finish()

    assert outside.said[0].startswith("undelivered: no peer when linger ended")
    assert outside.environment.outcome == {ExitCode.UNDELIVERED}


def test_a_signal_without_a_peer_ends_at_once(sender: Sender, outside: Outside) -> None:
    session = sender(bind=TCP, limits=Limits(linger=30.0))
    session.outbox.add([[b"x"]])
    signal.raise_signal(signal.SIGTERM)
    with ending(End.STOPPED):
        session.wait()
    before = time.monotonic()
    session.outbox.finish()

    assert time.monotonic() - before < 5
    assert outside.said == ["undelivered: 1 record not sent (0 records had been accepted)"]


def test_nothing_to_send_closes_at_once(sender: Sender, outside: Outside) -> None:
    session = sender(bind=TCP, limits=Limits(linger=30.0))
    before = time.monotonic()
    session.outbox.finish()

    assert time.monotonic() - before < 5
    assert outside.said == []


# The last message


def test_the_last_message_for_ipc_waits_until_the_rest_was_read(
    sender: Sender, peers: Peers, short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = sender(bind=any_endpoint("ipc", short_dir))
    pull = peers.socket(zmq.PULL, connect=session.connection.endpoints[0])
    until(session, lambda: session.connection.peers.count)
    taken: list[bytes] = []

    def look() -> int:
        left = queued()
        while session.outbox.pending and len(taken) < session.outbox.accepted:  # until the last one is let go
            assert pull.poll(5000)
            taken.append(pull.recv())
        return left

    queued = session.connection.peers.ledger.queued
    monkeypatch.setattr(session.connection.peers.ledger, "queued", look)
    source = FixedSource([[b"%d" % number] for number in range(100)])
    session.outbox.push(source.take(), source)

    assert taken == [b"%d" % number for number in range(99)]
    assert pull.recv() == b"99"
    session.outbox.finish()


def test_the_last_message_does_not_wait_for_a_peer_that_does_not_read(
    sender: Sender, peers: Peers, short_dir: Path
) -> None:
    session = sender(bind=any_endpoint("ipc", short_dir), limits=Limits(timeout=10.0, linger=0.1))
    peers.socket(zmq.PULL, options={zmq.RCVHWM: 1}, connect=session.connection.endpoints[0])
    until(session, lambda: session.connection.peers.count)
    source = FixedSource(numbers(40, size=10_000))
    session.outbox.push(source.take(), source)

    assert session.outbox.pending == 0
    session.outbox.finish()
    assert session.environment.outcome == {ExitCode.UNDELIVERED}


def test_a_peer_that_leaves_while_the_last_message_waits_starts_linger(
    sender: Sender, peers: Peers, short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = sender(bind=any_endpoint("ipc", short_dir), limits=Limits(timeout=10.0, linger=0.1))
    pull = peers.socket(zmq.PULL, options={zmq.RCVHWM: 1}, connect=session.connection.endpoints[0])
    until(session, lambda: session.connection.peers.count)
    session.outbox.push(numbers(40, size=10_000), NoSource())  # not all of it is read

    def leave(_source: object) -> None:
        pull.close(linger=0)
        until(session, lambda: session.connection.peers.gone)
        quiet = session.now() + 0.3
        while session.now() < quiet:  # nothing of its leaving is left to wake anybody
            session.wait(until=quiet)

    monkeypatch.setattr(session.outbox, "_let_be_read", leave)
    started = time.monotonic()
    with ending(End.PATIENCE):
        session.outbox.push(numbers(1), NoSource())
    assert time.monotonic() - started < 1.5  # after 2 s a hint would wake it, without -q
    assert session.outbox.pending == 1
