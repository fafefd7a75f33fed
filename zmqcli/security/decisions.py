"""Who may come in: the decision about one client of a server. No credential stands in an error or in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zmqcli.units import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zmqcli.security.allow_list import AllowList
    from zmqcli.security.config import SecurityConfig

__all__ = ["Admission", "Client", "decide"]

_PREFIX = 8
"""Characters of a key that the log shows."""


class Client(NamedTuple):
    """Who asks to come in, as a ZAP request tells it."""

    address: str
    mechanism: str
    key: bytes = b""
    """In Z85."""
    user: bytes = b""
    password: bytes = b""

    def __repr__(self) -> str:
        """Say who it is, for the log and else; a password is no part of it."""
        where = _readable(self.address)
        if self.mechanism == "CURVE":
            return f"{where} with key {self.key[:_PREFIX].decode('ascii', 'replace')}..."
        if self.mechanism == "PLAIN":
            return f"{where} as user {quote(self.user.decode('utf-8', 'backslashreplace'))}"
        return where


def _readable(address: str) -> str:
    """Return where a client is; over ipc libzmq says `localhost:UID:GID:PID`."""
    match address.split(":"):
        case ["localhost", uid, _, pid]:
            return f"process {pid} of uid {uid}"
    return address or "a client"


class Admission(NamedTuple):
    """Whether a client comes in, and what is said about it."""

    admitted: bool
    why: str = ""


def decide(security: SecurityConfig, client: Client) -> Admission:
    """Decide about one client, in the order of pyzmq's authenticator: its address first, then what it has to show."""
    allow = security.allow
    if client.mechanism != security.mechanism:
        return Admission(False, f"this server has {security.mechanism}")
    if allow is not None and allow.networks and not _is_listed(client.address, allow):
        return Admission(False, "its address is not on the allow-list")
    if client.mechanism == "PLAIN":
        return _decide_plain(security.passwords, client)
    if client.mechanism == "CURVE" and allow is not None and allow.keys:
        name = allow.keys.get(client.key)
        return Admission(name is not None, "its key is not on the allow-list" if name is None else name)
    return Admission(True)


def _decide_plain(passwords: Mapping[bytes, bytes], client: Client) -> Admission:
    from hmac import compare_digest  # 5 ms, for a PLAIN server alone

    # An unknown user takes as long as a wrong password: a clock does not tell who exists.
    expected = passwords.get(client.user)
    same = compare_digest(client.password, b"" if expected is None else expected)
    if same and expected is not None:
        return Admission(True)
    return Admission(False, "unknown user" if expected is None else "wrong password")


def _is_listed(text: str, allow: AllowList) -> bool:
    from ipaddress import IPv6Address, ip_address

    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:  # ipc: not an address
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in allow.networks)
