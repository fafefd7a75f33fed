"""libzmq's CURVE client, whose first words come to us."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import zmq

from zmqcli.errors import UsageError
from zmqcli.probe.curve_client import CurveClient
from zmqcli.probe.deadline import Deadline
from zmqcli.zmtp.protocol import read_command, read_greeting

if TYPE_CHECKING:
    from tests.support.outside import Outside

KEY = zmq.curve_keypair()[0]


def test_it_greets_and_says_hello(outside: Outside) -> None:
    deadline = Deadline(outside.environment, 5.0, watch_output=False)
    threads = threading.active_count()
    with CurveClient(KEY, None, "SUB", deadline) as client:
        wire = client.wire
        while (greeting := read_greeting(wire.data)) is None:
            assert wire.receive()
        wire.drop(greeting.size)
        while (hello := read_command(wire.data)) is None:
            assert wire.receive()

    assert (greeting.mechanism, hello.name) == ("CURVE", "HELLO")
    assert threading.active_count() == threads


@pytest.mark.parametrize("key", [b"short", b"\xff" * 40, b"~" * 40])
def test_what_is_no_key(outside: Outside, key: bytes) -> None:
    with pytest.raises(UsageError, match="no CURVE key"):
        CurveClient(key, None, "SUB", Deadline(outside.environment, 5.0, watch_output=False))
