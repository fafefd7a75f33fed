"""Who may come in: the lists, and the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import zmq.auth
from hypothesis import given
from hypothesis import strategies as st
from zmq.utils import z85

from zmqcli.errors import UsageError
from zmqcli.security.allow_list import AllowList, read_allow_lists, read_passwords
from zmqcli.security.config import SecurityConfig
from zmqcli.security.decisions import Client, decide

if TYPE_CHECKING:
    from pathlib import Path

# The keys of zmq_curve(7); made anew, they would give the tests another name in every process.
KEY, SECRET = b"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", b"D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
OTHER = b"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"


def allow(tmp_path: Path, text: str | bytes) -> AllowList:
    file = tmp_path / "list"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    made = read_allow_lists([str(file)])
    assert made is not None
    return made


def curve(made: AllowList | None) -> SecurityConfig:
    return SecurityConfig("CURVE", server=True, allow=made)


def admitted(security: SecurityConfig, address: str = "127.0.0.1", **shown: Any) -> bool:
    return decide(security, Client(address, security.mechanism, **shown)).admitted


def test_a_directory_of_certificates(tmp_path: Path) -> None:
    zmq.auth.create_certificates(tmp_path, "alice")
    (tmp_path / "bob.key").write_bytes(KEY + b"\n")
    (tmp_path / "notes.txt").write_text("not a certificate")

    made = read_allow_lists([str(tmp_path)])

    assert made is not None
    assert sorted(made.keys.values()) == ["alice.key", "bob.key"]
    assert admitted(curve(made), key=KEY)
    assert not admitted(curve(made), key=OTHER)


def test_a_list_of_keys_and_addresses(tmp_path: Path) -> None:
    made = allow(tmp_path, f"# who\n\n{KEY.decode()} alice at work\n192.0.2.0/24\r\n2001:db8::7\n")

    assert made.keys == {KEY: "alice at work"}
    assert admitted(curve(made), "192.0.2.77", key=KEY)
    assert admitted(curve(made), "2001:db8::7", key=KEY)
    assert admitted(curve(made), "::ffff:192.0.2.1", key=KEY)  # how an IPv6 socket sees it
    assert not admitted(curve(made), "192.0.3.1", key=KEY)
    assert not admitted(curve(made), "192.0.2.77", key=OTHER)


@pytest.mark.parametrize("address", ["", "localhost:0:0:18546", "nonsense", "fe80::1%eth0"])
def test_what_is_no_address_is_on_no_list(tmp_path: Path, address: str) -> None:
    assert not admitted(curve(allow(tmp_path, "192.0.2.0/24")), address, key=KEY)


def test_a_zone_is_no_part_of_an_address(tmp_path: Path) -> None:
    assert admitted(curve(allow(tmp_path, "fe80::/10")), "fe80::1%eth0", key=KEY)


def test_a_commented_key_lets_nobody_in(tmp_path: Path) -> None:
    assert allow(tmp_path, b"#" + OTHER + b"\n" + KEY).keys == {KEY: ""}


@given(st.binary(min_size=32, max_size=32))
def test_no_key_looks_like_a_comment(raw: bytes) -> None:
    assert not z85.encode(raw).startswith(b"#")


def test_a_list_may_be_one_certificate(tmp_path: Path) -> None:
    public, _ = zmq.auth.create_certificates(tmp_path, "alice")

    assert read_allow_lists([public]) == read_allow_lists([str(tmp_path)])


def test_lists_add_up(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(KEY)
    (tmp_path / "b").write_bytes(OTHER)
    made = read_allow_lists([str(tmp_path / "a"), str(tmp_path / "b")])

    assert made is not None
    assert set(made.keys) == {KEY, OTHER}


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_list_is_a_mistake(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="would let nobody in"):
        allow(tmp_path, text)


def test_an_empty_directory_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="would let nobody in"):
        read_allow_lists([str(tmp_path)])


@pytest.mark.parametrize(
    "line", ["bob hunter2", "192.0.2.0/33", KEY.decode()[:-1], "\xff", "a\tb", f"key={KEY.decode()}"]
)
def test_a_line_that_means_nothing_is_named_and_not_shown(tmp_path: Path, line: str) -> None:
    with pytest.raises(UsageError, match=r"line 2 of .*/list is no key and no address") as raised:
        allow(tmp_path, f"# one\n{line}\n")

    assert "hunter2" not in str(raised.value)
    assert KEY.decode()[:-1] not in str(raised.value)


def test_a_secret_certificate_in_the_list_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="secret certificate where a public one belongs") as raised:
        allow(tmp_path, b'curve\n public-key = "' + KEY + b'"\n secret-key = "' + SECRET + b'"\n')

    assert SECRET.decode() not in str(raised.value)


def test_without_a_list_any_key_will_do() -> None:
    assert admitted(curve(None), key=OTHER)


def test_a_password_per_user() -> None:
    security = SecurityConfig("PLAIN", server=True, passwords=read_passwords(b"#x\nbob a b\r\n\neve \xff\n", "name"))

    assert admitted(security, user=b"bob", password=b"a b")
    assert admitted(security, user=b"eve", password=b"\xff")
    for user, password in [(b"bob", b"a"), (b"bob", b""), (b"", b""), (b"mallory", b""), (b"eve", b"a b")]:
        assert not admitted(security, user=user, password=password)


def test_a_password_does_not_help_from_an_address_that_is_not_listed(tmp_path: Path) -> None:
    security = SecurityConfig("PLAIN", server=True, passwords={b"bob": b"a"}, allow=allow(tmp_path, "192.0.2.1"))

    assert admitted(security, "192.0.2.1", user=b"bob", password=b"a")
    assert not admitted(security, "192.0.2.2", user=b"bob", password=b"a")


def test_another_mechanism_is_refused() -> None:
    assert not decide(curve(None), Client("127.0.0.1", "NULL")).admitted
    assert not decide(curve(None), Client("127.0.0.1", "")).admitted


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "would let nobody in"),
        (b"bob\n", "line 1 of name is not"),
        (b"bob \n", "line 1 of name is not"),
        (b" hunter2\n", "line 1 of name is not"),
        (b"bob a\nbob b\n", "line 2 of name names a user again"),
        (b"bob " + b"x" * 256, "too long"),
    ],
)
def test_passwords_that_cannot_be_meant(data: bytes, error: str) -> None:
    with pytest.raises(UsageError, match=error) as raised:
        read_passwords(data, "name")

    assert "hunter2" not in str(raised.value)


@given(
    st.dictionaries(st.from_regex(rb"[^\s#]{1,20}", fullmatch=True), st.from_regex(rb"[^\r\n]{1,20}", fullmatch=True))
)
def test_any_passwords_come_back(passwords: dict[bytes, bytes]) -> None:
    lines = b"".join(user + b" " + password + b"\n" for user, password in passwords.items())

    if passwords:
        assert read_passwords(lines, "name") == passwords


@pytest.mark.parametrize(
    ("client", "text"),
    [
        (Client("127.0.0.1", "CURVE", key=KEY), f"127.0.0.1 with key {KEY[:8].decode()}..."),
        (Client("127.0.0.1", "PLAIN", user=b"bob", password=b"hunter2"), "127.0.0.1 as user 'bob'"),
        (Client("::1", "NULL"), "::1"),
        (Client("localhost:1000:100:77", "NULL"), "process 77 of uid 1000"),
        (Client("", ""), "a client"),
    ],
)
def test_a_client_is_shown_without_its_secret(client: Client, text: str) -> None:
    assert str(client) == repr(client) == text
