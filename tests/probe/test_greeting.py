"""The first words, against hand-written peers: all versions of ZMTP, other servers, silence."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from zmqcli.errors import ZmqcliError
from zmqcli.probe.deadline import Deadline
from zmqcli.probe.greeting import greet, shown
from zmqcli.probe.plain_connection import Wire
from zmqcli.zmtp.protocol import MAJOR, SIGNATURE, BrokenZmtp, Greeting, NotZmtp, greeting_rest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.outside import Outside

FIRST_WORDS = SIGNATURE + MAJOR


class Meeting:
    """Our end of a connection, and the hand-written peer's."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        ours, self.peer = socket.socketpair()
        self.ours = ours
        self.peer.setblocking(False)

    def greet(self, *said: bytes, seconds: float = 5.0, over: bool = False) -> Greeting:
        """Return the greeting of a peer that says all that without waiting for us."""
        deadline = Deadline(self._outside.environment, seconds, watch_output=False)
        self.wire = Wire(self.ours, deadline)
        for piece in said:
            self.peer.sendall(piece)
        if over:
            self.peer.shutdown(socket.SHUT_WR)
        return greet(self.wire, deadline)

    @property
    def heard(self) -> bytes:
        """What we have said."""
        try:
            return self.peer.recv(1000)
        except BlockingIOError:
            return b""


@pytest.fixture
def meeting(outside: Outside) -> Iterator[Meeting]:
    """Return a connection."""
    made = Meeting(outside)
    yield made
    made.ours.close()
    made.peer.close()


@pytest.mark.parametrize(("minor", "named"), [(0, 0), (1, 1), (7, 1)])
@pytest.mark.parametrize("mechanism", ["NULL", "CURVE"])
def test_a_3_x_peer_hears_its_own_mechanism(meeting: Meeting, minor: int, named: int, mechanism: str) -> None:
    greeting = meeting.greet(FIRST_WORDS + greeting_rest(minor, mechanism), b"\x04\x01")

    assert greeting == Greeting(3, minor, 64, mechanism)
    assert meeting.heard == FIRST_WORDS + greeting_rest(named, mechanism)
    assert meeting.wire.data in {b"", b"\x04\x01"}  # what follows is left for the handshake


def test_a_3_x_peer_that_waits_for_us_to_name_a_mechanism_hears_one(meeting: Meeting) -> None:
    with pytest.raises(BrokenZmtp, match="not complete"):
        meeting.greet(FIRST_WORDS, seconds=0.3)

    assert meeting.heard == FIRST_WORDS + greeting_rest(0, "NULL")


def test_a_2_0_peer_hears_nothing_it_could_take_for_a_message(meeting: Meeting) -> None:
    greeting = meeting.greet(SIGNATURE + b"\x01\x07\0\x02me")

    assert greeting == Greeting(2, 0, 16, socket_type="PULL", identity=b"me")
    assert meeting.heard == FIRST_WORDS


def test_a_1_0_peer_likewise(meeting: Meeting) -> None:
    assert meeting.greet(b"\x01\0") == Greeting(1, 0, 2, identity=b"")
    assert meeting.heard == FIRST_WORDS


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\n"], "an HTTP server is there"),
        ([b"220 ", b"mail ESMTP\r\n"], "an SMTP server is there"),
        ([b"what\x1b[2J?"], "something is there"),
    ],
)
def test_another_server(meeting: Meeting, said: list[bytes], what: str) -> None:
    with pytest.raises(NotZmtp, match=what) as caught:
        meeting.greet(*said)

    assert "\x1b" not in str(caught.value)


def test_a_silent_port_is_given_the_end_of_a_line(meeting: Meeting) -> None:
    with pytest.raises(ZmqcliError, match="open and silent"):
        meeting.greet(seconds=0.1)

    assert meeting.heard == FIRST_WORDS + b"\r\n\r\n"


def test_a_peer_that_hangs_up(meeting: Meeting) -> None:
    with pytest.raises(ZmqcliError, match="hung up without a word"):
        meeting.greet(over=True)


@pytest.mark.parametrize("size", [1, 10, 11, 40])
def test_a_greeting_that_breaks_off(meeting: Meeting, size: int) -> None:
    with pytest.raises((NotZmtp, BrokenZmtp)):
        meeting.greet((FIRST_WORDS + greeting_rest(1, "NULL"))[:size], over=True)


def test_what_is_shown_is_short_and_harmless() -> None:
    assert shown(b'\x1b\xff"ok') == '"\\x1b\\xff"ok"'
    assert shown(b"x" * 100) == f'"{"x" * 32}" ...'
