"""Why libzmq refused an endpoint."""

from __future__ import annotations

import errno

import zmq

from zmqcli.endpoint import parse_endpoint
from zmqcli.sockets.reasons import bind_hint, reason


def test_known_refusals_are_said_in_words() -> None:
    assert reason(zmq.ZMQError(errno.EADDRINUSE)) == "address in use"


def test_others_are_said_as_the_system_does() -> None:
    assert reason(zmq.ZMQError(errno.EMFILE)) == "too many open files"


def test_a_port_in_use_names_the_command_that_tells_by_whom() -> None:
    endpoint = parse_endpoint("5555", bind=True)
    assert bind_hint(zmq.ZMQError(errno.EADDRINUSE), endpoint) == "see who has it: ss -ltnp 'sport = :5555'"


def test_where_nothing_helps_nothing_is_said() -> None:
    assert not bind_hint(zmq.ZMQError(errno.ENOENT), parse_endpoint("./x", bind=True))
