"""What a socket is to be, before there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.endpoint import Endpoint
    from zmqcli.security.config import SecurityConfig
    from zmqcli.sockets.options.option import SocketOption

__all__ = ["SocketConfig", "default_max_size"]

MAX_SIZE = 1 << 30
MAX_UPSTREAM = 1 << 20
"""For an XPUB that shows what its subscribers send, since an XSUB sends messages as well. A subscription of 1 MiB costs
48 MiB: libzmq keeps each byte of a prefix in a node of its own."""
MAX_SUBSCRIPTION = 8 << 10
"""Where only subscriptions are expected. In the trie of a proxy's XSUB each byte of a prefix is a nested call (libzmq
4.3.5). Measured: a stack of 8 MiB has room for 104,000 of them, one of 1 MiB for 12,900."""


def default_max_size(kind: str, *, shows_upstream: bool = False) -> int:
    """Return how many bytes a received frame may have where the user has not said. `kind`: as ZeroMQ writes it."""
    if kind not in {"XPUB", "PUB"}:
        return MAX_SIZE
    return MAX_UPSTREAM if shows_upstream else MAX_SUBSCRIPTION


class SocketConfig(NamedTuple):
    """A socket's type, endpoints and options. Frozen: `req --retry` opens the same one again."""

    type: str
    """As ZeroMQ writes it: `PUSH`. `pub` drives an XPUB, to see its subscriptions."""
    binds: Sequence[Endpoint] = ()
    connects: Sequence[Endpoint] = ()
    subscriptions: Sequence[bytes] = ()
    """Prefixes that a SUB asks for; an XSUB sends them as messages."""
    linger: float = 5.0
    """Seconds to get everything out after the last send."""
    hwm: int | None = None
    """Messages, both ways; 0 is libzmq's "no limit"; None its default, 1000."""
    max_size: int = MAX_SIZE
    """Bytes of a received frame; more drops the connection."""
    identity: bytes | None = None
    heartbeat_ms: int | None = None
    conflate: bool = False
    correlate: bool = False
    """REQ_CORRELATE: a request id goes along, and only the reply that brings it back is taken. `req --retry` with a
    fixed identity needs it: a late reply finds the way to the fresh socket."""
    block: bool = False
    """`pub --block`: XPUB_NODROP."""
    security: SecurityConfig | None = None
    """CURVE, PLAIN, an allow-list; None is none of them."""
    options: Sequence[SocketOption] = ()
    """`-o NAME=VALUE`, applied last: what the user says goes."""

    @property
    def in_process(self) -> bool:
        """Whether an endpoint is of this process alone (inproc): its sockets share a context."""
        return any(endpoint.transport == "inproc" for endpoint in (*self.binds, *self.connects))
