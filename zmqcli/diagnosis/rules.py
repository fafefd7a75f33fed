"""Why nothing arrives: events and facts in, at most one verdict out.

Nothing here asks the system or a clock: `look.py` does, and hands in what it found as Evidence. Neither connects to
anything, since a hint is given unasked: what only a connection can tell, the verdict leaves to `zmqcli probe`.
Each code is the anchor of a section of docs/troubleshooting.md.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from zmqcli.diagnosis.endpoint_state import EndpointState, State, endpoint_state
from zmqcli.diagnosis.facts import Evidence, Verdict
from zmqcli.diagnosis.handshakes import CLIENT_OPTIONS, mechanisms_differ
from zmqcli.diagnosis.silence import diagnose_silence
from zmqcli.errors import RAISE_FILE_LIMIT, TOO_MANY_FILES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from zmqcli.diagnosis.events import ConnectionEvent
    from zmqcli.diagnosis.facts import Facts

__all__ = ["diagnose", "last_word"]

CRYPTOGRAPHIC = 0x11000001
"""ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: what came cannot be decrypted with our key."""
MECHANISM_MISMATCH = 0x11000002
"""ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH."""
_UNWATCHED = ("inproc:", "udp:", "pgm:", "epgm:", "norm:")
"""Transports without connections, or without events about them."""


def diagnose(
    facts: Facts, history: Mapping[str, Sequence[ConnectionEvent]], evidence: Mapping[str, Evidence] | None = None
) -> Verdict | None:
    """Return what is wrong, None when nothing is known to be. `history`: the events of each endpoint, oldest first."""
    if facts.out_of_descriptors:
        return _too_many_files("no connection can be made")
    evidence = evidence or {}
    courses = {key: endpoint_state(events, shakes_hands=facts.shakes_hands) for key, events in history.items()}
    for endpoint in facts.connects:
        verdict = _connecting(facts, endpoint, courses.get(endpoint, _NOTHING), evidence.get(endpoint, Evidence()))
        if verdict:
            return verdict
    if facts.peers:
        return diagnose_silence(facts)
    # Who connects to tcp://*:5555 is reported on the address that was reached: tcp://127.0.0.1:5555.
    ours = {endpoint: now for endpoint, now in courses.items() if endpoint not in facts.connects}
    for endpoint, now in ours.items():
        verdict = _came(facts, endpoint, now)
        if verdict:
            return verdict
    if facts.handshakes or any(now.state is not State.NOTHING for now in ours.values()):
        return None  # somebody has been here, so it can be reached
    return next((_nobody(endpoint) for endpoint in facts.binds if not endpoint.startswith(_UNWATCHED)), None)


_NOTHING = EndpointState(State.NOTHING)


# Who connects


def _connecting(facts: Facts, endpoint: str, now: EndpointState, found: Evidence) -> Verdict | None:
    state = now.state
    if state is State.REFUSED:
        return _no_path(endpoint, found.path) if endpoint.startswith("ipc://") else _refused(facts, endpoint, found)
    if state is State.UNREACHABLE:
        return _unreachable(endpoint, found)
    if state is State.NO_ANSWER and endpoint.startswith("tcp:"):
        what = f"{endpoint} does not answer: the host is down, or a firewall drops the packets"
        return Verdict("no-answer", what, "check the host and the port")
    return _handshake(facts, endpoint, now) if facts.shakes_hands else None


def _refused(facts: Facts, endpoint: str, found: Evidence) -> Verdict:
    if ";" in endpoint:
        what = (
            f"{endpoint} cannot be reached: nothing listens there, or the address before the ; is not of this machine"
        )
        return Verdict("unreachable", what, "check both addresses")
    if found.elsewhere:
        what = f"nothing listens on {endpoint}, but something does on {found.elsewhere}"
        return Verdict("wrong-address-family", what, f"connect with: -c '{found.elsewhere}'")
    what = f"nothing listens on {endpoint} (connection refused)"
    if facts.handshakes:
        what = f"the peer has left, and nothing listens on {endpoint} any more"
    return Verdict("nothing-listens", what, "start the end that binds; if both ends connect, let one bind (-b)")


def _unreachable(endpoint: str, found: Evidence) -> Verdict:
    host = endpoint.partition("://")[2].rpartition(":")[0]
    if found.resolves is False:
        return Verdict("name-does-not-resolve", f"the name {host} does not resolve", "check it, or use an address")
    if found.fits_family is False:
        what = f"{host} has no IPv4 address, and IPv6 is off"
        return Verdict("wrong-address-family", what, "turn it on: -o IPV6=true")
    what = f"{endpoint} cannot be reached: its name does not resolve, or there is no way to it"
    if found.resolves:
        what = f"{endpoint} cannot be reached: this machine has no way there"
    return Verdict("unreachable", what, "check the address and this machine's network")


def _no_path(endpoint: str, state: str) -> Verdict:
    if state == "missing":
        path = endpoint.removeprefix("ipc://")
        here = "" if path.startswith("/") else " (it counts from the directory of each program)"
        what = f"there is no socket {path}"
        return Verdict("no-socket-file", what, f"start the end that binds it, or check the path{here}")
    if state == "not a socket":
        what = f"{endpoint.removeprefix('ipc://')} is not a socket"
        return Verdict("not-a-socket", what, "check the path: the other end must bind that very one")
    if state == "forbidden":
        what = f"this user may not connect to {endpoint.removeprefix('ipc://')} (permission denied)"
        return Verdict(
            "socket-file-forbidden", what, "it takes the right to write to the socket and to enter its directory"
        )
    if state == "stale":
        what = f"nobody listens on {endpoint.removeprefix('ipc://')} any more (a stale socket file)"
        return Verdict("stale-socket-file", what, "start the end that binds it; the file is replaced then")
    return Verdict(
        "nothing-listens", f"nobody listens on {endpoint}", "start the end that binds it; let one end bind (-b)"
    )


def _handshake(facts: Facts, endpoint: str, now: EndpointState) -> Verdict | None:
    explain = _EXPLANATIONS.get(now.state)
    return explain(facts, endpoint, now) if explain else None


def _silent(facts: Facts, endpoint: str, now: EndpointState) -> Verdict:  # noqa: ARG001 # as its siblings
    """Tell of a connection on which the handshake does not come to an end."""
    if facts.server:  # a client would have begun it
        what = f"{endpoint} does not finish the {facts.mechanism} handshake: if both ends are servers, none begins"
        option = CLIENT_OPTIONS.get(facts.mechanism)
        advice = f"one has to be the client: {option}" if option else "one has to be the client"
        return Verdict("handshake-fails", what, advice)
    what = f"{endpoint} accepts the connection but does not finish the handshake"
    stuck = "its program is stopped" if facts.mechanism == "NULL" else "its program or its ZAP handler is stuck"
    return Verdict("silent-port", what, f"it is not ZeroMQ, or {stuck}; ask it: zmqcli probe {endpoint}")


def _hung_up(facts: Facts, endpoint: str, now: EndpointState) -> Verdict:  # noqa: ARG001 # as its siblings
    """Tell why the other end hung up: what it says by that depends on the mechanism."""
    if facts.mechanism == "CURVE":
        what = f"{endpoint} hangs up during the CURVE handshake: the server key is wrong, or this client is not allowed"
        return Verdict("wrong-curve-key", what, "check the server's public key, and its list of clients")
    if facts.mechanism != "NULL":
        what = f"{endpoint} hangs up during the {facts.mechanism} handshake: it does not take these credentials"
        advice = "check user and password, and that the server checks them (ZAP)"
        return Verdict("refused-by-authentication", what, advice)
    what = (
        f"{endpoint} hangs up during the handshake: it is not a ZeroMQ socket, it wants security, "
        f"or its type does not fit ({_ours(facts)})"
    )
    return Verdict("handshake-fails", what, f"ask it: zmqcli probe {endpoint}")


def _misfit(facts: Facts, endpoint: str, now: EndpointState) -> Verdict:
    """Tell of a connection that libzmq itself ended, without an event: so it does to nanomsg's greeting, too."""
    who, advice = f"the peer at {endpoint}", f"ask it: zmqcli probe {endpoint}"
    if now.listens:
        who, advice = f"a peer that connected to {endpoint}", "see what it is: its socket type, and its library"
    what = f"{who} does not fit: its socket type is wrong ({_ours(facts)}), or it is nanomsg or nng, not ZeroMQ"
    return Verdict("type-does-not-fit", what, advice)


