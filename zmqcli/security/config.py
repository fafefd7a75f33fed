"""What a socket shows, and asks of others: CURVE (RFC 26), PLAIN (RFC 24), and who may come in (ZAP, RFC 27)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zmqcli.security.allow_list import AllowList

__all__ = ["SecurityConfig"]


class SecurityConfig(NamedTuple):
    """The mechanism, the side of it this socket is on, and its credentials. `repr()` shows none of them."""

    mechanism: str
    """CURVE, PLAIN, or NULL with an allow-list of addresses."""
    server: bool
    """Whether this side decides who comes in; it may bind or connect."""
    public_key: bytes = b""
    """Our own, in Z85; a CURVE client without gets a pair made for each socket."""
    secret_key: bytes = b""
    server_key: bytes = b""
    """The public key of the server that a CURVE client trusts."""
    user: bytes = b""
    password: bytes = b""
    passwords: Mapping[bytes, bytes] = {}
    """By user, for a PLAIN server."""
    allow: AllowList | None = None
    """Who may come in; None: whoever has the server's key or a password."""

    def __repr__(self) -> str:
        return f"SecurityConfig({self.mechanism} {self.side})"

    @property
    def side(self) -> str:
        """`server` or `client`."""
        return "server" if self.server else "client"
