"""What has become of an endpoint, read from its events alone.

libzmq says what happened, not why, and for a type that does not fit it says nothing at all. What stands here was
measured with libzmq 4.3.5; the sequences are recorded in tests/diagnosis/test_endpoint_state.py.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.diagnosis.events import Ending, EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.diagnosis.events import ConnectionEvent

__all__ = ["EndpointState", "State", "endpoint_state"]


class State(Enum):
    """How things stand with an endpoint."""

    NOTHING = "nothing has happened"
    NO_ANSWER = "connecting, no answer yet"
    UNREACHABLE = "no attempt came as far as the network: no such name or address"
    REFUSED = "nobody listens"
    SILENT = "connected, no handshake yet"
    HUNG_UP = "the other end hung up during the handshake, or does not speak ZMTP"
    MISFIT = "a connection ended without a handshake and without a word: the socket types do not fit"
    PROTOCOL = "a handshake failed with a ZMQ_PROTOCOL_ERROR"
    AUTHENTICATION = "a handshake failed with a status of ZAP"
    NOT_ACCEPTED = "a connection could not be accepted"
    FINE = "a handshake is done"
    LEFT = "the peer left"


class EndpointState(NamedTuple):
    """The state of an endpoint, and the number that came with it."""

    state: State
    value: int = 0
    """By state: an errno, a ZMQ_PROTOCOL_ERROR_*, a ZAP status."""
    listens: bool = False
    """Whether it is ours: bound, not connected."""


_FAILURES: dict[int, State] = {
    EventKind.HANDSHAKE_FAILED_NO_DETAIL: State.HUNG_UP,
    EventKind.HANDSHAKE_FAILED_PROTOCOL: State.PROTOCOL,
    EventKind.HANDSHAKE_FAILED_AUTH: State.AUTHENTICATION,
}
_ENDINGS: dict[Ending | None, State] = {Ending.LEFT: State.LEFT, Ending.MISFIT: State.MISFIT}
_OPENED = (EventKind.CONNECTED, EventKind.ACCEPTED)
_LISTENS = (EventKind.LISTENING, EventKind.ACCEPTED, EventKind.ACCEPT_FAILED)
_NOT_CONNECTED = (State.NOTHING, State.NO_ANSWER, State.REFUSED, State.UNREACHABLE)
_TOLD = (State.MISFIT, State.PROTOCOL, State.AUTHENTICATION)
"""What says more than a hang-up: the end that refuses knows why, the other one may see it as a hang-up."""


def endpoint_state(events: Sequence[ConnectionEvent], *, shakes_hands: bool = True) -> EndpointState:
    """Return what has become of the endpoint that all of `events` are about, oldest first.

    Not `shakes_hands`: a STREAM, whose connections are as good as they will ever be.
    """
    replay = _Replay(shakes_hands=shakes_hands)
    for event in events:
        replay.take(event)
    return EndpointState(replay.state, replay.value, replay.listens)


class _Replay:
    """Goes through the events once."""

    def __init__(self, *, shakes_hands: bool) -> None:
        self.state = State.NOTHING
        self.value = 0
        self.listens = False
        self._shakes_hands = shakes_hands
        self._connected = False
        self._closed = False

    def take(self, event: ConnectionEvent) -> None:
        kind = event.kind
        self.listens |= kind in _LISTENS
        if kind in _OPENED:
            self._opened()
        elif kind == EventKind.HANDSHAKE_SUCCEEDED:
            self.state = State.FINE
        elif kind in _FAILURES and self._shakes_hands:
            self._fail(_FAILURES[kind], event.value)
        elif kind == EventKind.DISCONNECTED:
            self.state = _ENDINGS.get(event.ending, self.state)
        elif kind == EventKind.CONNECT_RETRIED:
            self._retried()
        elif kind == EventKind.ACCEPT_FAILED:
            self.state, self.value = State.NOT_ACCEPTED, event.value
        elif kind == EventKind.CONNECT_DELAYED and self.state is State.NOTHING:
            self.state = State.NO_ANSWER
        elif kind == EventKind.CLOSED:
            self._closed = True

    def _opened(self) -> None:
        self._connected, self._closed = True, False
        if not self._shakes_hands:
            self.state = State.FINE
        elif self.state in _NOT_CONNECTED:
            self.state = State.SILENT

    def _fail(self, state: State, value: int) -> None:
        if state is State.HUNG_UP and self.state in _TOLD:
            return
        self.state, self.value = state, value

    def _retried(self) -> None:
        connected, self._connected = self._connected, False
        closed, self._closed = self._closed, False
        if not connected or closed:  # else it did connect, and why that ended has been said
            self.state = State.REFUSED if closed else State.UNREACHABLE