def _protocol(facts: Facts, endpoint: str, now: EndpointState) -> Verdict:
    if now.value == MECHANISM_MISMATCH:
        return mechanisms_differ(facts.mechanism, endpoint, listens=now.listens)
    if now.value == CRYPTOGRAPHIC:
        which = "a client has used another server key" if now.listens else "what came cannot be decrypted"
        what = f"the CURVE handshake on {endpoint} failed: {which}"
        return Verdict("wrong-curve-key", what, "compare the keys of both ends")
    what = f"the handshake with {endpoint} failed (protocol error 0x{now.value:08x})"
    return Verdict("handshake-fails", what, "see what is at the other end: only a ZeroMQ socket can talk to this one")


def _unauthorised(facts: Facts, endpoint: str, now: EndpointState) -> Verdict:  # noqa: ARG001 # as its siblings
    who = "the authentication here refused a client on" if now.listens else "this client was refused by"
    what = f"{who} {endpoint} (ZAP status {now.value})"
    return Verdict("refused-by-authentication", what, "check the key or the password, and the server's list")


_EXPLANATIONS: dict[State, Callable[[Facts, str, EndpointState], Verdict]] = {
    State.MISFIT: _misfit,
    State.AUTHENTICATION: _unauthorised,
    State.PROTOCOL: _protocol,
    State.HUNG_UP: _hung_up,
    State.SILENT: _silent,
}


