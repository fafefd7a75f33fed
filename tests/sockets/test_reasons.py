"""Why libzmq refused an endpoint."""

from __future__ import annotations

import errno
import os
import socket

import zmq

from zmqcli.diagnosis.processes import process_name
from zmqcli.endpoint import parse_endpoint
from zmqcli.sockets.reasons import bind_hint, bind_reason, reason


def test_known_refusals_are_said_in_words() -> None:
    assert reason(zmq.ZMQError(errno.EADDRINUSE)) == "address in use"


def test_others_are_said_as_the_system_does() -> None:
    assert reason(zmq.ZMQError(errno.EMFILE)) == "too many open files"


def test_a_port_in_use_names_the_command_that_tells_by_whom() -> None:
    endpoint = parse_endpoint("5555", bind=True)
    hint = bind_hint(zmq.ZMQError(errno.EADDRINUSE), endpoint)
    assert hint == "see who has it: ss -ltnp 'sport = :5555'; see docs/troubleshooting.md#address-in-use"


def test_who_has_a_port_is_said_where_it_can_be_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = parse_endpoint(str(server.getsockname()[1]), bind=True)
        why = bind_reason(zmq.ZMQError(errno.EADDRINUSE), endpoint)
    assert why == f"address in use by {process_name(os.getpid())}, pid {os.getpid()}"

    assert bind_reason(zmq.ZMQError(errno.EADDRINUSE), endpoint) == "address in use"
    assert bind_reason(zmq.ZMQError(errno.EADDRINUSE), parse_endpoint("@x", bind=True)) == "address in use"


def test_a_port_of_the_system_and_too_many_files_have_their_sections() -> None:
    endpoint = parse_endpoint("80", bind=True)
    assert bind_hint(zmq.ZMQError(errno.EACCES), endpoint).endswith("; see docs/troubleshooting.md#privileged-port")
    assert bind_hint(zmq.ZMQError(errno.EMFILE), endpoint).endswith("; see docs/troubleshooting.md#too-many-open-files")


def test_a_call_out_of_turn_is_said_in_words() -> None:
    assert "a REQ sends, then receives" in reason(zmq.ZMQError(zmq.EFSM))


def test_where_nothing_helps_nothing_is_said() -> None:
    assert not bind_hint(zmq.ZMQError(errno.ENOENT), parse_endpoint("./x", bind=True))
