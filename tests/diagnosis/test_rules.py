"""Verdicts from facts and recorded events; tests/e2e/test_hints.py has the same from real peers."""

from __future__ import annotations

import pytest
import zmq

from tests.diagnosis.test_endpoint_state import HUNG_UP, REFUSED, events
from zmqcli.diagnosis.events import ConnectionEvent
from zmqcli.diagnosis.facts import CODES, Evidence, Facts, Verdict
from zmqcli.diagnosis.rules import diagnose, last_word

TCP = "tcp://127.0.0.1:5555"
IPC = "ipc:///tmp/x"
PUSH = Facts("PUSH", fits=["PULL"], connects=[TCP])
PULL = Facts("PULL", fits=["PUSH"], binds=[TCP])
DEALER = Facts("DEALER", connects=[TCP], peers=1, handshakes=1, sent=1)
REQ = DEALER._replace(kind="REQ")
SUB = Facts("SUB", connects=[TCP], peers=1, handshakes=1, subscriptions=[b"wether"])
PUB = Facts("PUB", binds=[TCP], peers=1, handshakes=1)
FINE = "delayed:115 connected:14 shaken:0"
MISFIT = "delayed:115 connected:14 gone:14"
MISMATCH = "delayed:115 connected:14 protocol:0x11000002 gone:14"


def verdict(facts: Facts, recorded: str = "", evidence: Evidence | None = None, endpoint: str = TCP) -> Verdict | None:
    """Return the verdict on one endpoint."""
    return diagnose(facts, {endpoint: events(recorded)}, {endpoint: evidence} if evidence else None)


@pytest.mark.parametrize(
    ("recorded", "evidence", "code", "text"),
    [
        (REFUSED, Evidence(), "nothing-listens", "connection refused"),
        (REFUSED, Evidence(elsewhere="tcp://[::1]:5555"), "wrong-address-family", "-c 'tcp://[::1]:5555'"),
        ("retried:9", Evidence(resolves=False), "name-does-not-resolve", "127.0.0.1 does not resolve"),
        ("retried:9", Evidence(resolves=True, fits_family=False), "wrong-address-family", "-o IPV6=true"),
        ("retried:9", Evidence(resolves=True, fits_family=True), "unreachable", "no way there"),
        ("retried:9", Evidence(), "unreachable", "its name does not resolve, or there is no way"),
        ("delayed:115", Evidence(), "no-answer", "firewall"),
        (MISFIT, Evidence(), "type-does-not-fit", "(a PUSH talks to PULL), or it is nanomsg or nng"),
        (MISFIT, Evidence(), "type-does-not-fit", "ask it: zmqcli probe tcp://127.0.0.1:5555"),
        (HUNG_UP, Evidence(), "handshake-fails", "zmqcli probe tcp://127.0.0.1:5555"),
        ("connected:9", Evidence(), "silent-port", "not ZeroMQ, or its program is stopped; ask it: zmqcli probe tcp:"),
        (MISMATCH, Evidence(), "mechanisms-differ", "the other end CURVE or PLAIN; --curve-server-key or --plain-user"),
        ("connected:9 protocol:0x10000001 gone:9", Evidence(), "handshake-fails", "0x10000001"),
        ("connected:9 auth:400 gone:9", Evidence(), "refused-by-authentication", "status 400"),
    ],
)
def test_who_connects(recorded: str, evidence: Evidence, code: str, text: str) -> None:
    found = verdict(PUSH, recorded, evidence)

    assert found is not None
    assert found.code == code
    assert text in str(found)
    assert str(found).endswith(f"; see docs/troubleshooting.md#{code}")