# Who listens


def _came(facts: Facts, endpoint: str, now: EndpointState) -> Verdict | None:
    if now.state is State.NOT_ACCEPTED and now.value in {errno.EMFILE, errno.ENFILE}:
        return _too_many_files(f"a connection to {endpoint} could not be accepted")
    if now.state in {State.HUNG_UP, State.SILENT}:
        what = f"somebody connected to {endpoint} but did not finish the {facts.mechanism} handshake"
        advice = f"it takes a {_either(facts.fits)} with the mechanism {facts.mechanism}: see what the other end is"
        if facts.server and now.state is State.SILENT and facts.mechanism in CLIENT_OPTIONS:
            advice = f"if both ends are servers, one has to be the client: {CLIENT_OPTIONS[facts.mechanism]}"
        return Verdict("handshake-fails", what, advice)
    return _handshake(facts, endpoint, now)


def _nobody(endpoint: str) -> Verdict:
    local = ", from this machine only" if endpoint.startswith(("tcp://127.", "tcp://[::1]")) else ""
    advice = f"let the other end connect{local}; if both ends bind, one has to connect (-c)"
    return Verdict("nobody-came", f"nobody has connected to {endpoint} yet", advice)


# Words


def _too_many_files(what: str) -> Verdict:
    return Verdict("too-many-open-files", f"{what}: {TOO_MANY_FILES}", RAISE_FILE_LIMIT)


def _ours(facts: Facts) -> str:
    return f"a {facts.kind} talks to {_either(facts.fits)}"


def _either(types: Iterable[str]) -> str:
    return " or ".join(sorted(types))


_PHRASES = {
    State.UNREACHABLE: "the name does not resolve, or the address cannot be reached; retrying",
    State.REFUSED: "connection refused, retrying",
    State.HUNG_UP: "handshake failed: the other end hung up or does not speak ZMTP",
    State.PROTOCOL: "handshake failed: the two ends do not agree on the protocol or mechanism",
    State.AUTHENTICATION: "handshake failed: refused by the other end's authentication",
    State.MISFIT: "it connected and left without a handshake: its socket type may not fit",
    State.NOT_ACCEPTED: "a connection could not be accepted",
    State.LEFT: "the peer left",
}


def last_word(endpoint: str, events: Sequence[ConnectionEvent], *, path: str, shakes_hands: bool) -> str:
    """Return in a few words what libzmq last said about an endpoint; nothing when there is nothing to complain of.

    `path`: as in Evidence.
    """
    now = endpoint_state(events, shakes_hands=shakes_hands)
    if now.state is State.REFUSED and endpoint.startswith("ipc:"):
        return f"{'no such socket' if path == 'missing' else 'nobody listens there'}, retrying"
    if now.state is State.AUTHENTICATION and now.listens:
        return "handshake failed: refused by the authentication here"
    return _PHRASES.get(now.state, "")
