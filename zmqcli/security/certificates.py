"""CURVE keys, and the certificate files of pyzmq (`zmq.auth`) and czmq (`zcert`): read, checked, made.

A certificate is lines of text, in a section `curve`: `public-key = "..."`, and in the secret one `secret-key = "..."`
too. Keys are Z85 (RFC 32), 40 characters for 32 bytes. No error shows what a file holds: it may be a secret.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.errors import UsageError, ZmqcliError
from zmqcli.files import write_new

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KEY_CHARACTERS", "KeyPair", "is_key", "public_key", "secret_pair", "write_pair"]

KEY_CHARACTERS = 40

_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_DIGITS = bytes.maketrans(_Z85, bytes(range(85)))
_LARGEST_GROUP = bytes([82, 23, 54, 12, 0])
"""2**32 - 1 in digits of 85."""
_A_KEY = f"a key is {KEY_CHARACTERS} characters of Z85"
_PUBLIC_TEXT = """\
#   ZeroMQ CURVE public certificate, made by zmqcli on {date}.
#   Whoever is to trust its owner needs it.

metadata
curve
    public-key = "{public}"
"""
_BOTH_TEXT = """\
#   ZeroMQ CURVE SECRET certificate, made by zmqcli on {date}.
#   Hand it to nobody, and let nobody but its owner read it.

metadata
curve
    public-key = "{public}"
    secret-key = "{secret}"
"""


class KeyPair(NamedTuple):
    """Both keys, in Z85."""

    public: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"KeyPair({self.public!r}, ...)"


def is_key(text: bytes) -> bool:
    """Whether this is a CURVE key in Z85: 5 characters for each 4 bytes, no group above 2**32 - 1."""
    if len(text) != KEY_CHARACTERS or text.translate(None, _Z85):
        return False
    digits = text.translate(_DIGITS)
    return all(digits[start : start + 5] <= _LARGEST_GROUP for start in range(0, KEY_CHARACTERS, 5))


def public_key(data: bytes, name: str) -> bytes:
    """Return the key of a public certificate, or of a file that is just the key. Raise UsageError, naming `name`."""
    if is_key(data.strip()):
        return data.strip()
    public, secret = _entries(data)
    if secret is not None:
        raise UsageError(
            f"{name} is a secret certificate where a public one belongs",
            hint=f"give {_other(name, '.key_secret', '.key') or 'the public one'}; the secret one stays with its owner",
        )
    if public is None:
        raise UsageError(f"{name} is not a certificate (it has no public-key)", hint="zmqcli keygen NAME makes one")
    if not is_key(public):
        raise UsageError(f"the public-key in {name} is not a key", why=_A_KEY)
    return public


def secret_pair(data: bytes, name: str, public_of: Callable[[bytes], bytes], *, bare: bool = False) -> KeyPair:
    """Return the keys of a secret certificate. Raise UsageError, naming `name`.

    `public_of` returns the public key of a secret one (sockets/curve.py). `bare`: the secret key alone will do. Not so
    in a file, where it could as well be a public one.
    """
    if bare and is_key(data.strip()):
        return KeyPair(public_of(data.strip()), data.strip())
    public, secret = _entries(data)
    if secret is None and (public is not None or is_key(data.strip())):
        raise UsageError(
            f"{name} is a public certificate where the secret one belongs",
            hint=f"give {_other(name, '.key', '.key_secret') or 'the secret one'}",
        )
    if secret is None:
        raise UsageError(f"{name} is not a certificate (it has no secret-key)", hint="zmqcli keygen NAME makes one")
    if not is_key(secret):
        raise UsageError(f"the secret-key in {name} is not a key", why=_A_KEY)
    pair = KeyPair(public_of(secret), secret)
    if public is not None and public != pair.public:
        raise UsageError(f"the keys in {name} do not belong together", hint="zmqcli keygen NAME makes a new pair")
    return pair


def write_pair(keys: KeyPair, directory: str, name: str) -> tuple[str, str]:
    """Write `NAME.key` and `NAME.key_secret` in `directory`, which is made (0700) where there is none.

    Return both paths. Nobody else can read the secret one, from its first byte on. Raise ZmqcliError
    when one of the files is there: no key is ever lost to a second run.
    """
    import time
    from pathlib import Path  # keygen alone writes keys

    texts = {"date": time.strftime("%Y-%m-%d"), "public": keys.public.decode(), "secret": keys.secret.decode()}
    path = os.path.join(directory, f"{name}.key")  # noqa: PTH118 # Path drops a leading ./, and the path is reported
    secret_path = f"{path}_secret"
    try:
        Path(directory).mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(secret_path, _BOTH_TEXT.format(**texts).encode(), 0o600)
    except OSError as error:
        raise _cannot_write(secret_path, error) from None
    try:
        write_new(path, _PUBLIC_TEXT.format(**texts).encode(), 0o644)
    except BaseException as error:
        Path(secret_path).unlink()
        if isinstance(error, OSError):
            raise _cannot_write(path, error) from None
        raise
    return path, secret_path


def _cannot_write(path: str, error: OSError) -> ZmqcliError:
    if isinstance(error, FileExistsError) and error.filename == path:
        return ZmqcliError(f"{path} exists", why="a key is never overwritten", hint="choose another name or directory")
    return ZmqcliError(f"cannot write {path}", why=os.strerror(error.errno or 0).lower())


def _entries(data: bytes) -> tuple[bytes | None, bytes | None]:
    """Return what stands for `public-key` and `secret-key`, as pyzmq reads them."""
    found: dict[bytes, bytes] = {}
    for line in data.splitlines():
        entry, equals, value = line.strip().partition(b"=")
        if equals:
            found[entry.strip()] = value.strip(b" \t'\"")  # the last one: metadata, which may be anything, comes first
    return found.get(b"public-key"), found.get(b"secret-key")


def _other(name: str, ending: str, instead: str) -> str:
    return name.removesuffix(ending) + instead if name.endswith(ending) else ""
