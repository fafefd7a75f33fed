"""What a diagnosis is made of (Facts, Evidence), and what comes out of it (Verdict)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CODES", "Evidence", "Facts", "Verdict"]

CODES = (
    "nothing-listens",
    "name-does-not-resolve",
    "wrong-address-family",
    "unreachable",
    "no-answer",
    "no-socket-file",
    "stale-socket-file",
    "not-a-socket",
    "socket-file-forbidden",
    "type-does-not-fit",
    "silent-port",
    "handshake-fails",
    "wrong-curve-key",
    "mechanisms-differ",
    "refused-by-authentication",
    "nobody-came",
    "prefix-matches-nothing",
    "no-subscription",
    "no-matching-subscriber",
    "missing-delimiter",
    "router-does-not-answer",
    "request-lost",
    "routing-id-in-use",
    "too-many-open-files",
)


class Verdict(NamedTuple):
    """What is wrong and what to do."""

    code: str
    """One of CODES."""
    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.what}; {self.advice}; see docs/troubleshooting.md#{self.code}"


class Evidence(NamedTuple):
    """What look.py found out about an endpoint; what was not looked at stays None."""

    path: str = ""
    """ipc: `missing`, `forbidden`, `not a socket`, `stale`; nothing for an abstract name."""
    resolves: bool | None = None
    """Whether the name has an address of any family."""
    fits_family: bool | None = None
    """Whether it has one of the family that libzmq uses: IPv4, unless the option IPV6 is on."""
    elsewhere: str = ""
    """An endpoint of the other family where something does listen."""


class Facts(NamedTuple):
    """What one end knows of itself."""

    kind: str
    """The socket type, `PUB` for an XPUB that only publishes."""
    fits: Sequence[str] = ()
    """Types of peer that libzmq accepts."""
    binds: Sequence[str] = ()
    connects: Sequence[str] = ()
    """Endpoints, as their events name them."""
    mechanism: str = "NULL"
    server: bool = False
    """Whether this end is the server of the mechanism."""
    ipv6: bool = False
    """Whether the option IPV6 is on."""
    shakes_hands: bool = True
    peers: int = 0
    handshakes: int = 0
    """Handshakes finished, ever."""
    sent: int = 0
    received: int = 0
    """Messages."""
    subscriptions: Sequence[bytes] = ()
    """Prefixes a subscriber has asked for."""
    subscribed: Sequence[bytes] | None = None
    """Prefixes a publisher's subscribers have asked for; None where it does not read what they ask for."""
    awaited: bytes | None = None
    """The first frame that a publisher waits for a subscriber to."""
    delimited: bool = False
    """Whether the last message began with an empty frame."""
    identity: bytes | None = None
    request_lost: bool = False
    """Whether a peer has left since the last message went, and another one is there."""
    out_of_descriptors: bool = False