@pytest.mark.parametrize(("mechanism", "code"), [("CURVE", "wrong-curve-key"), ("PLAIN", "refused-by-authentication")])
def test_who_hangs_up_on_credentials(mechanism: str, code: str) -> None:
    found = verdict(PUSH._replace(mechanism=mechanism), HUNG_UP)

    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    ("facts", "code", "text"),
    [
        (PUSH._replace(mechanism="CURVE"), "silent-port", "its program or its ZAP handler is stuck"),
        (PUSH._replace(mechanism="CURVE", server=True), "handshake-fails", "one has to be the client: --curve-server"),
    ],
)
def test_who_waits_for_a_handshake_with_security(facts: Facts, code: str, text: str) -> None:
    found = verdict(facts, "connected:9")

    assert found is not None
    assert found.code == code
    assert text in str(found)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("missing", "no-socket-file"),
        ("stale", "stale-socket-file"),
        ("forbidden", "socket-file-forbidden"),
        ("not a socket", "not-a-socket"),
        ("", "nothing-listens"),
    ],
)
def test_who_connects_to_a_path(path: str, code: str) -> None:
    found = verdict(PUSH._replace(connects=[IPC]), "closed:13 retried:153", Evidence(path=path), IPC)

    assert found is not None
    assert found.code == code


def test_where_a_peer_has_left_it_is_said() -> None:
    found = verdict(PUSH._replace(handshakes=1), FINE + " gone:14 " + REFUSED)

    assert found is not None
    assert found.what == f"the peer has left, and nothing listens on {TCP} any more"


@pytest.mark.parametrize(
    ("recorded", "code", "text"),
    [
        ("listening:9", "nobody-came", "from this machine only"),
        ("listening:9 accepted:8 gone:8", "type-does-not-fit", "(a PULL talks to PUSH), or it is nanomsg or nng"),
        ("listening:9 accepted:8 hang-up:14 gone:8", "handshake-fails", "NULL"),
        ("listening:9 accepted:8", "handshake-fails", "did not finish"),
        ("listening:9 accepted:8 protocol:0x11000001 gone:8", "wrong-curve-key", "another server key"),
        (
            "listening:9 accepted:8 protocol:0x11000002 gone:8",
            "mechanisms-differ",
            "makes this end a server",
        ),
        ("listening:9 accepted:8 auth:400 gone:8", "refused-by-authentication", "the authentication here refused"),
        ("listening:9 accept-failed:24", "too-many-open-files", "could not be accepted"),
    ],
)
def test_who_listens(recorded: str, code: str, text: str) -> None:
    found = verdict(PULL, recorded)

    assert found is not None
    assert found.code == code
    assert text in str(found)


def test_who_listens_everywhere_hears_of_the_address_that_was_reached() -> None:
    facts = PULL._replace(binds=["tcp://0.0.0.0:5555"])
    history = {"tcp://0.0.0.0:5555": events("listening:9"), TCP: events("accepted:8 gone:8")}

    found = diagnose(facts, history)
    assert found is not None
    assert found.code == "type-does-not-fit"
    alone = diagnose(facts, {"tcp://0.0.0.0:5555": events("listening:9")})
    assert alone is not None
    assert "this machine only" not in alone.advice


@pytest.mark.parametrize(
    ("facts", "recorded"),
    [
        (PUSH._replace(peers=1), FINE),
        (PULL._replace(peers=1, handshakes=1), "listening:9 accepted:8 shaken:0"),
        (PULL._replace(handshakes=1), "listening:9 accepted:8 shaken:0 gone:8"),  # an idle service
        (PULL._replace(peers=1, handshakes=1), "listening:9 accepted:8 shaken:0 accepted:7 gone:7"),
        (PULL._replace(binds=["inproc://x"]), ""),
        (PULL._replace(binds=["udp://127.0.0.1:5555"]), ""),
        (PULL, "listening:9 accept-failed:104"),
        (Facts("STREAM", connects=[TCP], shakes_hands=False, peers=1), "connected:9"),
        (SUB._replace(received=1), FINE),
        (SUB._replace(subscriptions=[b""]), FINE),
        (SUB._replace(subscriptions=[]), FINE),  # `monitor sub`
        (PUB, "listening:9 accepted:8 shaken:0"),  # `monitor pub`, which does not read subscriptions
        (PUB._replace(awaited=b"weather", subscribed=[b"w"]), "listening:9 accepted:8 shaken:0"),
        (PUB._replace(subscribed=[b"w"]), "listening:9 accepted:8 shaken:0"),
        (REQ._replace(sent=0), FINE),
        (REQ._replace(sent=2, received=1), FINE),
        (DEALER._replace(received=1, sent=2), FINE),
        (DEALER._replace(delimited=True), FINE),
        (PUSH._replace(connects=["inproc://x"]), ""),
    ],
)
def test_where_nothing_is_known_to_be_wrong_nothing_is_said(facts: Facts, recorded: str) -> None:
    assert verdict(facts, recorded) is None


