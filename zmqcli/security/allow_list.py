"""Who may come in: the files of `--allow` and `--plain-passwords`, and the decision about one client.

No zmq here: lists are checked before there is a socket. Credentials never stand in an error or in the log.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from zmqcli.errors import UsageError
from zmqcli.security.certificates import is_key, public_key
from zmqcli.streams import unstopped
from zmqcli.units import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zmqcli.security.mechanisms import SecurityConfig

__all__ = ["AllowList", "Client", "Verdict", "decide", "read_allow_lists", "read_passwords"]

LARGEST = 1 << 24
"""Bytes of a list; 16 MiB are some 400,000 keys."""
LONGEST = 255
"""Bytes of a user name, and of a password (RFC 24)."""
_PREFIX = 8
"""Characters of a key that the log shows."""


class AllowList(NamedTuple):
    """What `--allow` names. Where there are keys a client needs one of them, where there are addresses one of those."""

    keys: Mapping[bytes, str]
    """Public keys in Z85, and what each is called."""
    networks: Sequence[Any]
    """`ipaddress` networks."""


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


class Verdict(NamedTuple):
    """Whether a client comes in, and what is said about it."""

    admitted: bool
    why: str = ""


def decide(security: SecurityConfig, client: Client) -> Verdict:
    """Decide about one client, in the order of pyzmq's authenticator: its address first, then what it has to show."""
    allow = security.allow
    if client.mechanism != security.mechanism:
        return Verdict(False, f"this server has {security.mechanism}")
    if allow is not None and allow.networks and not _is_listed(client.address, allow):
        return Verdict(False, "its address is not on the allow-list")
    if client.mechanism == "PLAIN":
        return _decide_plain(security.passwords, client)
    if client.mechanism == "CURVE" and allow is not None and allow.keys:
        name = allow.keys.get(client.key)
        return Verdict(name is not None, "its key is not on the allow-list" if name is None else name)
    return Verdict(True)


def _decide_plain(passwords: Mapping[bytes, bytes], client: Client) -> Verdict:
    from hmac import compare_digest  # 5 ms, for a PLAIN server alone

    # An unknown user takes as long as a wrong password: a clock does not tell who exists.
    expected = passwords.get(client.user)
    same = compare_digest(client.password, b"" if expected is None else expected)
    if same and expected is not None:
        return Verdict(True)
    return Verdict(False, "unknown user" if expected is None else "wrong password")


def _is_listed(text: str, allow: AllowList) -> bool:
    from ipaddress import IPv6Address, ip_address

    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:  # ipc: not an address
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in allow.networks)


def read_allow_lists(paths: Sequence[str]) -> AllowList | None:
    """Return what the directories and files of `--allow` name together; None without any. Raise UsageError.

    A directory: the public certificates in it, `*.key`, as for pyzmq's `configure_curve` and czmq's `zcertstore`.
    A file: a line each, a public key (a name may follow) or an address or network; `#` starts a comment.
    """
    if not paths:
        return None
    keys: dict[bytes, str] = {}
    networks: list[Any] = []
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 # pathlib costs start-up
            keys |= _read_directory(path)
        else:
            _read_list(path, keys, networks)
    return AllowList(keys, networks)


def _read_directory(path: str) -> dict[bytes, str]:
    try:
        names = sorted(name for name in os.listdir(path) if name.endswith(".key"))  # noqa: PTH208 # the same
    except OSError as error:
        raise _cannot_read(quote(path), error) from None
    if not names:
        raise UsageError(f"--allow {path} would let nobody in", why="there is no *.key in that directory")
    keys: dict[bytes, str] = {}
    for name in names:
        file = os.path.join(path, name)  # noqa: PTH118 # the same
        keys[public_key(read_file(file), file)] = name
    return keys


def _read_list(path: str, keys: dict[bytes, str], networks: list[Any]) -> None:
    data = read_file(path)
    if any(line.strip().startswith((b"public-key", b"secret-key")) for line in data.splitlines()):
        keys[public_key(data, path)] = os.path.basename(path)  # noqa: PTH119 # the same
        return
    entries = [(number, line.strip()) for number, line in enumerate(data.split(b"\n"), 1)]
    # No key starts with #: five characters from there on are more than 32 bits.
    entries = [(number, line) for number, line in entries if line and not line.startswith(b"#")]
    if not entries:
        raise UsageError(f"--allow {path} would let nobody in", why="the list is empty")
    for number, line in entries:
        word, _, name = line.partition(b" ")
        if is_key(word):
            keys[word] = name.strip().decode("utf-8", "backslashreplace")
        else:
            networks.append(_network(word, path, number))


def _network(word: bytes, path: str, number: int) -> Any:
    from ipaddress import ip_network  # 6 ms, for lists of addresses alone

    try:
        return ip_network(word.decode("ascii", "replace"), strict=False)
    except ValueError:
        raise UsageError(
            f"line {number} of {path} is no key and no address",
            hint="a line is a public key (40 characters of Z85), or like 192.0.2.7 or 192.0.2.0/24",
        ) from None


def read_passwords(data: bytes, name: str) -> dict[bytes, bytes]:
    """Return the password of each user: a line each, the user, a space, the password. Raise UsageError."""
    passwords: dict[bytes, bytes] = {}
    for number, line in enumerate(data.split(b"\n"), 1):
        user, _, password = line.removesuffix(b"\r").partition(b" ")
        if not line.strip() or line.startswith(b"#"):
            continue
        if not user or not password:
            raise UsageError(f"line {number} of {name} is not a user, a space and a password")
        if max(len(user), len(password)) > LONGEST:
            raise UsageError(f"line {number} of {name} is too long", why=f"PLAIN has at most {LONGEST} bytes for each")
        if user in passwords:
            raise UsageError(f"line {number} of {name} names a user again")
        passwords[user] = password
    if not passwords:
        raise UsageError(f"{name} would let nobody in", why="it has no line with a user and a password")
    return passwords


def read_file(path: str, *, what: str = "") -> bytes:
    """Return what a file holds, all of it. Raise UsageError, which shows the path unless `what` is said instead."""
    try:
        with open(path, "rb") as file, unstopped():  # noqa: PTH123 # pathlib costs start-up
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise _cannot_read(what or quote(path), error) from None
    if len(data) > LARGEST:
        raise UsageError(f"{path} is too large to be a list or a certificate")
    return data


def _cannot_read(what: str, error: OSError | ValueError) -> UsageError:
    why = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else "not a path"
    return UsageError(f"cannot read {what}", why=why)
