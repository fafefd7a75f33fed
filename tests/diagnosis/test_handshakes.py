"""What a failed handshake is called, with real failures: each end is a Connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.connections import until
from zmqcli.diagnosis.events import ConnectionEvent, Event
from zmqcli.diagnosis.handshakes import explain, is_about_security
from zmqcli.security.allow_list import AllowList
from zmqcli.security.config import SecurityConfig
from zmqcli.sockets.peers import HANG_UPS, Peers

if TYPE_CHECKING:
    from tests.support.connections import Connections
    from tests.support.outside import Outside

PUBLIC, SECRET = zmq.curve_keypair()
OWN_PUBLIC, OWN_SECRET = zmq.curve_keypair()

CURVE_SERVER = SecurityConfig("CURVE", server=True, public_key=PUBLIC, secret_key=SECRET)
CURVE_STRICT = CURVE_SERVER._replace(allow=AllowList({PUBLIC: "another"}, []))
CURVE_CLIENT = SecurityConfig("CURVE", server=False, server_key=PUBLIC)
CURVE_KNOWN = CURVE_CLIENT._replace(public_key=OWN_PUBLIC, secret_key=OWN_SECRET)
CURVE_WRONG = CURVE_CLIENT._replace(server_key=OWN_PUBLIC)
PLAIN_SERVER = SecurityConfig("PLAIN", server=True, passwords={b"bob": b"a"})
PLAIN_CLIENT = SecurityConfig("PLAIN", server=False, user=b"bob", password=b"b")
NULL_STRICT = SecurityConfig("NULL", server=True, allow=AllowList({}, [object()]))

FAILURES = {
    "a wrong key of the server": (
        CURVE_SERVER,
        CURVE_WRONG,
        "a client does not have this server's public key",
        "--curve-server-key is not its public key",
    ),
    "no key at all": (
        CURVE_SERVER,
        None,
        "this end has CURVE, the other end PLAIN or none",
        "this end has no security (NULL), the other end CURVE or PLAIN",
    ),
    "a key nobody asked for": (
        None,
        CURVE_CLIENT,
        "this end has no security (NULL)",
        "this end has CURVE, the other end PLAIN or none",
    ),
    "another mechanism": (
        PLAIN_SERVER,
        CURVE_CLIENT,
        "this end has PLAIN, the other end CURVE or none",
        "this end has CURVE",
    ),
    "a key that is not listed": (
        CURVE_STRICT,
        CURVE_KNOWN,
        "this end refused the key or address of a client",
        "status 400 (this end's key is not on its allow-list, or its address); libzmq will not try again",
    ),
    "a key made for the run": (
        CURVE_STRICT,
        CURVE_CLIENT,
        "this end refused",
        "a key made for this run is on no allow-list",
    ),
    "a wrong password": (
        PLAIN_SERVER,
        PLAIN_CLIENT,
        "this end refused the user, password or address of a client",
        "wrong user or password",
    ),
    "two clients": (CURVE_CLIENT, CURVE_CLIENT, "both ends are CURVE clients", "both ends are CURVE clients"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_each_end_says_which_end_is_wrong(connections: Connections, outside: Outside, failure: str) -> None:
    bound, connected, bound_says, connected_says = FAILURES[failure]
    server = connections.open("PULL", bind="tcp://127.0.0.1:0", security=bound)
    client = connections.open("PUSH", connect=server.endpoints[0], security=connected)

    def told() -> bool:
        if server.zap_handler is not None:
            server.zap_handler.serve(outside.environment)
        until(server, lambda: True)
        for event in server.monitor.drain():
            server.peers.handle(event)
        said = [bound_says in server.peers.report, connected_says in client.peers.report]
        # Where both find fault it is a race whose hanging up the other one hears of instead.
        heard = "hung up" in server.peers.report or "hung up" in client.peers.report
        return all(said) or (any(said) and heard)

    until(client, told)


def test_two_servers_are_suspected(connections: Connections) -> None:
    one = connections.open("PULL", bind="tcp://127.0.0.1:0", security=CURVE_SERVER)
    other = connections.open("PUSH", connect=one.endpoints[0], security=CURVE_SERVER)

    until(other, lambda: other.peers.report == "connected, but the handshake is not done: are both ends servers?")


def test_a_handshake_that_ends_well_leaves_no_suspicion(connections: Connections, outside: Outside) -> None:
    server = connections.open("PULL", bind="tcp://127.0.0.1:0", security=CURVE_SERVER)
    client = connections.open("PUSH", connect=server.endpoints[0], security=CURVE_CLIENT)

    def shaken() -> bool:
        assert server.zap_handler is not None
        server.zap_handler.serve(outside.environment)
        return client.peers.handshakes > 0

    until(client, shaken)
    assert not client.peers.report


@pytest.mark.parametrize("value", [300, 400, 500])
def test_only_a_temporary_refusal_is_tried_again(value: int) -> None:
    event = ConnectionEvent(int(zmq.EVENT_HANDSHAKE_FAILED_AUTH), value, "tcp://127.0.0.1:1")

    assert ("libzmq will not try again" in explain(event, PLAIN_CLIENT).what) == (value != 300)
    assert "allow-list" in explain(event, None).what


def test_a_hang_up_is_a_matter_of_security_for_who_has_any() -> None:
    hang_up = ConnectionEvent(int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL), 32, "tcp://127.0.0.1:1")

    assert is_about_security(hang_up, PLAIN_CLIENT)
    assert is_about_security(hang_up, PLAIN_SERVER)
    assert not is_about_security(hang_up, None)
    assert explain(hang_up, None).what == "handshake failed: the other end hung up or does not speak ZMTP"
    assert "it may not have PLAIN" in explain(hang_up, PLAIN_SERVER).what


@pytest.mark.parametrize(("listens", "option"), [(False, "--curve-server-key"), (True, "--curve-server-cert")])
def test_who_has_no_security_is_told_which_option_gives_some(*, listens: bool, option: str) -> None:
    event = ConnectionEvent(int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL), 0x11000002, "tcp://127.0.0.1:1")
    verdict = explain(event, None, listens=listens)

    assert option in verdict.advice
    assert ("zmqcli probe tcp://127.0.0.1:1" in verdict.advice) != listens
    assert str(verdict).endswith("see docs/troubleshooting.md#mechanisms-differ")


@pytest.mark.parametrize("better", [False, True])
def test_a_hang_up_is_said_once_nothing_better_can_be_known(*, better: bool) -> None:
    hang_up = Event(int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL), 32, "tcp://127.0.0.1:1")
    differ = Event(int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL), 0x11000002, "tcp://127.0.0.1:1")
    peers = Peers(security=CURVE_CLIENT)
    for event in [hang_up] * (HANG_UPS - 1):
        peers.handle(event)
    assert not peers.take_refusals()
    for event in [differ, hang_up] if better else [hang_up] * 2:
        peers.handle(event)

    (said,) = peers.take_refusals()
    assert ("mechanisms differ" if better else "the server hung up") in said
    assert peers.explained == {"mechanisms-differ" if better else "wrong-curve-key"}


def test_what_the_guard_has_said_is_explained() -> None:
    peers = Peers(security=PLAIN_SERVER)
    peers.handle(Event(int(zmq.EVENT_HANDSHAKE_FAILED_AUTH), 400, "tcp://127.0.0.1:1"))

    assert not peers.take_refusals()
    assert peers.explained == {"refused-by-authentication"}


def test_a_server_leaves_its_refusals_to_its_guard() -> None:
    refused = ConnectionEvent(int(zmq.EVENT_HANDSHAKE_FAILED_AUTH), 400, "tcp://127.0.0.1:1")

    assert not is_about_security(refused, NULL_STRICT)
    assert is_about_security(refused, None)
