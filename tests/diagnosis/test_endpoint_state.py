"""What has become of an endpoint: sequences of events as libzmq 4.3.5 gives them, recorded from real sockets."""

from __future__ import annotations

import errno

import pytest
import zmq

from zmqcli.diagnosis.endpoint_state import Course, State, course
from zmqcli.sockets.monitor import Event
from zmqcli.sockets.peers import HISTORY

ENDPOINT = "tcp://127.0.0.1:5555"
KINDS = {
    "delayed": zmq.EVENT_CONNECT_DELAYED,
    "connected": zmq.EVENT_CONNECTED,
    "accepted": zmq.EVENT_ACCEPTED,
    "accept-failed": zmq.EVENT_ACCEPT_FAILED,
    "listening": zmq.EVENT_LISTENING,
    "closed": zmq.EVENT_CLOSED,
    "retried": zmq.EVENT_CONNECT_RETRIED,
    "shaken": zmq.EVENT_HANDSHAKE_SUCCEEDED,
    "hang-up": zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL,
    "protocol": zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL,
    "auth": zmq.EVENT_HANDSHAKE_FAILED_AUTH,
    "gone": zmq.EVENT_DISCONNECTED,
}


def events(text: str) -> list[Event]:
    """Read events from `connected:9 gone:9`."""
    found = []
    for word in text.split():
        name, _, value = word.partition(":")
        found.append(Event(int(KINDS[name]), int(value or "0", 0), ENDPOINT))
    return found


REFUSED = "delayed:115 closed:12 retried:183 "
HUNG_UP = "delayed:115 connected:14 hang-up:32 gone:14 retried:115 "


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("", Course(State.NOTHING)),
        ("listening:15", Course(State.NOTHING, 0, listens=True)),
        ("delayed:115", Course(State.NO_ANSWER)),
        (REFUSED * 5, Course(State.REFUSED)),
        (REFUSED + "delayed:115", Course(State.REFUSED)),
        ("closed:13 retried:153 closed:12 retried:132", Course(State.REFUSED)),  # ipc
        ("retried:115 retried:182", Course(State.UNREACHABLE)),
        ("delayed:115 connected:14", Course(State.SILENT)),
        (REFUSED + "delayed:115 connected:14", Course(State.SILENT)),
        ("delayed:115 connected:14 shaken:0", Course(State.FINE)),
        ("delayed:115 connected:14 gone:14", Course(State.MISFIT)),
        ("listening:15 accepted:9 gone:9", Course(State.MISFIT, 0, listens=True)),
        (HUNG_UP * 4, Course(State.HUNG_UP, errno.EPIPE)),
        ("delayed:115 connected:14 protocol:0x11000002 gone:14", Course(State.PROTOCOL, 0x11000002)),
        ("listening:17 accepted:8 protocol:0x11000001 gone:8", Course(State.PROTOCOL, 0x11000001, listens=True)),
        ("delayed:115 connected:14 auth:400 gone:14", Course(State.AUTHENTICATION, 400)),
        ("listening:17 accepted:8 hang-up:14 gone:8", Course(State.HUNG_UP, errno.EFAULT, listens=True)),
        ("listening:21 accept-failed:24", Course(State.NOT_ACCEPTED, errno.EMFILE, listens=True)),
        ("delayed:115 connected:14 shaken:0 gone:14 retried:115", Course(State.LEFT)),
        ("delayed:115 connected:14 shaken:0 gone:14 retried:115 " + REFUSED, Course(State.REFUSED)),
        # The peer may be the first to see that the types do not fit: then it is a hang-up, and libzmq tries again.
        (HUNG_UP + "delayed:115 connected:14 gone:14", Course(State.MISFIT, errno.EPIPE)),
        # A peer that is gone before its first event was read.
        ("gone:9", Course(State.MISFIT)),
    ],
)
def test_recorded_sequences(recorded: str, expected: Course) -> None:
    assert course(events(recorded)) == expected


def test_what_says_more_than_a_hang_up_stays() -> None:
    assert course(events("connected:9 gone:9 connected:9 hang-up:32 gone:9")).state is State.MISFIT
    assert course(events("connected:9 auth:400 gone:9 connected:9 hang-up:32 gone:9")).state is State.AUTHENTICATION


def test_of_two_connections_with_one_handshake_the_one_that_leaves_is_taken_for_the_other_one() -> None:
    assert course(events("accepted:8 accepted:9 shaken:0 gone:8")).state is State.MISFIT
    assert course(events("accepted:8 accepted:9 shaken:0 shaken:0 gone:8")).state is State.LEFT


def test_a_connection_whose_start_is_forgotten_is_not_taken_for_one_without_a_handshake() -> None:
    forgotten = events("accepted:8 shaken:0 gone:8 " * (HISTORY // 3) + "gone:7")[-HISTORY:]
    assert len(forgotten) == HISTORY

    assert course(forgotten).state is not State.MISFIT


def test_a_stream_shakes_no_hands() -> None:
    assert course(events("accepted:8"), shakes_hands=False).state is State.FINE
    assert course(events("accepted:8 hang-up:32 gone:8"), shakes_hands=False).state is State.LEFT
    assert course(events(REFUSED), shakes_hands=False).state is State.REFUSED
