"""ZMTP as far as a probe reads it: what peers really send, and whatever else may come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqcli.zmtp.protocol import (
    LONGEST_COMMAND,
    MAJOR,
    SIGNATURE,
    BrokenZmtp,
    Command,
    Greeting,
    NotZmtp,
    command,
    error_reason,
    greeting_rest,
    plain_hello,
    properties,
    read_command,
    read_greeting,
    read_properties,
)

# Taken from the wire: a DEALER of libzmq 4.3.5 with the routing id b"\xff\x01me", as it greets.
LIBZMQ = bytes.fromhex("ff00000000000000057f0301") + b"NULL".ljust(20, b"\0") + bytes(32)
LIBZMQ_READY = b"\x04-\x05READY\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\x04\xff\x01me"
SECOND = SIGNATURE + b"\x01\x08" + b"\0\x02me"

greetings = st.one_of(
    st.sampled_from([LIBZMQ, SECOND, b"\x03\0me", b"\xff" + (3).to_bytes(8, "big") + b"\0me"]),
    st.builds(
        lambda minor, mechanism: SIGNATURE + MAJOR + greeting_rest(minor, mechanism),
        st.integers(0, 255),
        st.sampled_from(["NULL", "PLAIN", "CURVE", "GSSAPI"]),
    ),
)
names = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=30).map(str.encode)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return a greeting with some of its bytes cut off, changed or followed by others."""
    data = bytearray(draw(greetings)[: draw(st.integers(0, 70))])
    for _ in range(draw(st.integers(0, 3))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data) + draw(st.binary(max_size=80))


# Greetings


def test_the_greeting_of_libzmq() -> None:
    assert read_greeting(LIBZMQ + LIBZMQ_READY) == Greeting(3, 1, 64, "NULL")
    assert Greeting(3, 1, 64).version == "3.1"


def test_our_greeting_is_one() -> None:
    assert read_greeting(SIGNATURE + MAJOR + greeting_rest(0, "CURVE")) == Greeting(3, 0, 64, "CURVE")
    server = read_greeting(SIGNATURE + MAJOR + greeting_rest(1, "PLAIN", as_server=True))
    assert server == Greeting(3, 1, 64, "PLAIN", as_server=True)


def test_a_2_0_peer_tells_its_type_and_then_its_identity() -> None:
    assert read_greeting(SECOND[:12]) == Greeting(2, 0, 12, socket_type="PUSH")
    assert read_greeting(SECOND[:15]) == Greeting(2, 0, 12, socket_type="PUSH")
    assert read_greeting(SECOND) == Greeting(2, 0, 16, socket_type="PUSH", identity=b"me")


@pytest.mark.parametrize(
    ("data", "identity"),
    [(b"\x01\0", b""), (b"\x03\0me", b"me"), (b"\xff" + (3).to_bytes(8, "big") + b"\0me", b"me")],
    ids=["anonymous", "short", "long"],
)
def test_a_1_0_peer_tells_its_identity_alone(data: bytes, identity: bytes) -> None:
    assert read_greeting(data) == Greeting(1, 0, len(data), identity=identity)
    assert read_greeting(data[:1]) is None


