"""What has become of an endpoint: sequences of events as libzmq 4.3.5 gives them, recorded from real sockets."""

from __future__ import annotations

import errno
from contextlib import ExitStack

import pytest
import zmq

from tests.support.kernel_links import KernelLink
from zmqcli.diagnosis.endpoint_state import EndpointState, State, endpoint_state
from zmqcli.diagnosis.events import ConnectionEvent, Event
from zmqcli.sockets.peers import Peers

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


def events(text: str, *, shakes_hands: bool = True) -> list[ConnectionEvent]:
    """Read events from `connected:9 gone:9`, and let `Peers` interpret them.

    Each number is a connection of the kernel.
    """
    peers, found = Peers(shakes_hands=shakes_hands), []
    with ExitStack() as stack:
        links: dict[str, KernelLink] = {}
        for word in text.split():
            name, _, value = word.partition(":")
            if name in {"connected", "accepted"}:
                links[value] = stack.enter_context(KernelLink("tcp"))
            is_connection = name in {"connected", "accepted", "gone"} and value in links
            number = links[value].near.fileno() if is_connection else int(value or "0", 0)
            found.append(peers.handle(Event(int(KINDS[name]), number, ENDPOINT)))
        peers.close()
    return found


REFUSED = "delayed:115 closed:12 retried:183 "
HUNG_UP = "delayed:115 connected:14 hang-up:32 gone:14 retried:115 "


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("", EndpointState(State.NOTHING)),
        ("listening:15", EndpointState(State.NOTHING, 0, listens=True)),
        ("delayed:115", EndpointState(State.NO_ANSWER)),
        (REFUSED * 5, EndpointState(State.REFUSED)),
        (REFUSED + "delayed:115", EndpointState(State.REFUSED)),
        ("closed:13 retried:153 closed:12 retried:132", EndpointState(State.REFUSED)),  # ipc
        ("retried:115 retried:182", EndpointState(State.UNREACHABLE)),
        ("delayed:115 connected:14", EndpointState(State.SILENT)),
        (REFUSED + "delayed:115 connected:14", EndpointState(State.SILENT)),
        ("delayed:115 connected:14 shaken:0", EndpointState(State.FINE)),
        ("delayed:115 connected:14 gone:14", EndpointState(State.MISFIT)),
        ("listening:15 accepted:9 gone:9", EndpointState(State.MISFIT, 0, listens=True)),
        (HUNG_UP * 4, EndpointState(State.HUNG_UP, errno.EPIPE)),
        ("delayed:115 connected:14 protocol:0x11000002 gone:14", EndpointState(State.PROTOCOL, 0x11000002)),
        ("listening:17 accepted:8 protocol:0x11000001 gone:8", EndpointState(State.PROTOCOL, 0x11000001, listens=True)),
        ("delayed:115 connected:14 auth:400 gone:14", EndpointState(State.AUTHENTICATION, 400)),
        ("listening:17 accepted:8 hang-up:14 gone:8", EndpointState(State.HUNG_UP, errno.EFAULT, listens=True)),
        ("listening:21 accept-failed:24", EndpointState(State.NOT_ACCEPTED, errno.EMFILE, listens=True)),
        ("delayed:115 connected:14 shaken:0 gone:14 retried:115", EndpointState(State.LEFT)),
        ("delayed:115 connected:14 shaken:0 gone:14 retried:115 " + REFUSED, EndpointState(State.REFUSED)),
        # The peer may be the first to see that the types do not fit: then it is a hang-up, and libzmq tries again.
        (HUNG_UP + "delayed:115 connected:14 gone:14", EndpointState(State.MISFIT, errno.EPIPE)),
        # A peer that is gone before its first event was read.
        ("gone:9", EndpointState(State.MISFIT)),
    ],
)
def test_recorded_sequences(recorded: str, expected: EndpointState) -> None:
    assert endpoint_state(events(recorded)) == expected


def test_what_says_more_than_a_hang_up_stays() -> None:
    assert endpoint_state(events("connected:9 gone:9 connected:9 hang-up:32 gone:9")).state is State.MISFIT
    assert (
        endpoint_state(events("connected:9 auth:400 gone:9 connected:9 hang-up:32 gone:9")).state
        is State.AUTHENTICATION
    )


def test_of_two_connections_with_one_handshake_the_one_that_leaves_without_a_report_had_it() -> None:
    assert endpoint_state(events("accepted:8 accepted:9 shaken:0 gone:8")).state is State.LEFT
    assert endpoint_state(events("accepted:8 accepted:9 shaken:0 hang-up:32 gone:8")).state is not State.LEFT
    assert endpoint_state(events("accepted:8 accepted:9 shaken:0 shaken:0 gone:8")).state is State.LEFT


def test_a_stream_shakes_no_hands() -> None:
    assert endpoint_state(events("accepted:8", shakes_hands=False), shakes_hands=False).state is State.FINE
    assert (
        endpoint_state(events("accepted:8 hang-up:32 gone:8", shakes_hands=False), shakes_hands=False).state
        is State.LEFT
    )
    assert endpoint_state(events(REFUSED, shakes_hands=False), shakes_hands=False).state is State.REFUSED
