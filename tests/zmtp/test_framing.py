"""How many bytes messages and handshakes are on the wire: compared with what the kernel counts for real sockets."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

import pytest
import zmq

from zmqcli.delivery.link import Link
from zmqcli.zmtp.framing import CURVE_BYTES, Framing, handshake_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zmqcli.message import Message


MESSAGES: list[Message] = [[bytes(size)] for size in (0, 1, 222, 223, 255, 256, 1000, 70_000)]
MESSAGES.append([b"a", bytes(300), b""])
PAIRS = [("PUSH", "PULL"), ("DEALER", "ROUTER"), ("PAIR", "PAIR"), ("ROUTER", "DEALER"), ("REP", "REQ")]
USER, PASSWORD = b"user", b"secret"
IDENTITY = b"me"
PATIENCE_MS = 5000


class TwoEnds:
    """Two plain sockets of one context that have shaken hands over tcp, and the kernel's view of both ends."""

    def __init__(self, bound: str, connected: str, mechanism: str) -> None:
        self.context = zmq.Context()
        self.bound, self.connected = (self.context.socket(getattr(zmq, kind)) for kind in (bound, connected))
        self._zap = self.context.socket(zmq.REP)
        self._zap.bind("inproc://zeromq.zap.01")
        self._secure(mechanism)
        self.bound.routing_id = IDENTITY
        monitors = [end.get_monitor_socket() for end in (self.bound, self.connected)]
        port = self.bound.bind_to_random_port("tcp://127.0.0.1")
        self.connected.connect(f"tcp://127.0.0.1:{port}")
        kinds = (zmq.EVENT_ACCEPTED, zmq.EVENT_CONNECTED)
        self.links = [
            Link(os.dup(self._meet(monitor, kind)), "tcp://here", connected=kind == zmq.EVENT_CONNECTED)
            for monitor, kind in zip(monitors, kinds, strict=True)
        ]
        for end, monitor in zip((self.bound, self.connected), monitors, strict=True):
            end.disable_monitor()
            monitor.close(linger=0)

    def _secure(self, mechanism: str) -> None:
        if mechanism == "PLAIN":
            self.bound.plain_server = True
            self.connected.plain_username, self.connected.plain_password = USER, PASSWORD
        elif mechanism == "CURVE":
            self.bound.curve_server = True
            server_key, self.bound.curve_secretkey = zmq.curve_keypair()
            self.connected.curve_serverkey = server_key
            self.connected.curve_publickey, self.connected.curve_secretkey = zmq.curve_keypair()

    def _meet(self, monitor: zmq.Socket[bytes], kind: int) -> int:
        """Let in whoever asks, until the handshake is done; return the descriptor of the connection."""
        poller = zmq.Poller()
        poller.register(monitor, zmq.POLLIN)
        poller.register(self._zap, zmq.POLLIN)
        descriptor = -1
        while True:
            ready = dict(poller.poll(PATIENCE_MS))
            assert ready, "no handshake"
            if self._zap in ready:
                request = self._zap.recv_multipart()
                self._zap.send_multipart([b"1.0", request[1], b"200", b"OK", b"", b""])
            if monitor in ready:
                event, value = struct.unpack("=Hi", monitor.recv_multipart()[0])
                descriptor = value if event == kind else descriptor
                if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                    return descriptor

    def close(self) -> None:
        for link in self.links:
            link.close()
        self.context.destroy(linger=0)


@pytest.fixture(params=["NULL", "PLAIN", "CURVE"])
def mechanism(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=PAIRS, ids="-".join)
def ends(request: pytest.FixtureRequest, mechanism: str) -> Iterator[TwoEnds]:
    bound, connected = request.param
    made = TwoEnds(bound, connected, mechanism)
    yield made
    made.close()


def reaches(link: Link, size: int) -> bool:
    """Whether the kernel counts `size` bytes, now or in a moment: libzmq's last write may come after its event."""
    return any(link.written() == size for _ in range(100_000))


def test_a_handshake_is_as_long_as_foretold(ends: TwoEnds, mechanism: str, request: pytest.FixtureRequest) -> None:
    bound, connected = request.node.callspec.params["ends"]
    server = handshake_bytes(bound, mechanism, identity=len(IDENTITY), server=True)
    client = handshake_bytes(connected, mechanism, credentials=len(USER + PASSWORD))

    assert reaches(ends.links[0], server), f"{ends.links[0].written()} bytes, not {server}"
    assert reaches(ends.links[1], client), f"{ends.links[1].written()} bytes, not {client}"


@pytest.mark.parametrize("ends", [pair for pair in PAIRS if pair[0] in {"PUSH", "DEALER", "PAIR"}], indirect=True)
def test_messages_are_as_long_as_foretold(ends: TwoEnds, mechanism: str, request: pytest.FixtureRequest) -> None:
    bound, _ = request.node.callspec.params["ends"]
    before = handshake_bytes(bound, mechanism, identity=len(IDENTITY), server=True)
    for message in MESSAGES:
        ends.bound.send_multipart([bytes(frame) for frame in message])
    size = Framing(extra=CURVE_BYTES if mechanism == "CURVE" else 0).size(MESSAGES, 0, len(MESSAGES))

    assert reaches(ends.links[0], before + size), f"{ends.links[0].written()} bytes, not {before + size}"


def test_only_the_messages_that_were_taken_count() -> None:
    assert Framing().size([[b"aaa"], [b"b"], [b"cc"]], 1, 2) == 3
    assert Framing().size([[b"aaa"]], 1, 1) == 0


def test_a_routing_id_is_not_sent() -> None:
    assert Framing(routing_ids=1).size([[b"id", b"", b"body"]], 0, 1) == 2 + 6


def test_a_stream_has_bytes_and_no_frames() -> None:
    assert Framing(routing_ids=1, framed=False).size([[b"id", bytes(1000)]], 0, 1) == 1000


def test_the_reply_of_a_rep_has_a_delimiter_in_front() -> None:
    assert Framing(delimiters=1).size([[b"a"], [b"b", b"c"]], 0, 2) == 2 * 2 + 3 * 3
