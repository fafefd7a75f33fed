"""CURVE keys and certificate files, held against pyzmq's own."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

import pytest
import zmq
import zmq.auth
from hypothesis import given
from hypothesis import strategies as st
from zmq.utils import z85

from zmqcli.errors import UsageError, ZmqcliError
from zmqcli.security.certificates import KeyPair, is_key, public_key, secret_pair, write_pair
from zmqcli.sockets.curve import new_pair, public_of

if TYPE_CHECKING:
    from pathlib import Path

# The keys of zmq_curve(7); made anew, they would give the tests another name in every process.
PUBLIC, SECRET = b"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", b"D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
OTHER = b"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

CZMQ = b"""\
#   ****  Generated on 2026-11-23 10:00:00 by CZMQ  ****
#   ZeroMQ CURVE **Secret** Certificate
#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.

metadata
    name = "a secret-key = b"
curve
    public-key = "%b"
    secret-key = "%b"
"""


@given(st.binary(min_size=32, max_size=32))
def test_every_key_is_one(raw: bytes) -> None:
    assert is_key(z85.encode(raw))


@given(st.binary(max_size=50))
def test_what_is_a_key_has_32_bytes(text: bytes) -> None:
    if is_key(text):
        assert len(z85.decode(text)) == 32


def test_the_largest_key_and_the_next() -> None:
    largest = z85.encode(b"\xff" * 32)

    assert is_key(largest)
    assert not is_key(largest[:-1] + b"1")


@pytest.mark.parametrize(
    "text", [b"", PUBLIC[:-1], PUBLIC + b"0", PUBLIC[:-1] + b" ", b"#" * 40, b"~" * 40, b"\xff" * 40]
)
def test_what_is_no_key(text: bytes) -> None:
    assert not is_key(text)  # 40 times # is all Z85, and more than 32 bits a group


def test_what_pyzmq_writes_is_read(tmp_path: Path) -> None:
    _, secret_file = zmq.auth.create_certificates(tmp_path, "name", metadata={"public-key": "no"})
    public, secret = zmq.auth.load_certificate(secret_file)

    assert public_key((tmp_path / "name.key").read_bytes(), "name") == public
    assert secret_pair((tmp_path / "name.key_secret").read_bytes(), "name", public_of) == (public, secret)


def test_what_czmq_writes_is_read() -> None:
    assert secret_pair(CZMQ % (PUBLIC, SECRET), "name", public_of) == KeyPair(PUBLIC, SECRET)


def test_a_file_may_be_just_the_public_key() -> None:
    assert public_key(PUBLIC + b"\n", "name") == PUBLIC


def test_a_secret_key_alone_will_do_where_it_cannot_be_a_public_one() -> None:
    assert secret_pair(SECRET, "ZMQCLI_X", public_of, bare=True) == KeyPair(PUBLIC, SECRET)
    with pytest.raises(UsageError, match="public certificate where the secret one belongs"):
        secret_pair(SECRET, "name", public_of)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "is not a certificate"),
        (b"\xff\xfe\0", "is not a certificate"),
        (b'curve\n  secret-key = "' + SECRET[:-1] + b'"\n', "the secret-key in f.key_secret is not a key"),
        (b'curve\n  secret-key = "~' + SECRET[1:] + b'"\n', "the secret-key in f.key_secret is not a key"),
        (CZMQ % (OTHER, SECRET), "do not belong together"),
        (b'public-key = "' + PUBLIC + b'"', "is a public certificate where the secret one belongs"),
    ],
)
def test_what_is_no_secret_certificate_is_said_without_showing_it(data: bytes, error: str) -> None:
    with pytest.raises(UsageError, match=error) as raised:
        secret_pair(data, "f.key_secret", public_of)

    assert SECRET[1:-1].decode() not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_secret_where_a_public_key_belongs_is_refused_by_name() -> None:
    with pytest.raises(
        UsageError, match=r"secret certificate where a public one belongs; give d/server\.key;"
    ) as raised:
        public_key(CZMQ % (PUBLIC, SECRET), "d/server.key_secret")

    assert SECRET.decode() not in str(raised.value)


@pytest.mark.parametrize("data", [b"", b"hello", b'public-key = "short"', b"public-key"])
def test_what_is_no_public_certificate(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"not a certificate|is not a key"):
        public_key(data, "name")


def test_a_made_pair_is_read_by_pyzmq(tmp_path: Path) -> None:
    pair = new_pair()
    path, secret_path = write_pair(pair, str(tmp_path), "name")

    assert zmq.auth.load_certificate(path) == (pair.public, None)
    assert zmq.auth.load_certificate(secret_path) == pair
    assert zmq.auth.load_certificates(tmp_path) == {pair.public: True}
    assert zmq.curve_public(pair.secret) == pair.public


def test_nobody_else_can_ever_read_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []
    real = os.open

    def watched(path: str, flags: int, mode: int = 0o777) -> int:
        descriptor = real(path, flags, mode)
        modes.append((os.path.basename(path), stat.S_IMODE(os.fstat(descriptor).st_mode)))  # noqa: PTH119
        return descriptor

    monkeypatch.setattr(os, "open", watched)
    mask = os.umask(0)
    try:
        write_pair(new_pair(), str(tmp_path / "new"), "name")
    finally:
        os.umask(mask)

    assert modes == [("name.key_secret", 0o600), ("name.key", 0o644)]
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize("there", ["name.key", "name.key_secret"])
def test_nothing_is_overwritten_and_no_half_is_left(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")

    with pytest.raises(ZmqcliError, match=re.escape(f"{there} exists")):
        write_pair(new_pair(), str(tmp_path), "name")

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "mine")]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "name.key_secret").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ZmqcliError, match="exists"):
        write_pair(new_pair(), str(tmp_path), "name")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ZmqcliError, match=r"cannot write .*/file/name.key_secret"):
        write_pair(new_pair(), str(tmp_path / "file"), "name")


def test_a_pair_does_not_show_its_secret() -> None:
    assert SECRET.decode() not in repr(KeyPair(PUBLIC, SECRET))
