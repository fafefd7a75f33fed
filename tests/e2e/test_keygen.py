"""`zmqcli keygen`: certificates that pyzmq reads, and that nobody else can."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
import zmq.auth

if TYPE_CHECKING:
    from tests.support.in_process import InProcess
    from tests.support.processes import Zmqcli


def test_a_pair_is_made_in_a_directory_of_its_own(zmqcli: Zmqcli) -> None:
    result = zmqcli("keygen", "server", "-d", "keys/deep").ok()
    directory = zmqcli.directory / "keys" / "deep"
    public, secret = zmq.auth.load_certificate(directory / "server.key_secret")

    assert result.lines == [public]
    assert zmq.auth.load_certificate(directory / "server.key") == (public, None)
    assert secret is not None
    assert secret.decode() not in result.stderr
    assert "keys/deep/server.key_secret (secret: keep it)" in result.stderr
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (directory, directory / "server.key_secret")]
    assert modes == [0o700, 0o600]


def test_nothing_is_overwritten(zmqcli: Zmqcli) -> None:
    first = zmqcli("keygen", "-q", "server").ok()

    assert not first.stderr
    zmqcli("keygen", "server").error(1, "./server.key_secret exists (a key is never overwritten)")
    assert zmqcli("keygen", "--public-of", "server.key_secret").ok().stdout == first.stdout


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "wants a NAME"),
        (["a", "--public-of", "a.key_secret"], "wants a NAME"),
        (["a/b"], "-d names the directory"),
        ([".."], "-d names the directory"),
        ([""], "-d names the directory"),
        (["--public-of", "nothing"], "cannot read the file of --public-of"),
        (["--public-of", "."], "is a directory"),
    ],
)
def test_what_cannot_be_done(in_process: InProcess, arguments: list[str], error: str) -> None:
    in_process("keygen", *arguments).error(2, error)


def test_a_public_certificate_has_no_public_key_of_a_secret_one(zmqcli: Zmqcli) -> None:
    zmqcli("keygen", "server", "-q").ok()

    zmqcli("keygen", "--public-of", "server.key").error(2, "server.key is a public certificate", "server.key_secret")
