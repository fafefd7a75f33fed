"""The files of `--allow` and `--plain-passwords`, read and checked.

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

__all__ = ["AllowList", "read_allow_lists", "read_passwords"]

LARGEST_FILE = 1 << 24
"""Bytes of a list; 16 MiB are some 400,000 keys."""
LONGEST_CREDENTIAL = 255
"""Bytes of a user name, and of a password (RFC 24)."""


class AllowList(NamedTuple):
    """What `--allow` names. Where there are keys a client needs one of them, where there are addresses one of those."""

    keys: Mapping[bytes, str]
    """Public keys in Z85, and what each is called."""
    networks: Sequence[Any]
    """`ipaddress` networks."""


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
        names = sorted(name for name in os.listdir(path) if name.endswith(".key"))  # noqa: PTH208 # pathlib costs start-up
    except OSError as error:
        raise _cannot_read(quote(path), error) from None
    if not names:
        raise UsageError(f"--allow {path} would let nobody in", why="there is no *.key in that directory")
    keys: dict[bytes, str] = {}
    for name in names:
        file = os.path.join(path, name)  # noqa: PTH118 # pathlib costs start-up
        keys[public_key(read_file(file), file)] = name
    return keys


def _read_list(path: str, keys: dict[bytes, str], networks: list[Any]) -> None:
    data = read_file(path)
    if any(line.strip().startswith((b"public-key", b"secret-key")) for line in data.splitlines()):
        keys[public_key(data, path)] = os.path.basename(path)  # noqa: PTH119 # pathlib costs start-up
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
        if max(len(user), len(password)) > LONGEST_CREDENTIAL:
            raise UsageError(
                f"line {number} of {name} is too long", why=f"PLAIN has at most {LONGEST_CREDENTIAL} bytes"
            )
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
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise _cannot_read(what or quote(path), error) from None
    if len(data) > LARGEST_FILE:
        raise UsageError(f"{path} is too large to be a list or a certificate")
    return data


def _cannot_read(what: str, error: OSError | ValueError) -> UsageError:
    why = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else "not a path"
    return UsageError(f"cannot read {what}", why=why)
