"""From the Security options, their files and ZMQCLI_* variables to what a socket is to show and to ask.

Loaded only when one of the options was given: a variable alone asks for nothing. What a secret file holds stands in no
error, note or log.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from zmqcli.errors import UsageError
from zmqcli.security.allow_list import LONGEST_CREDENTIAL, read_allow_lists, read_file, read_passwords
from zmqcli.security.certificates import KeyPair, is_key, public_key, secret_pair
from zmqcli.security.config import SecurityConfig

if TYPE_CHECKING:
    from zmqcli.environment import Environment
    from zmqcli.options.groups import Security

__all__ = ["read_pair", "security_config"]

SECRET_KEY = "ZMQCLI_CURVE_SECRET_KEY"  # noqa: S105 # a name
SERVER_KEY = "ZMQCLI_CURVE_SERVER_KEY"
PASSWORD = "ZMQCLI_PLAIN_PASSWORD"  # noqa: S105 # the name of a variable, no password
_VARIABLE = "env:"
_PREFIX = "ZMQCLI_"
_OTHERS_MAY = 0o006
"""Mode bits: others than the owner and the group read or write."""


def security_config(environment: Environment, options: Security) -> SecurityConfig:
    """Return what the options ask for. Raise UsageError when they do not fit together."""
    _check(options, environment)
    allow = read_allow_lists(options.allow or ())
    for path in options.allow or ():
        _warn_if_writable(environment, path)
    if options.curve_server_cert is not None:
        pair = read_pair(environment, "--curve-server-cert", options.curve_server_cert)
        if allow is None:
            environment.note("any client that knows this server's public key may come in; --allow says who may")
        return SecurityConfig("CURVE", server=True, public_key=pair.public, secret_key=pair.secret, allow=allow)
    if allow is not None and allow.keys:
        raise UsageError("--allow has keys, and only a CURVE server sees any", hint="add --curve-server-cert FILE")
    if options.plain_passwords is not None:
        passwords = read_passwords(*_read(environment, "--plain-passwords", options.plain_passwords))
        _warn_if_readable(environment, options.plain_passwords)
        return SecurityConfig("PLAIN", server=True, passwords=passwords, allow=allow)
    if options.plain_user is not None:
        password = _password(environment, options.plain_password_file)
        return SecurityConfig("PLAIN", server=False, user=_user(options.plain_user), password=password)
    if allow is not None:
        return SecurityConfig("NULL", server=True, allow=allow)
    return _curve_client(environment, options)


def _curve_client(environment: Environment, options: Security) -> SecurityConfig:
    given = options.curve_server_key
    server_key = _server_key(environment, environment.variables[SERVER_KEY] if given is None else given)
    own = options.curve_cert
    if own is None and environment.variables.get(SECRET_KEY):
        own = f"{_VARIABLE}{SECRET_KEY}"
    pair = KeyPair(b"", b"") if own is None else read_pair(environment, "--curve-cert", own)
    if server_key == pair.secret:  # all that can be told from one key alone
        raise UsageError("--curve-server-key is a secret key", hint="give the server's public one, and change this one")
    return SecurityConfig("CURVE", server=False, public_key=pair.public, secret_key=pair.secret, server_key=server_key)


def _check(options: Security, environment: Environment) -> None:
    """Raise UsageError unless the options make this end one side of one mechanism."""
    roles = {
        "a CURVE server (--curve-server-cert)": options.curve_server_cert is not None,
        "a CURVE client (--curve-server-key, --curve-cert)": (options.curve_cert, options.curve_server_key)
        != (None, None),
        "a PLAIN server (--plain-passwords)": options.plain_passwords is not None,
        "a PLAIN client (--plain-user)": options.plain_user is not None or options.plain_password_file is not None,
    }
    asked = [role for role, wanted in roles.items() if wanted]
    if len(asked) > 1:
        raise UsageError(f"one socket cannot be both {asked[0]} and {asked[1]}", hint="choose one")
    if asked and asked[0].split()[2] == "client" and options.allow:
        raise UsageError("--allow is for a server", why=f"this end is {asked[0]}")
    if (
        options.curve_cert is not None
        and options.curve_server_key is None
        and not environment.variables.get(SERVER_KEY)
    ):
        raise UsageError("a CURVE client has to know its server", hint=f"add --curve-server-key, or set {SERVER_KEY}")
    if options.plain_password_file is not None and options.plain_user is None:
        raise UsageError("a password needs a user", hint="add --plain-user USER")


def read_pair(environment: Environment, option: str, source: str) -> KeyPair:
    """Return the keys of a secret certificate: a file, or the variable of `env:ZMQCLI_...`. Raise UsageError."""
    data, name = _read(environment, option, source)
    from zmqcli.sockets.curve import public_of

    pair = secret_pair(data, name, public_of, bare=source.startswith(_VARIABLE))
    _warn_if_readable(environment, source)
    return pair


def _read(environment: Environment, option: str, source: str) -> tuple[bytes, str]:
    """Return what a file or variable holds, and what to call it in an error."""
    if not source.startswith(_VARIABLE):
        # What is no file is not shown: it may be the secret itself.
        return read_file(source, what=f"the file of {option}"), source
    name = source.removeprefix(_VARIABLE)
    value = environment.variables.get(name) if name.startswith(_PREFIX) else None
    if value is None:
        why = f"{name} is not set" if name.startswith(_PREFIX) else f"only {_PREFIX}* are read"
        raise UsageError(f"cannot take {option} from the environment", why=why)
    return os.fsencode(value), name


def _warn_if_readable(environment: Environment, source: str) -> None:
    if source.startswith(_VARIABLE):
        return
    mode = os.stat(source).st_mode  # noqa: PTH116 # pathlib costs start-up
    if stat.S_ISREG(mode) and mode & _OTHERS_MAY:
        permissions = f"{mode & 0o777:04o}"
        environment.note(f"every user of this machine can read {source} (mode {permissions}); say chmod 600 {source}")


def _warn_if_writable(environment: Environment, path: str) -> None:
    mode = os.stat(path).st_mode  # noqa: PTH116 # pathlib costs start-up
    if mode & stat.S_IWOTH and stat.S_IFMT(mode) in {stat.S_IFREG, stat.S_IFDIR}:
        environment.note(f"every user of this machine can add clients to {path}; say chmod o-w {path}")


def _server_key(environment: Environment, text: str) -> bytes:
    """Return the key itself, or of the certificate with that path: a path may look like a key, a key is no path."""
    if text.startswith(_VARIABLE):
        return public_key(*_read(environment, "--curve-server-key", text))
    if os.path.exists(text):  # noqa: PTH110 # pathlib costs start-up
        return public_key(read_file(text), text)
    if is_key(os.fsencode(text)):
        return os.fsencode(text)
    # Not shown: it may be a secret that landed in the wrong place.
    raise UsageError(
        "--curve-server-key is neither a file nor a key",
        why=f"it has {len(text)} characters, a key is 40 of Z85",
        hint="a key that starts with - is written --curve-server-key=KEY",
    )


def _user(text: str) -> bytes:
    user = os.fsencode(text)
    if not 1 <= len(user) <= LONGEST_CREDENTIAL:
        raise UsageError(f"a PLAIN user name has 1 to {LONGEST_CREDENTIAL} bytes, this one {len(user)}")
    return user


def _password(environment: Environment, path: str | None) -> bytes:
    if path is None and not environment.variables.get(PASSWORD):
        raise UsageError("a PLAIN client needs a password", hint=f"add --plain-password-file FILE, or set {PASSWORD}")
    source = f"{_VARIABLE}{PASSWORD}" if path is None else path
    data, name = _read(environment, "--plain-password-file", source)
    _warn_if_readable(environment, source)
    password = data.removesuffix(b"\n").removesuffix(b"\r") if data.endswith(b"\n") else data
    if not 1 <= len(password) <= LONGEST_CREDENTIAL:
        raise UsageError(
            f"the password in {name} has {len(password)} bytes", why=f"PLAIN takes 1 to {LONGEST_CREDENTIAL}"
        )
    return password
