"""What wakes the engine and what ends its loops: real sockets, and a clock that the test owns."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from tests.support.clock import Clock, own_time
from tests.support.peers import endpoint_of
from zmqcli.engine.ending import End, EndReason, run
from zmqcli.engine.limits import Limits
from zmqcli.engine.relay import BACKEND, FRONTEND, Relay
from zmqcli.engine.session import Session
from zmqcli.errors import OutputClosed
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.connections import Connections
    from tests.support.outside import Outside
    from tests.support.peers import Peers

TCP = "tcp://127.0.0.1:0"


class Rig:
    """Makes engines whose time is the test's."""

    def __init__(self, outside: Outside, connections: Connections) -> None:
        self.outside = outside
        self._connections = connections
        self.clock = Clock()
        outside.environment.monotonic = self.clock

    def session(self, kind: str = "PULL", *, shows: bool = True, connect: str = "", **limits: Any) -> Session:
        connection = (
            self._connections.open(kind, connect=connect) if connect else self._connections.open(kind, bind=TCP)
        )
        made = Session(self.outside.environment, connection, Limits(**limits), shows=shows)
        own_time(made, self.clock)
        return made

    def relay(self, **limits: Any) -> Relay:
        sides = [self._connections.open(kind, bind=TCP) for kind in ("PULL", "PUSH")]
        made = Relay(self.outside.environment, sides, Limits(**limits), writes=False)
        own_time(made, self.clock)
        return made


@pytest.fixture
def rig(outside: Outside, connections: Connections) -> Rig:
    return Rig(outside, connections)


def for_ever(wait: Callable[[], object]) -> EndReason:
    """Run a loop that only waits."""

    def loop() -> None:
        while True:
            wait()

    return run(loop)


@pytest.mark.parametrize("make", ["session", "relay"])
def test_an_idle_time_ends_one_socket_and_two(rig: Rig, make: str) -> None:
    engine = getattr(rig, make)(timeout=3600.0)
    begun = rig.clock.now
    end = for_ever(engine.wait)
    assert end.kind is End.IDLE
    assert "nothing happened for 60m" in str(end.error)
    assert rig.clock.now - begun == pytest.approx(3600.0)


@pytest.mark.parametrize("make", ["session", "relay"])
def test_a_duration_ends_one_socket_and_two(rig: Rig, make: str) -> None:
    engine = getattr(rig, make)(duration=7200.0)
    begun = rig.clock.now
    assert for_ever(engine.wait).kind is End.DURATION
    assert rig.clock.now - begun == pytest.approx(7200.0)


@pytest.mark.parametrize("make", ["session", "relay"])
def test_a_signal_ends_one_socket_and_two(rig: Rig, make: str) -> None:
    engine = getattr(rig, make)()
    signal.raise_signal(signal.SIGTERM)
    assert for_ever(engine.wait).kind is End.STOPPED
    assert engine.stopping
    engine.wait(until=rig.clock.now)  # once is enough: the ending still has to sleep


def test_a_duration_that_is_over_does_not_keep_the_ending_awake(rig: Rig) -> None:
    session = rig.session(duration=1.0)
    assert for_ever(session.wait).kind is End.DURATION
    session.stopping = True
    before = rig.clock.now
    session.wait(until=before + 5.0)
    assert rig.clock.now - before >= 1.0  # its next alarm, the hint; not at once


def test_what_happens_restarts_the_idle_time(rig: Rig) -> None:
    session = rig.session(timeout=10.0)
    rig.clock.now += 9.0
    session.touch()
    assert session.ends_at == rig.clock.now + 10.0


def test_a_pause_of_ours_is_no_idle_time(rig: Rig) -> None:
    session = rig.session("PUSH", shows=False, timeout=1.0)
    session.pause(rig.clock.now + 60.0)
    assert session.quiet_since == rig.clock.now


def test_a_closed_stdout_is_said_once(rig: Rig) -> None:
    session = rig.session()
    rig.outside.close_output()
    with pytest.raises(OutputClosed):
        session.wait()
    session.wait(until=rig.clock.now)


