"""The first words of a connection: ours, and what comes back from whatever is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import ZmqcliError
from zmqcli.formats.escapes import escape
from zmqcli.probe.banners import TLS_QUESTION, recognise
from zmqcli.zmtp.protocol import MAJOR, SIGNATURE, BrokenZmtp, Greeting, NotZmtp, greeting_rest, read_greeting

if TYPE_CHECKING:
    from zmqcli.probe.deadline import Deadline
    from zmqcli.probe.plain_connection import Wire

__all__ = ["HungUp", "ask_for_tls", "greet", "shown"]

NUDGE_SHARE = 0.5
"""After this share of the time, a server that has said nothing is given the end of a line: many wait for one."""
GREETING_SHARE = 0.1
"""So much of the time a ZMTP 3 peer gets to name its mechanism before we name one: RFC 23 lets it wait for us."""
IDENTITY_SECONDS = 0.5
"""What a ZMTP 2.0 peer gets to send its identity after its type."""
BANNER_BYTES = 512
"""Enough of what a foreign server says to tell what it is."""
BANNER_SECONDS = 0.1
TLS_SECONDS = 1.0
SHOWN_BYTES = 32
_VERSION = len(SIGNATURE)
"""Where in a greeting the version stands."""


class HungUp(ZmqcliError):
    """The other end closed the connection before it said anything: no ZMTP, whose sockets speak first."""


def ask_for_tls(wire: Wire) -> None:
    """Ask over a fresh connection what hung up on the last one. Raise NotZmtp when it is a TLS server."""
    wire.send(TLS_QUESTION)
    wire.receive(TLS_SECONDS)
    if recognise(wire.data):
        raise _not_zmtp(wire.data)


def greet(wire: Wire, deadline: Deadline) -> Greeting:
    """Exchange greetings, and return the peer's; commands that came after it are left in `wire.data`.

    Ours goes in parts, since which minor version and mechanism to name is seen in the peer's. Raise NotZmtp, with what
    is there instead, BrokenZmtp, and ZmqcliError for silence.
    """
    wire.send(SIGNATURE + MAJOR)
    nudge_at, rest_at = deadline.left * (1 - NUDGE_SHARE), deadline.left * (1 - GREETING_SHARE)
    rest_sent = nudged = False
    while (greeting := _read(wire)) is None:
        if wire.over or not deadline.left:
            raise _silence(wire, nudged=nudged)
        until = rest_at if wire.data else nudge_at
        wire.receive(deadline.left - until if deadline.left > until else None)
        if len(wire.data) > _VERSION and not rest_sent and deadline.left <= rest_at:
            wire.send(greeting_rest(0, "NULL"))
            rest_sent = True
        if not wire.data and not nudged and deadline.left <= nudge_at:
            wire.send(b"\r\n\r\n")
            wire.end_sending()
            nudged = True
    if greeting.major >= MAJOR[0] and not rest_sent:
        wire.send(greeting_rest(min(greeting.minor, 1), greeting.mechanism))
    if greeting.socket_type and greeting.identity is None:  # 2.0: it follows in a frame
        while greeting.identity is None and wire.receive(IDENTITY_SECONDS):
            greeting = read_greeting(wire.data) or greeting
    wire.drop(greeting.size)
    return greeting


def _read(wire: Wire) -> Greeting | None:
    try:
        if not recognise(wire.data):
            return read_greeting(wire.data, over=wire.over and bool(wire.data))
    except NotZmtp:
        while len(wire.data) < BANNER_BYTES and not recognise(wire.data) and wire.receive(BANNER_SECONDS):
            pass
    raise _not_zmtp(wire.data)


def _not_zmtp(data: bytes) -> NotZmtp:
    return NotZmtp(
        f"{recognise(data) or 'something'} is there, which does not speak ZMTP",
        why=f"it begins with {shown(data)}",
        hint="check the port",
    )


def _silence(wire: Wire, *, nudged: bool) -> ZmqcliError:
    if wire.data:
        return BrokenZmtp("its greeting is not complete", why=f"it is {shown(wire.data)} and no more")
    if wire.over and not nudged:
        return HungUp(
            "it hung up without a word",
            why="not ZeroMQ, a proxy with nobody behind it, or a socket that is full or closing",
            hint="check the port",
        )
    return ZmqcliError(
        "it is open and silent",
        why="not ZeroMQ, a STREAM socket, or a program that is stopped or too busy",
        hint="check the port, and whether its program runs",
    )


def shown(data: bytes) -> str:
    """Return the beginning of bytes from outside, in quotes and escaped."""
    more = " ..." if len(data) > SHOWN_BYTES else ""
    return f'"{escape(data[:SHOWN_BYTES]).decode()}"{more}'
