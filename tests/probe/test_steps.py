"""The probe against plain pyzmq sockets of every type and mechanism: what it finds, and that nobody is disturbed."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
import zmq
from zmq.auth import CURVE_ALLOW_ANY
from zmq.auth.thread import ThreadAuthenticator

from tests.support.peers import endpoint_of
from zmqcli.endpoint import parse_endpoint
from zmqcli.probe.deadline import Deadline
from zmqcli.probe.resolve import Address
from zmqcli.probe.steps import Credentials, Findings, ProbeStep, probe
from zmqcli.sockets.patterns import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.outside import Outside
    from tests.support.peers import Peers

TYPES = ["PUB", "SUB", "XPUB", "XSUB", "PUSH", "PULL", "REQ", "REP", "DEALER", "ROUTER", "PAIR"]
SENDERS = ["PUSH", "DEALER", "REQ", "PAIR"]
"""Those that give a message to whoever is there."""
RECEIVERS = {"PUSH": "PULL", "DEALER": "ROUTER", "REQ": "ROUTER", "PAIR": "PAIR"}
MECHANISMS = ["NULL", "PLAIN", "CURVE"]
PUBLIC, SECRET = zmq.curve_keypair()
CLIENT = zmq.curve_keypair()
RIGHT = {
    "NULL": Credentials(),
    "PLAIN": Credentials(plain=(b"me", b"pass")),
    "CURVE": Credentials(server_key=PUBLIC),
}
SERVER_OPTIONS: dict[str, dict[int, bytes | int]] = {
    "NULL": {},
    "PLAIN": {zmq.PLAIN_SERVER: 1},
    "CURVE": {zmq.CURVE_SERVER: 1, zmq.CURVE_SECRETKEY: SECRET},
}


@pytest.fixture
def allowing(peers: Peers) -> Iterator[ThreadAuthenticator]:
    """Return a ZAP handler that knows one user, and takes any CURVE key."""
    handler = ThreadAuthenticator(peers.context)
    handler.start()
    handler.configure_plain(passwords={"me": "pass"})
    handler.configure_curve(location=CURVE_ALLOW_ANY)
    yield handler
    handler.stop()


def look(
    outside: Outside,
    endpoint: str,
    credentials: Credentials = RIGHT["NULL"],
    on_step: Callable[[ProbeStep], None] = lambda _step: None,
    seconds: float = 5.0,
) -> Findings:
    deadline = Deadline(outside.environment, seconds, watch_output=False)
    return probe(parse_endpoint(endpoint, bind=False), credentials, deadline, on_step)


def step(report: Findings, name: str) -> ProbeStep:
    return next(step for step in report.steps if step.name == name)


@pytest.mark.parametrize("kind", TYPES)
def test_a_peer_without_security_tells_its_type(outside: Outside, peers: Peers, endpoint: str, kind: str) -> None:
    peer = peers.socket(getattr(zmq, kind), bind=endpoint, options={zmq.ROUTING_ID: b"\xff\x1b"})

    report = look(outside, endpoint_of(peer))

    assert report.error is None
    assert (report.socket_type, report.fits) == (kind, sorted(PATTERNS[kind].fits))
    assert report.identity == (b"\xff\x1b" if kind in {"REQ", "DEALER", "ROUTER"} else None)
    assert report.greeting is not None
    assert (report.greeting.version, report.greeting.mechanism) == ("3.1", "NULL")
    assert kind in report.verdict
    assert all(step.ok for step in report.steps)
    assert bool(report.process) == endpoint.startswith("ipc:")


@pytest.mark.parametrize("mechanism", ["PLAIN", "CURVE"])
def test_a_server_of_any_type_takes_the_right_credentials(
    outside: Outside, peers: Peers, allowing: ThreadAuthenticator, mechanism: str
) -> None:
    del allowing
    for kind in TYPES:
        peer = peers.socket(getattr(zmq, kind), options=SERVER_OPTIONS[mechanism])
        peer.bind("tcp://127.0.0.1:0")

        report = look(outside, endpoint_of(peer), RIGHT[mechanism])

        assert (report.error, report.key_ok, report.socket_type) == (None, True, "")
        assert "is right" in report.verdict


@pytest.mark.parametrize("mechanism", ["PLAIN", "CURVE"])
def test_a_server_that_nobody_shows_anything(outside: Outside, peers: Peers, mechanism: str) -> None:
    peer = peers.socket(zmq.PUSH, options=SERVER_OPTIONS[mechanism])
    peer.bind("tcp://127.0.0.1:0")

    report = look(outside, endpoint_of(peer))

    assert (report.error, report.key_ok, report.socket_type) == (None, None, "")
    assert step(report, "type").ok is None
    assert mechanism in step(report, "type").detail


@pytest.mark.parametrize("kind", SENDERS)
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_no_message_is_lost_to_a_probe(
    outside: Outside, peers: Peers, allowing: ThreadAuthenticator, mechanism: str, kind: str
) -> None:
    del allowing
    peer = peers.socket(getattr(zmq, kind), options=SERVER_OPTIONS[mechanism])
    peer.bind("tcp://127.0.0.1:0")
    sending = threading.Thread(target=peer.send, args=[b"precious"])
    sending.start()

    # Time for a peer that counts us in to say so, while we are still connected.
    report = look(outside, endpoint_of(peer), RIGHT[mechanism], lambda _step: sending.join(0.01))

    assert report.error is None
    assert sending.is_alive(), "the message went to the probe"
    options: dict[int, bytes | int] = {}
    if mechanism == "PLAIN":
        options = {zmq.PLAIN_USERNAME: b"me", zmq.PLAIN_PASSWORD: b"pass"}
    elif mechanism == "CURVE":
        options = {zmq.CURVE_SERVERKEY: PUBLIC, zmq.CURVE_PUBLICKEY: CLIENT[0], zmq.CURVE_SECRETKEY: CLIENT[1]}
    receiver = peers.socket(getattr(zmq, RECEIVERS[kind]), connect=endpoint_of(peer), options=options)
    assert receiver.recv_multipart()[-1] == b"precious"
    sending.join()


def test_a_pair_keeps_its_place_for_its_peer(outside: Outside, peers: Peers) -> None:
    pair = peers.socket(zmq.PAIR, bind="tcp://127.0.0.1:0")
    other = peers.socket(zmq.PAIR, connect=endpoint_of(pair))
    other.send(b"one")
    assert pair.recv() == b"one"

    assert look(outside, endpoint_of(pair)).socket_type == "PAIR"

    pair.send(b"two")
    assert other.recv() == b"two"


# What is wrong


@pytest.mark.parametrize(
    ("mechanism", "credentials", "failed", "what"),
    [
        ("NULL", RIGHT["CURVE"], "mechanism", "its mechanism is NULL, not CURVE"),
        ("PLAIN", RIGHT["CURVE"], "mechanism", "its mechanism is PLAIN, not CURVE"),
        ("CURVE", RIGHT["PLAIN"], "mechanism", "its mechanism is CURVE, not PLAIN"),
        ("CURVE", Credentials(server_key=CLIENT[0]), "key", "that is not its key"),
        ("PLAIN", Credentials(plain=(b"me", b"wrong")), "password", "it does not take that user and password"),
    ],
)
def test_credentials_that_are_wrong(
    outside: Outside,
    peers: Peers,
    allowing: ThreadAuthenticator,
    mechanism: str,
    credentials: Credentials,
    failed: str,
    what: str,
) -> None:
    del allowing
    peer = peers.socket(zmq.PUSH, options=SERVER_OPTIONS[mechanism])
    peer.bind("tcp://127.0.0.1:0")

    report = look(outside, endpoint_of(peer), credentials)

    assert report.error is not None
    assert (report.steps[-1].name, report.steps[-1].ok) == (failed, False)
    assert report.error.what == what
    assert not report.key_ok


@pytest.mark.parametrize("mechanism", ["PLAIN", "CURVE"])
@pytest.mark.parametrize("shows_credentials", [False, True])
def test_a_client_that_is_bound(outside: Outside, peers: Peers, mechanism: str, shows_credentials: bool) -> None:
    options: dict[int, bytes | int] = {zmq.PLAIN_USERNAME: b"me", zmq.PLAIN_PASSWORD: b"hidden"}
    if mechanism == "CURVE":
        options = {zmq.CURVE_SERVERKEY: PUBLIC, zmq.CURVE_PUBLICKEY: CLIENT[0], zmq.CURVE_SECRETKEY: CLIENT[1]}
    peer = peers.socket(zmq.PUSH, options=options)
    peer.bind("tcp://127.0.0.1:0")

    report = look(outside, endpoint_of(peer), RIGHT[mechanism] if shows_credentials else Credentials())

    assert report.error is not None
    assert report.error.what == f"it is a client of {mechanism}, as we are"
    assert "hidden" not in str(report.error)


def test_a_zap_handler_that_refuses_everybody(outside: Outside, peers: Peers, allowing: ThreadAuthenticator) -> None:
    allowing.deny("127.0.0.1")
    peer = peers.socket(zmq.PUSH, options={zmq.ZAP_DOMAIN: b"global"})
    peer.bind("tcp://127.0.0.1:0")

    report = look(outside, endpoint_of(peer))

    assert report.error is not None
    assert report.steps[-1].name == "ready"
    assert "ZAP status 400" in str(report.error)


# Names with several addresses


def test_who_listens_only_where_libzmq_does_not_look(
    outside: Outside, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = peers.socket(zmq.PUSH, bind="tcp://127.0.0.2:0")
    port = int(endpoint_of(peer).rpartition(":")[2])
    found = [Address(socket.AF_INET, (host, port), f"{host}:{port}") for host in ("127.0.0.1", "127.0.0.2")]
    monkeypatch.setattr("zmqcli.probe.steps.resolve", lambda *_: found)

    report = look(outside, f"tcp://somewhere:{port}")

    assert step(report, "resolve").detail == "somewhere is 127.0.0.1, 127.0.0.2; libzmq takes 127.0.0.1"
    assert report.error is not None
    assert report.error.hint.startswith(f"somebody listens on 127.0.0.2:{port}")


def test_a_name_with_ipv6_addresses_only(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Address(socket.AF_INET6, ("::1", 1), "[::1]:1")]
    monkeypatch.setattr("zmqcli.probe.steps.resolve", lambda *_: found)

    report = look(outside, "tcp://somewhere:1")

    assert str(report.error).startswith("somewhere has IPv6 addresses only ([::1])")
    assert report.steps[-1].name == "resolve"


# --as


@pytest.mark.parametrize("mechanism", ["PLAIN", "CURVE"])
def test_as_a_type_the_handshake_is_finished(
    outside: Outside, peers: Peers, allowing: ThreadAuthenticator, mechanism: str
) -> None:
    del allowing
    peer = peers.socket(zmq.PUB, options=SERVER_OPTIONS[mechanism])
    peer.bind("tcp://127.0.0.1:0")
    right = RIGHT[mechanism]

    fits = look(outside, endpoint_of(peer), right._replace(kind="SUB"))
    misfits = look(outside, endpoint_of(peer), right._replace(kind="PULL"))

    assert fits.error is None
    assert fits.socket_type == ("PUB" if mechanism == "PLAIN" else "")  # CURVE encrypts it
    assert misfits.error is not None
    assert misfits.error.what == "it does not finish the handshake as PULL"


def test_as_a_type_that_does_not_fit_a_peer_without_security(outside: Outside, peers: Peers) -> None:
    peer = peers.socket(zmq.PUB, bind="tcp://127.0.0.1:0")

    report = look(outside, endpoint_of(peer), Credentials(kind="PULL"))

    assert report.error is not None
    assert str(report.error).startswith("a PULL cannot talk to a PUB")


def test_a_key_that_is_not_on_the_allow_list(outside: Outside, peers: Peers, allowing: ThreadAuthenticator) -> None:
    allowing.configure_curve_callback(credentials_provider=_Nobody())
    peer = peers.socket(zmq.PUB, options=SERVER_OPTIONS["CURVE"])
    peer.bind("tcp://127.0.0.1:0")

    before = look(outside, endpoint_of(peer), RIGHT["CURVE"])
    report = look(outside, endpoint_of(peer), Credentials(server_key=PUBLIC, keys=CLIENT, kind="SUB"))

    assert before.error is None
    assert report.error is not None
    assert "ZAP status 400" in str(report.error)


class _Nobody:
    def callback(self, _domain: str, _key: bytes) -> bool:
        return False