def test_the_patience_with_a_peer_that_left_has_an_end(rig: Rig) -> None:
    session = rig.session("PUSH", shows=False)
    session.patience = rig.clock.now + 5.0
    assert for_ever(session.wait).kind is End.PATIENCE


def test_a_message_wakes(rig: Rig, peers: Peers) -> None:
    session = rig.session()
    push = peers.socket(zmq.PUSH, connect=session.connection.endpoints[0])
    push.send(b"x")
    while not session.wait(Wake.RECEIVE) & Wake.RECEIVE:
        pass
    assert session.connection.receive_batch()[0] == [[b"x"]]
    assert session.connection.peers.count == 1


def test_each_side_of_a_relay_wakes_by_itself(rig: Rig, peers: Peers) -> None:
    relay = rig.relay()
    push = peers.socket(zmq.PUSH, connect=relay.frontend.endpoints[0])
    push.send(b"x")
    woken = 0
    while not Wake.of(FRONTEND, woken) & Wake.RECEIVE:
        woken = relay.wait(Wake.RECEIVE)
    assert not Wake.of(BACKEND, woken) & Wake.SEND  # nobody is there to send to
    pull = peers.socket(zmq.PULL, connect=relay.backend.endpoints[0])
    while not Wake.of(BACKEND, woken) & Wake.SEND:
        woken = relay.wait(Wake.on(BACKEND, Wake.SEND))
    relay.backend.send_batch([[b"y"]])
    assert pull.recv() == b"y"


def test_a_relay_without_peers_left_is_done(rig: Rig, peers: Peers) -> None:
    relay = rig.relay(transient=True)
    push = peers.socket(zmq.PUSH, connect=relay.frontend.endpoints[0])
    while not relay.frontend.peers.count:
        relay.wait()
    push.close(linger=0)
    assert for_ever(relay.wait).kind is End.DONE


def test_a_further_descriptor_wakes_a_relay(rig: Rig) -> None:
    relay = rig.relay()
    readable, written = os.pipe()
    relay.watch(readable)
    os.write(written, b"x")
    assert relay.wait() & Wake.CHILD
    relay.watch(None)
    assert not relay.wait(until=rig.clock.now) & Wake.CHILD
    os.close(readable)
    os.close(written)


def test_the_first_peer_is_announced_once(rig: Rig, peers: Peers) -> None:
    session = rig.session()
    calls: list[None] = []
    session.on_ready = lambda: calls.append(None)
    for number in range(2):
        peers.socket(zmq.PUSH, connect=session.connection.endpoints[0])
        while session.connection.peers.handshakes == number:
            session.wait()
    assert len(calls) == 1


def test_events_are_handled_before_they_are_reported(rig: Rig, peers: Peers) -> None:
    session = rig.session()
    counts: list[int] = []
    session.on_event = lambda connection, _event: counts.append(connection.peers.count)
    peers.socket(zmq.PUSH, connect=session.connection.endpoints[0])
    while not session.connection.peers.count:
        session.wait()
    assert counts[-1] == 1


def test_a_second_peer_of_a_pair_is_noted_by_its_side(rig: Rig, connections: Connections, peers: Peers) -> None:
    sides = [connections.open("PAIR", bind=TCP) for _ in range(2)]
    relay = Relay(rig.outside.environment, sides, Limits(), writes=False)
    own_time(relay, rig.clock)
    for _ in range(2):
        peers.socket(zmq.PAIR, connect=relay.frontend.endpoints[0])
    while not rig.outside.said:
        relay.wait()
    assert "another peer has connected to the frontend; a PAIR talks to the first alone" in rig.outside.said[0]


def test_an_endpoint_is_in_the_words_of_an_idle_end(rig: Rig, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind=TCP)
    session = rig.session(connect=endpoint_of(push), timeout=1.0)
    assert endpoint_of(push) in str(for_ever(session.wait).error)