@pytest.mark.parametrize(
    "data",
    [b"HTTP/1.1 400", b"SSH-2.0-x", b"\x15\x03\x03", b"\0SP\0\0\x50\0\0", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\0"],
)
def test_what_is_no_zmtp(data: bytes) -> None:
    with pytest.raises(NotZmtp):
        read_greeting(data)


@pytest.mark.parametrize(
    "data",
    [
        SIGNATURE + b"\x02\0",
        SIGNATURE + b"\x01\x09",
        SIGNATURE + b"\x01\x08\x01",
        SIGNATURE + MAJOR + bytes(53),
        SIGNATURE + MAJOR + b"\0" + b"N\xffLL".ljust(20, b"\0") + bytes(32),
    ],
    ids=["revision", "type", "identity", "no mechanism", "mechanism"],
)
def test_what_breaks_the_rules(data: bytes) -> None:
    with pytest.raises(BrokenZmtp):
        read_greeting(data)


@pytest.mark.parametrize(("size", "error"), [(1, NotZmtp), (10, NotZmtp), (11, BrokenZmtp), (63, BrokenZmtp)])
def test_a_greeting_that_ends_too_early(size: int, error: type[Exception]) -> None:
    assert read_greeting(LIBZMQ[:size]) is None
    with pytest.raises(error):
        read_greeting(LIBZMQ[:size], over=True)


@given(damaged())
def test_whatever_comes_there_is_a_verdict_before_300_bytes(data: bytes) -> None:
    for size in range(len(data) + 1):
        try:
            greeting = read_greeting(data[:size])
        except (NotZmtp, BrokenZmtp):
            return
        if greeting is not None:
            assert greeting.size <= size
            return
    assert len(data) < 300


@given(st.binary(min_size=300, max_size=400))
def test_after_300_bytes_nothing_is_waited_for(data: bytes) -> None:
    try:
        assert read_greeting(data) is not None
    except (NotZmtp, BrokenZmtp):
        pass


# Commands


def test_the_ready_of_libzmq() -> None:
    ready = read_command(LIBZMQ_READY + b"more")

    assert ready is not None
    assert (ready.name, ready.size) == ("READY", len(LIBZMQ_READY))
    assert read_properties(ready.data) == {"socket-type": b"DEALER", "identity": b"\xff\x01me"}


@given(names, st.binary(max_size=600), st.integers(0, 700))
def test_a_command_is_read_back_and_not_before_it_is_whole(name: bytes, data: bytes, size: int) -> None:
    sent = command(name, data)

    assert read_command(sent + b"more") == Command(name.decode(), data, len(sent))
    assert read_command(sent[: min(size, len(sent) - 1)]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\0\x05hello",
        b"\x05\x01\x01",
        b"\x0c\x01\x01",
        b"\x04\0",
        b"\x04\x02\0A",
        b"\x04\x02\x05A",
        b"\x04\x03\x02\x1b[",
        b"\x06" + (LONGEST_COMMAND + 1).to_bytes(8, "big"),
        b"\x06" + b"\xff" * 8,
    ],
    ids=["message", "more", "reserved", "empty", "no name", "cut name", "hostile name", "long", "endless"],
)
def test_what_is_no_command(data: bytes) -> None:
    with pytest.raises(BrokenZmtp):
        read_command(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_command_or_none_or_broken(data: bytes) -> None:
    try:
        found = read_command(data)
    except BrokenZmtp:
        return
    if found is not None:
        assert found.size <= len(data)
        assert found.name.isascii()
        assert found.name.isalnum()


@given(st.dictionaries(st.text("abcdefgh_", min_size=1, max_size=9), st.binary(max_size=40), max_size=5))
def test_properties_are_read_back_by_lower_case_names(values: dict[str, bytes]) -> None:
    sent = properties(**{name.upper(): value for name, value in values.items()})

    assert read_properties(sent) == {name.replace("_", "-"): value for name, value in values.items()}


@given(st.binary(max_size=100))
def test_any_bytes_are_properties_or_broken(data: bytes) -> None:
    try:
        read_properties(data)
    except BrokenZmtp:
        pass


@pytest.mark.parametrize(
    "data", [b"\x03abc\0\0\0\x02x", b"\x03ab", b"\x03abc\0\0", b"\0\0\0\0\0", b"\x01a\xff\xff\xff\xff"]
)
def test_properties_that_are_cut_off(data: bytes) -> None:
    with pytest.raises(BrokenZmtp):
        read_properties(data)


@pytest.mark.parametrize(("data", "reason"), [(b"\x03400", "400"), (b"", ""), (b"\xff4", "4"), (b"\x01\x1b", "\x1b")])
def test_the_reason_of_an_error(data: bytes, reason: str) -> None:
    assert error_reason(data) == reason


def test_the_error_of_a_plain_server_of_libzmq() -> None:
    assert read_command(b"\x04\x09^RROR\x03400") == Command("ERROR", b"\x03400", 11)


def test_a_plain_hello() -> None:
    assert plain_hello(b"me", b"pass") == b"\x04\x0e\x05HELLO\x02me\x04pass"
