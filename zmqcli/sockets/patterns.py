"""The socket types, a row each: their differences are data."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

__all__ = ["DRAFT_TYPES", "PATTERNS", "Pattern", "Ready"]


class Ready(Enum):
    """What makes a peer count before the first send."""

    HANDSHAKE = "a peer"
    SUBSCRIPTION = "a subscriber"


class Pattern(NamedTuple):
    """What one socket type can do, and what it needs."""

    can_send: bool
    can_receive: bool
    fits: frozenset[str]
    """Types of peer that libzmq accepts (ZMTP 3.1, RFC 37; it disconnects others without a word)."""
    routing_ids: int = 0
    """Leading frames that are routing ids."""
    ready_when: Ready = Ready.HANDSHAKE
    balances: bool = False
    """Whether it sends round robin, and so must not park messages on dead endpoints (IMMEDIATE)."""
    always_writable: bool = False
    """Whether POLLOUT stays set when it cannot send: polling for it would spin."""
    exclusive: bool = False
    """Whether it talks to its first peer only; libzmq leaves a second one connected and unheard."""
    repeats_itself: bool = False
    """Whether it queues its subscriptions anew for a peer that left: waiting for those to go is waiting for nothing."""
    doubtful: bool = False
    """Whether each message goes to one peer, so that a peer that leaves may take some along that no other gets.

    Not REQ, whose reply tells that its request has arrived.
    """
    batches: bool = True
    """Whether several messages can be received in a row: a second receive on REQ or REP is EFSM."""


def _row(fits: str, **features: bool | int | Ready) -> Pattern:
    return Pattern(**{"can_send": True, "can_receive": True, **features}, fits=frozenset(fits.split()))  # type: ignore[arg-type] # the rows below are read by the tests


PATTERNS: dict[str, Pattern] = {
    "PUB": _row("SUB XSUB", can_receive=False, ready_when=Ready.SUBSCRIPTION, always_writable=True),
    "XPUB": _row("SUB XSUB", ready_when=Ready.SUBSCRIPTION, always_writable=True),
    "SUB": _row("PUB XPUB", can_send=False),
    "XSUB": _row("PUB XPUB", repeats_itself=True),
    "PUSH": _row("PULL", can_receive=False, balances=True, doubtful=True),
    "PULL": _row("PUSH", can_send=False),
    "REQ": _row("REP ROUTER", balances=True, batches=False),
    "REP": _row("REQ DEALER", batches=False, doubtful=True),
    "DEALER": _row("REP DEALER ROUTER", balances=True, doubtful=True),
    "ROUTER": _row("REQ DEALER ROUTER", routing_ids=1, always_writable=True, doubtful=True),
    "PAIR": _row("PAIR", exclusive=True, doubtful=True),
    "STREAM": _row("", routing_ids=1, always_writable=True, doubtful=True),
    # Draft types (zmq_socket(3)): one frame a message, thread-safe sockets.
    "SERVER": _row("CLIENT"),
    "CLIENT": _row("SERVER", balances=True),
    "RADIO": _row("DISH", can_receive=False, always_writable=True),
    "DISH": _row("RADIO", can_send=False),
    "SCATTER": _row("GATHER", can_receive=False, balances=True),
    "GATHER": _row("SCATTER", can_send=False),
    "PEER": _row("PEER"),
    "CHANNEL": _row("CHANNEL", exclusive=True),
}

DRAFT_TYPES = ("SERVER", "CLIENT", "RADIO", "DISH", "SCATTER", "GATHER", "PEER", "CHANNEL")
