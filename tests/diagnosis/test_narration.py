"""Events in plain English."""

from __future__ import annotations

import errno
import os

import pytest
import zmq

from tests.support.kernel_links import KernelLink
from zmqcli.diagnosis.events import ConnectionEvent, Ending
from zmqcli.diagnosis.narration import Narrator, Told
from zmqcli.diagnosis.processes import process_name

TCP = "tcp://127.0.0.1:5555"
EVENTS = {
    name: int(value)
    for name, value in vars(zmq).items()
    if name.startswith("EVENT_") and isinstance(value, zmq.Event) and value.bit_count() == 1
}
# Pipe statistics answer a request that nobody here makes; the end of monitoring is known to who ends it.
NOT_WATCHED = {"EVENT_MONITOR_STOPPED", "EVENT_PIPES_STATS"}


@pytest.fixture
def narrator() -> Narrator:
    return Narrator(lambda: "CURVE")


def tell(
    narrator: Narrator,
    kind: int,
    value: int = 0,
    endpoint: str = TCP,
    *,
    ending: Ending | None = None,
    sure: bool = True,
) -> Told:
    """Tell an event that is about the connection `value`, or, of a handshake, about the only one that is open."""
    is_connection = kind in {zmq.EVENT_CONNECTED, zmq.EVENT_ACCEPTED, zmq.EVENT_DISCONNECTED}
    about = value if is_connection else next(iter(narrator._peers), None)
    return narrator.tell(ConnectionEvent(int(kind), value, endpoint, about, ending, sure))


@pytest.mark.parametrize("name", sorted(set(EVENTS) - NOT_WATCHED))
def test_every_event_of_libzmq_is_said_in_plain_english(name: str, narrator: Narrator) -> None:
    told = tell(narrator, EVENTS[name], 0x11000001)

    assert told.event == name.removeprefix("EVENT_").lower()
    assert TCP in told.text
    assert not told.text.startswith("event ")
    assert "{" not in told.text


def test_an_event_of_a_later_libzmq_is_said_by_its_number(narrator: Narrator) -> None:
    assert tell(narrator, 1 << 20, 7).text == f"event {1 << 20} with value 7: {TCP}"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (zmq.EVENT_CONNECT_RETRIED, 183, f"trying {TCP} again in 183 ms"),
        (zmq.EVENT_CLOSED, 12, f"could not connect to {TCP}"),
        (zmq.EVENT_ACCEPT_FAILED, errno.EMFILE, f"could not accept a connection on {TCP}: too many open files"),
        (zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, errno.EPIPE, f"handshake failed: {TCP}: the other end hung up"),
        (zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, 0x11000002, f"handshake failed: {TCP}: zmtp mechanism mismatch"),
        (zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, 0x7F, f"handshake failed: {TCP}: protocol error 0x0000007f"),
        (zmq.EVENT_HANDSHAKE_FAILED_AUTH, 400, f"handshake failed: {TCP}: refused with ZAP status 400"),
    ],
)
def test_what_a_value_means_is_said(kind: int, value: int, text: str, narrator: Narrator) -> None:
    told = tell(narrator, kind, value)

    assert told.text == text
    assert told.value == (None if kind == zmq.EVENT_CLOSED else value)


def test_a_tcp_peer_is_told_by_its_address(narrator: Narrator) -> None:
    with KernelLink("tcp") as link:
        address = f"127.0.0.1:{link.near.getpeername()[1]}"
        number = link.near.fileno()
        assert tell(narrator, zmq.EVENT_ACCEPTED, number).text == f"accepted a connection on {TCP} by {address}"
    shaken = tell(narrator, zmq.EVENT_HANDSHAKE_SUCCEEDED)
    assert shaken == Told(
        "handshake_succeeded",
        TCP,
        address,
        None,
        None,
        "CURVE",
        None,
        f"handshake done: {TCP} ({address}), mechanism CURVE",
    )
    gone = tell(narrator, zmq.EVENT_DISCONNECTED, number)
    assert (gone.peer, gone.text) == (address, f"disconnected: {TCP} ({address})")


def test_an_ipc_peer_is_told_by_its_process(narrator: Narrator) -> None:
    with KernelLink("ipc") as link:
        told = tell(narrator, zmq.EVENT_ACCEPTED, link.near.fileno(), "ipc:///x")

    name = process_name(os.getpid())
    assert (told.peer, told.pid, told.process) == (None, os.getpid(), name)
    assert told.text == f"accepted a connection on ipc:///x by {name}, pid {os.getpid()}"


def test_the_address_that_was_connected_to_is_not_said_twice(narrator: Narrator) -> None:
    with KernelLink("tcp") as link:
        port = link.near.getpeername()[1]
        told = tell(narrator, zmq.EVENT_CONNECTED, link.near.fileno(), f"tcp://127.0.0.1:{port}")
        assert told.text == f"connected to tcp://127.0.0.1:{port}"
        told = tell(narrator, zmq.EVENT_CONNECTED, link.near.fileno(), f"tcp://localhost:{port}")
        assert told.text == f"connected to tcp://localhost:{port} (127.0.0.1:{port})"


@pytest.mark.parametrize(
    ("ending", "start"),
    [
        (Ending.MISFIT, "disconnected without a handshake: "),
        (Ending.LEFT, "disconnected: "),
        (Ending.FAILED, "disconnected: "),
    ],
)
def test_who_leaves_without_a_handshake_does_not_fit(narrator: Narrator, ending: Ending, start: str) -> None:
    tell(narrator, zmq.EVENT_ACCEPTED, 999_999)
    assert tell(narrator, zmq.EVENT_DISCONNECTED, 999_999, ending=ending).text.startswith(start)


def test_of_two_handshakes_at_once_nobody_knows_whose_it_is(narrator: Narrator) -> None:
    with KernelLink("tcp") as one, KernelLink("tcp") as other:
        tell(narrator, zmq.EVENT_ACCEPTED, one.near.fileno())
        tell(narrator, zmq.EVENT_ACCEPTED, other.near.fileno())
        assert tell(narrator, zmq.EVENT_HANDSHAKE_SUCCEEDED, sure=False).peer is None
        for link in (one, other):  # nor who leaves without one
            told = tell(narrator, zmq.EVENT_DISCONNECTED, link.near.fileno(), ending=Ending.MISFIT, sure=False)
            assert told.text.startswith("disconnected: ")


def test_a_listener_that_closes(narrator: Narrator) -> None:
    tell(narrator, zmq.EVENT_LISTENING, 9)
    assert tell(narrator, zmq.EVENT_CLOSED, 9).text == f"stopped listening on {TCP}"
