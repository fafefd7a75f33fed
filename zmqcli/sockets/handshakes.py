"""Why a handshake failed: libzmq's event, and which end has what.

Loaded at the first failure. What is seen where was measured on libzmq 4.3.5 (tests/e2e/test_security.py holds it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

if TYPE_CHECKING:
    from zmqcli.sockets.monitor import Event
    from zmqcli.sockets.security import SecurityConfig

__all__ = ["explain", "is_about_security"]

_PROTOCOL = int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
_AUTH = int(zmq.EVENT_HANDSHAKE_FAILED_AUTH)
_MECHANISM_MISMATCH = 0x11000002  # ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH in zmq.h
_CRYPTOGRAPHIC = 0x11000001  # ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC
_UNEXPECTED_COMMAND = 0x10000001  # ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND

_FINAL = "; libzmq will not try again"
_OTHERS = {"NULL": "CURVE or PLAIN", "CURVE": "PLAIN or none", "PLAIN": "CURVE or none"}


def is_about_security(event: Event, security: SecurityConfig | None) -> bool:
    """Whether one end lets the other not in, which is to be said at once and not only to who waits.

    A server's refusals are said by its guard.
    """
    if security is not None:
        return not (security.server and event.kind == _AUTH)
    return event.kind == _AUTH or event.value in {_MECHANISM_MISMATCH, _CRYPTOGRAPHIC}


def explain(event: Event, security: SecurityConfig | None) -> str:
    """Return which end has what is wrong, as far as this end can know."""
    mechanism = "NULL" if security is None else security.mechanism
    server = security is not None and security.server
    if event.kind == _AUTH:
        why = _refused_by_us(mechanism) if server else _refused_by_server(event.value, security)
    elif event.kind == _PROTOCOL:
        why = _protocol(event.value, mechanism, server=server)
    else:
        why = _hung_up(mechanism, server=server)
    return f"handshake failed: {why}"


def _refused_by_us(mechanism: str) -> str:
    shown = {"CURVE": "key or address", "PLAIN": "user, password or address"}.get(mechanism, "address")
    return f"this end refused the {shown} of a client"


def _refused_by_server(status: int, security: SecurityConfig | None) -> str:
    if security is None:
        why = "this end's address is not on its allow-list"
    elif security.mechanism == "PLAIN":
        why = "wrong user or password, or this end's address is not on its allow-list"
    elif security.secret_key:
        why = "this end's key is not on its allow-list, or its address"
    else:
        why = "a key made for this run is on no allow-list; --curve-cert FILE gives this end a lasting one"
    return f"the server refused this end, status {status} ({why}){'' if status < 400 else _FINAL}"  # noqa: PLR2004 # RFC 27: 300 is temporary


def _protocol(value: int, mechanism: str, *, server: bool) -> str:
    if value == _MECHANISM_MISMATCH:
        ours = "no security (NULL)" if mechanism == "NULL" else mechanism
        hint = "; --curve-server-key or --plain-user makes this end a client" if mechanism == "NULL" else ""
        return f"the mechanisms differ: this end has {ours}, the other end {_OTHERS[mechanism]}{hint}"
    if value == _CRYPTOGRAPHIC and server:
        return "a client does not have this server's public key (its --curve-server-key is another's)"
    if value == _UNEXPECTED_COMMAND and mechanism in {"CURVE", "PLAIN"} and not server:
        return f"both ends are {mechanism} clients; one has to be the server"
    return "the two ends do not agree on the protocol"


def _hung_up(mechanism: str, *, server: bool) -> str:
    if mechanism == "CURVE" and not server:
        return "the server hung up, as when --curve-server-key is not its public key, or it does not speak ZMTP"
    if mechanism == "PLAIN" and not server:
        return "the server hung up: it has nobody to check passwords (ZAP), or it does not speak ZMTP"
    if server:  # when mechanisms differ both ends hang up, and which one hears of it first is a race
        return f"a client hung up: it may not have {mechanism}, or is no ZeroMQ at all"
    return "the other end hung up or does not speak ZMTP"
