"""The handler of ZAP requests, asked as libzmq asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq

from zmqcli.security.config import SecurityConfig
from zmqcli.sockets.zap import AT_ONCE, ENDPOINT, ZapHandler, read_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.outside import Outside

PLAIN = SecurityConfig("PLAIN", server=True, passwords={b"bob": b"hunter2"})
REQUEST = [b"1.0", b"7", b"domain", b"127.0.0.1", b"", b"PLAIN", b"bob", b"hunter2"]


class Desk:
    """A guard, and libzmq's end of its socket."""

    def __init__(self, security: SecurityConfig = PLAIN) -> None:
        self.context = zmq.Context[zmq.Socket[bytes]]()
        self.zap_handler = ZapHandler(self.context, security)
        self.asking = self.context.socket(zmq.DEALER)
        self.asking.rcvtimeo = 5000
        self.asking.connect(ENDPOINT)

    def ask(self, *frames: bytes) -> None:
        self.asking.send_multipart([b"", *frames])

    def answer(self) -> list[bytes]:
        return self.asking.recv_multipart()[1:]

    def close(self) -> None:
        self.zap_handler.close()
        self.asking.close(linger=0)
        self.context.term()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


def test_who_is_let_in_is_told_with_its_user_id(desk: Desk, outside: Outside) -> None:
    outside.environment.verbose = True
    desk.ask(*REQUEST)
    desk.zap_handler.serve(outside.environment)

    assert desk.answer() == [b"1.0", b"7", b"200", b"OK", b"bob", b""]
    assert outside.said == ["let in 127.0.0.1 as user 'bob'"]


def test_the_first_refusal_is_said_and_all_with_v(desk: Desk, outside: Outside) -> None:
    for verbose in (False, False, True):
        outside.environment.verbose = verbose
        desk.ask(*REQUEST[:-1], b"wrong")
        desk.zap_handler.serve(outside.environment)
        assert desk.answer() == [b"1.0", b"7", b"400", b"not admitted", b"", b""]

    refused = "refused 127.0.0.1 as user 'bob' (wrong password)"
    assert outside.said == [f"{refused}; -v tells of every one", refused]


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b"1.0"],
        [b"1.0", b"7", b"", b"127.0.0.1", b""],
        [b"2.0", *REQUEST[1:]],
        REQUEST[:-1],
        [*REQUEST, b"more"],
        [*REQUEST[:5], b"NULL"],
        [*REQUEST[:5], b"CURVE", b"x" * 32],
        [*REQUEST[:5], b"CURVE", b"short"],
        [*REQUEST[:5], b"\xff", b""],
        [*REQUEST[:3], b"\xff\x1b[2J", *REQUEST[4:6], b"\x1b[2J\n", b""],
    ],
)
def test_whatever_is_asked_has_an_answer_and_nobody_gets_in_by_it(
    desk: Desk, outside: Outside, frames: list[bytes]
) -> None:
    desk.ask(*frames or [b""])
    desk.zap_handler.serve(outside.environment)

    assert desk.answer()[2] == b"400"
    assert all(line.isprintable() for line in outside.said)
    desk.ask(*REQUEST)
    desk.zap_handler.serve(outside.environment)
    assert desk.answer()[2] == b"200"


def test_a_crowd_does_not_keep_the_socket_from_its_turn(desk: Desk, outside: Outside) -> None:
    for _ in range(AT_ONCE + 1):
        desk.ask(*REQUEST)
    assert desk.zap_handler.socket.poll(5000)
    desk.zap_handler.serve(outside.environment)

    assert [desk.answer()[2] for _ in range(AT_ONCE)] == [b"200"] * AT_ONCE
    assert desk.zap_handler.socket.poll(5000), "the last one is still to be answered"
    desk.zap_handler.serve(outside.environment)
    assert desk.answer()[2] == b"200"


def test_a_curve_key_is_read_as_certificates_write_it() -> None:
    public, _ = zmq.curve_keypair()
    request = read_request([*REQUEST[:5], b"CURVE", zmq.utils.z85.decode(public)])

    assert request.key == public


def test_no_secret_is_ever_said(desk: Desk, outside: Outside) -> None:
    outside.environment.verbose = True
    for frames in (REQUEST, [*REQUEST[:-1], b"hunter2x"], [*REQUEST, b"hunter2"]):
        desk.ask(*frames)
        desk.zap_handler.serve(outside.environment)
        desk.answer()

    assert len(outside.said) == 3
    assert "hunter2" not in "".join(outside.said)
