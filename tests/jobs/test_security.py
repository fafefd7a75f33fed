"""From the Security options to what a socket is given: files, variables, and what cannot be meant."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import zmq

from zmqcli.errors import UsageError
from zmqcli.jobs.arguments import security_config as config_if_asked
from zmqcli.jobs.security import read_pair, security_config
from zmqcli.options.groups import Security
from zmqcli.security.certificates import KeyPair, write_pair
from zmqcli.sockets.curve import new_pair

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.outside import Outside

OPEN = "any client that knows this server's public key may come in; --allow says who may"


class Files:
    """Certificates and passwords of one test."""

    def __init__(self, directory: Path) -> None:
        self.pair, self.other = new_pair(), new_pair()
        self.public, self.secret = write_pair(self.pair, str(directory), "name")
        write_pair(self.other, str(directory), "other")
        self.directory = directory
        self.password = self.write("password", b"hunter2\n")
        self.passwords = self.write("passwords", b"bob hunter2\n")
        self.addresses = self.write("addresses", b"192.0.2.0/24\n")

    def write(self, name: str, data: bytes, mode: int = 0o600) -> str:
        path = self.directory / name
        path.write_bytes(data)
        path.chmod(mode)
        return str(path)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_who_asks_for_nothing_gets_nothing(outside: Outside, files: Files) -> None:
    outside.environment.variables = {
        "ZMQCLI_CURVE_SECRET_KEY": files.pair.secret.decode(),
        "ZMQCLI_CURVE_SERVER_KEY": files.other.public.decode(),
        "ZMQCLI_PLAIN_PASSWORD": "hunter2",
    }

    assert config_if_asked(outside.environment, Security()) is None
    assert config_if_asked(outside.environment, None) is None


def test_a_curve_server(outside: Outside, files: Files) -> None:
    made = security_config(outside.environment, Security(curve_server_cert=files.secret))

    assert (made.mechanism, made.server, made.allow) == ("CURVE", True, None)
    assert (made.public_key, made.secret_key) == files.pair
    assert outside.said == [OPEN]


def test_a_curve_server_with_a_list_is_not_open(outside: Outside, files: Files) -> None:
    made = security_config(
        outside.environment, Security(curve_server_cert=files.secret, allow=[str(files.directory), files.addresses])
    )

    assert made.allow is not None
    assert set(made.allow.keys) == {files.pair.public, files.other.public}
    assert len(made.allow.networks) == 1
    assert not outside.said


@pytest.mark.parametrize("form", ["key", "file", "variable"])
def test_a_curve_client(outside: Outside, files: Files, form: str) -> None:
    key = files.pair.public.decode()
    outside.environment.variables = {"ZMQCLI_CURVE_SERVER_KEY": key}
    given = {"key": key, "file": files.public, "variable": None}[form]
    options = Security(curve_server_key=given, curve_cert=None if given else files.secret)
    made = security_config(outside.environment, options)

    assert (made.mechanism, made.server, made.server_key) == ("CURVE", False, files.pair.public)
    assert made.secret_key == (b"" if given else files.pair.secret)


def test_a_curve_client_takes_its_own_key_from_a_variable(outside: Outside, files: Files) -> None:
    outside.environment.variables = {"ZMQCLI_CURVE_SECRET_KEY": files.pair.secret.decode()}
    made = security_config(outside.environment, Security(curve_server_key=files.other.public.decode()))

    assert (made.public_key, made.secret_key) == files.pair


def test_a_file_that_is_named_wins_over_a_variable(outside: Outside, files: Files) -> None:
    outside.environment.variables = {"ZMQCLI_CURVE_SECRET_KEY": "x", "ZMQCLI_PLAIN_PASSWORD": "x"}
    security = Security(curve_server_key=files.other.public.decode(), curve_cert=files.secret)

    assert security_config(outside.environment, security).secret_key == files.pair.secret
    plain = Security(plain_user="bob", plain_password_file=files.password)
    assert security_config(outside.environment, plain).password == b"hunter2"


@pytest.mark.parametrize("what", ["certificate", "key"])
def test_any_secret_may_be_in_a_variable(outside: Outside, files: Files, what: str) -> None:
    text = files.pair.secret.decode()
    if what == "certificate":
        with open(files.secret) as file:  # noqa: PTH123
            text = file.read()
    outside.environment.variables = {"ZMQCLI_MINE": text, "ZMQCLI_USERS": "bob hunter2\neve x"}
    curve = security_config(outside.environment, Security(curve_server_cert="env:ZMQCLI_MINE"))
    plain = security_config(outside.environment, Security(plain_passwords="env:ZMQCLI_USERS"))

    assert curve.secret_key == files.pair.secret
    assert plain.passwords == {b"bob": b"hunter2", b"eve": b"x"}


@pytest.mark.parametrize(
    ("data", "password"),
    [
        (b"a", b"a"),
        (b"a\n", b"a"),
        (b"a\r\n", b"a"),
        (b"a\n\n", b"a\n"),
        (b" a ", b" a "),
        (b"\xff\0", b"\xff\0"),
        (b"a\r", b"a\r"),
    ],
)
def test_one_newline_is_no_part_of_a_password(outside: Outside, files: Files, data: bytes, password: bytes) -> None:
    security = Security(plain_user="bob", plain_password_file=files.write("p", data))

    assert security_config(outside.environment, security).password == password


def test_addresses_alone_need_no_mechanism(outside: Outside, files: Files) -> None:
    made = security_config(outside.environment, Security(allow=[files.addresses]))

    assert (made.mechanism, made.server) == ("NULL", True)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602])
def test_a_secret_that_others_can_read_is_said(outside: Outside, files: Files, mode: int) -> None:
    for path in (files.secret, files.password, files.passwords):
        os.chmod(path, mode)  # noqa: PTH101
    security_config(outside.environment, Security(plain_user="bob", plain_password_file=files.password))
    security_config(outside.environment, Security(plain_passwords=files.passwords))
    read_pair(outside.environment, "--public-of", files.secret)

    assert outside.said == [
        f"every user of this machine can read {path} (mode {mode:04o}); say chmod 600 {path}"
        for path in (files.password, files.passwords, files.secret)
    ]


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_secret_of_the_owner_and_the_group_is_none_of_our_business(outside: Outside, files: Files, mode: int) -> None:
    os.chmod(files.secret, mode)  # noqa: PTH101
    read_pair(outside.environment, "--public-of", files.secret)

    assert not outside.said


KEY, SECRET = (key.decode() for key in zmq.curve_keypair())
MISTAKES = {
    "server and client": (Security(curve_server_cert="x", curve_server_key=KEY), "cannot be both a CURVE server"),
    "curve and plain": (Security(curve_server_key=KEY, plain_user="bob"), "cannot be both a CURVE client"),
    "both sides of plain": (Security(plain_passwords="x", plain_user="bob"), "cannot be both a PLAIN server"),
    "a client's list": (Security(curve_server_key=KEY, allow=["x"]), "--allow is for a server"),
    "no server": (Security(curve_cert="x"), "has to know its server; add --curve-server-key"),
    "no user": (Security(plain_password_file="x"), "a password needs a user"),  # noqa: S106
    "no password": (Security(plain_user="bob"), "add --plain-password-file FILE, or set ZMQCLI_PLAIN_PASSWORD"),
    "an empty user": (Security(plain_user="", plain_password_file="PASSWORD"), "1 to 255 bytes"),  # noqa: S106
    "a long user": (Security(plain_user="x" * 256, plain_password_file="PASSWORD"), "1 to 255 bytes"),  # noqa: S106
    "an empty password": (Security(plain_user="bob", plain_password_file="EMPTY"), "has 0 bytes"),  # noqa: S106
    "a secret for a file": (Security(curve_cert=SECRET, curve_server_key=KEY), "cannot read the file of --curve-cert"),
    "a password for a file": (
        Security(plain_user="bob", plain_password_file="hunter2"),  # noqa: S106
        "cannot read the file of --plain-password-file",
    ),
    "a secret with a typing error": (Security(curve_server_key=SECRET + "~"), "neither a file nor a key"),
    "no variable": (Security(curve_server_cert="env:ZMQCLI_NO"), "ZMQCLI_NO is not set"),
    "not our variable": (Security(curve_server_cert="env:HOME"), "only ZMQCLI_* are read"),
    "keys without curve": (Security(allow=["DIRECTORY"]), "only a CURVE server sees any"),
    "the public certificate": (Security(curve_server_cert="PUBLIC"), "is a public certificate"),
    "the secret certificate": (Security(curve_server_key="SECRET"), "is a secret certificate"),
    "its own secret": (Security(curve_cert="SECRET", curve_server_key="OWN"), "--curve-server-key is a secret key"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_without_a_secret(outside: Outside, files: Files, mistake: str) -> None:
    options, text = MISTAKES[mistake]
    names = {
        "PASSWORD": files.password,
        "EMPTY": files.write("empty", b"\n"),
        "DIRECTORY": str(files.directory),
        "PUBLIC": files.public,
        "SECRET": files.secret,
        "OWN": files.pair.secret.decode(),
    }
    given = [names.get(v, v) if isinstance(v, str) else [names.get(x, x) for x in v] if v else v for v in options]
    with pytest.raises(UsageError) as raised:
        security_config(outside.environment, Security(*given))  # type: ignore[arg-type] # the same fields

    said = str(raised.value)
    assert text in said
    assert "\n" not in said
    assert not [secret for secret in ("hunter2", SECRET, files.pair.secret.decode()) if secret in said]


def test_a_pair_from_a_pipe(outside: Outside, files: Files) -> None:
    reader, writer = os.pipe()
    with open(files.secret, "rb") as file:  # noqa: PTH123
        os.write(writer, file.read())
    os.close(writer)

    assert read_pair(outside.environment, "--public-of", f"/dev/fd/{reader}") == KeyPair(*files.pair)
    os.close(reader)
    assert not outside.said