@pytest.mark.parametrize(
    ("facts", "code", "text"),
    [
        (SUB, "prefix-matches-nothing", "begins with 'wether'; a prefix"),
        (SUB, "prefix-matches-nothing", "zmqcli probe --listen tcp://127.0.0.1:5555"),
        (SUB._replace(subscriptions=[b"a", b"\x1b[31m\xff"]), "prefix-matches-nothing", "'a' or '\x1b[31m\\xff'"),
        (PUB._replace(subscribed=[]), "no-subscription", "a peer is connected, but has subscribed to nothing"),
        (PUB._replace(kind="XPUB", subscribed=[]), "no-subscription", "SUBSCRIBE"),
        (PUB._replace(subscribed=[], peers=2), "no-subscription", "2 peers are connected, but none"),
        (PUB._replace(awaited=b"weather", subscribed=[]), "no-subscription", "SUBSCRIBE"),
        (PUB._replace(awaited=b"weather", subscribed=[b"s"]), "no-matching-subscriber", "'s', not 'weather'"),
        (DEALER, "missing-delimiter", "if the peer is a REP"),
        (DEALER, "missing-delimiter", "zmqcli probe tcp://127.0.0.1:5555 tells its type"),
        (REQ, "router-does-not-answer", "if the peer is a ROUTER"),
        (REQ._replace(request_lost=True, received=0), "request-lost", "--retry"),
        (REQ._replace(request_lost=True, sent=3, received=2), "request-lost", "--retry"),
        (REQ._replace(identity=b"me"), "routing-id-in-use", "--identity"),
        (DEALER._replace(identity=b"me"), "routing-id-in-use", "--identity"),
        (PUSH._replace(out_of_descriptors=True), "too-many-open-files", "ulimit"),
    ],
)
def test_who_is_connected_and_hears_nothing(facts: Facts, code: str, text: str) -> None:
    found = verdict(facts, FINE)

    assert found is not None
    assert found.code == code
    assert text in str(found)


@pytest.mark.parametrize("facts", [SUB, REQ, DEALER])
def test_a_peer_that_connects_to_us_cannot_be_probed(facts: Facts) -> None:
    found = diagnose(facts._replace(connects=["inproc://x"], binds=[TCP]), {TCP: events("accepted:8 shaken:0")})

    assert found is not None
    assert "probe" not in str(found)


def test_frames_are_shown_short() -> None:
    found = verdict(SUB._replace(subscriptions=[b"x" * 1000, b"y" * 20, b"z", b"never shown"]), FINE)

    assert found is not None
    assert f"'{'x' * 32}...' or '{'y' * 20}' or 'z';" in str(found)


def test_each_code_is_one_of_those_that_are_documented() -> None:
    assert len(set(CODES)) == len(CODES)
    assert all(code == code.lower() and " " not in code for code in CODES)


@pytest.mark.parametrize(
    ("endpoint", "recorded", "path", "said"),
    [
        (TCP, REFUSED, "", "connection refused, retrying"),
        (IPC, "closed:13 retried:153", "missing", "no such socket, retrying"),
        (IPC, "closed:13 retried:153", "stale", "nobody listens there, retrying"),
        (TCP, FINE, "", ""),
        (TCP, FINE + " gone:14", "", "the peer left"),
        (TCP, "listening:9 accepted:8 auth:400 gone:8", "", "handshake failed: refused by the authentication here"),
        (TCP, "connected:8 auth:400 gone:8", "", "handshake failed: refused by the other end's authentication"),
    ],
)
def test_the_last_word(endpoint: str, recorded: str, path: str, said: str) -> None:
    assert last_word(endpoint, events(recorded), path=path, shakes_hands=True) == said


def test_an_event_of_a_later_libzmq_changes_nothing() -> None:
    assert diagnose(PUSH, {TCP: [*events(REFUSED), ConnectionEvent(int(zmq.EVENT_PIPES_STATS), 0, TCP)]}) == verdict(
        PUSH, REFUSED
    )
