"""Why a handshake failed: libzmq's event, and which end has what.

Loaded at the first failure. What is seen where was measured on libzmq 4.3.5 (tests/e2e/test_security.py holds it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.diagnosis.events import EventKind
from zmqcli.diagnosis.facts import Verdict

if TYPE_CHECKING:
    from zmqcli.diagnosis.events import ConnectionEvent
    from zmqcli.security.config import SecurityConfig

__all__ = ["CLIENT_OPTIONS", "explain", "is_about_security", "mechanisms_differ"]

_MECHANISM_MISMATCH = 0x11000002  # ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH in zmq.h
_CRYPTOGRAPHIC = 0x11000001  # ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC
_UNEXPECTED_COMMAND = 0x10000001  # ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND

_FINAL = "; libzmq will not try again"
_OTHERS = {"NULL": "CURVE or PLAIN", "CURVE": "PLAIN or none", "PLAIN": "CURVE or none"}
SERVER_OPTIONS = {"CURVE": "--curve-server-cert", "PLAIN": "--plain-passwords"}
CLIENT_OPTIONS = {"CURVE": "--curve-server-key", "PLAIN": "--plain-user"}
_SHOWN = {"CURVE": "key or address", "PLAIN": "user, password or address"}
"""What a client shows, by mechanism."""


def is_about_security(event: ConnectionEvent, security: SecurityConfig | None) -> bool:
    """Whether one end lets the other not in, which is to be said at once and not only to who waits.

    A server's refusals are reported by its ZAP handler.
    """
    if security is not None:
        return not (security.server and event.kind == EventKind.HANDSHAKE_FAILED_AUTH)
    return event.kind == EventKind.HANDSHAKE_FAILED_AUTH or event.value in {_MECHANISM_MISMATCH, _CRYPTOGRAPHIC}


def explain(event: ConnectionEvent, security: SecurityConfig | None, *, listens: bool = False) -> Verdict:
    """Return which end has what is wrong, as far as this end can know, and what to do.

    `listens`: the endpoint of the event is bound here.
    """
    mechanism = "NULL" if security is None else security.mechanism
    server = security is not None and security.server
    if event.kind == EventKind.HANDSHAKE_FAILED_AUTH:
        found = _refused_by_us(mechanism) if server else _refused_by_server(event.value, security)
    elif event.kind == EventKind.HANDSHAKE_FAILED_PROTOCOL:
        found = _protocol(event, mechanism, server=server, listens=listens)
    else:
        found = _hung_up(mechanism, server=server)
    return found._replace(what=f"handshake failed: {found.what}")


def mechanisms_differ(ours: str, endpoint: str, *, listens: bool) -> Verdict:
    """Return the verdict on two ends of different mechanisms, of which only ours is known."""
    here = "no security (NULL)" if ours == "NULL" else ours
    there = _OTHERS.get(ours, "another")
    advice = "give both ends the same"
    if ours == "NULL":
        options = SERVER_OPTIONS if listens else CLIENT_OPTIONS
        advice = f"{' or '.join(options.values())} makes this end a {'server' if listens else 'client'}"
        advice += "" if listens else f", zmqcli probe {endpoint} tells of which"
    return Verdict("mechanisms-differ", f"the mechanisms differ: this end has {here}, the other end {there}", advice)


def _refused_by_us(mechanism: str) -> Verdict:
    what = f"this end refused the {_SHOWN.get(mechanism, 'address')} of a client"
    return Verdict("refused-by-authentication", what, "see whom --allow or --plain-passwords names")


def _refused_by_server(status: int, security: SecurityConfig | None) -> Verdict:
    advice = "put it on the server's list"
    if security is None:
        why = "this end's address is not on its allow-list"
    elif security.mechanism == "PLAIN":
        why = "wrong user or password, or this end's address is not on its allow-list"
        advice = "compare --plain-user and the password with the server's file"
    elif security.secret_key:
        why = "this end's key is not on its allow-list, or its address"
    else:
        why = "a key made for this run is on no allow-list"
        advice = "--curve-cert FILE gives this end a lasting one, which the server can list"
    final = "" if status < 400 else _FINAL  # noqa: PLR2004 # RFC 27: 300 is temporary
    return Verdict("refused-by-authentication", f"the server refused this end, status {status} ({why}){final}", advice)


def _protocol(event: ConnectionEvent, mechanism: str, *, server: bool, listens: bool) -> Verdict:
    if event.value == _MECHANISM_MISMATCH:
        return mechanisms_differ(mechanism, event.endpoint, listens=listens)
    if event.value == _CRYPTOGRAPHIC and server:
        what = "a client does not have this server's public key (its --curve-server-key is another's)"
        return Verdict("wrong-curve-key", what, "give it the key in this server's .key file")
    if event.value == _UNEXPECTED_COMMAND and mechanism in {"CURVE", "PLAIN"} and not server:
        what = f"both ends are {mechanism} clients; one has to be the server"
        return Verdict("mechanisms-differ", what, f"make one the server: {SERVER_OPTIONS[mechanism]}")
    return Verdict("handshake-fails", "the two ends do not agree on the protocol", "see what the other end is")


def _hung_up(mechanism: str, *, server: bool) -> Verdict:
    if mechanism == "CURVE" and not server:
        what = "the server hung up, as when --curve-server-key is not its public key, or it does not speak ZMTP"
        return Verdict("wrong-curve-key", what, "compare it with the server's .key file")
    if mechanism == "PLAIN" and not server:
        what = "the server hung up: it has no PLAIN, or nobody to check passwords (ZAP), or it does not speak ZMTP"
        return Verdict("refused-by-authentication", what, "give the server a ZAP handler: --plain-passwords")
    advice = "see what the other end is"
    if server:  # when mechanisms differ both ends hang up, and which one hears of it first is a race
        what = f"a client hung up: it may not have {mechanism}, or is no ZeroMQ at all"
        return Verdict("handshake-fails", what, advice)
    return Verdict("handshake-fails", "the other end hung up or does not speak ZMTP", advice)
