"""Endpoints: the short forms, and a refusal in one line for each thing libzmq would misread."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zmqcli.endpoint import ALWAYS, OPTIONAL, Endpoint, check_socket_type, parse_endpoint
from zmqcli.errors import EndpointError


def refusal(text: str, *, bind: bool = False, has: tuple[str, ...] = ("tipc",)) -> str:
    with pytest.raises(EndpointError) as caught:
        parse_endpoint(text, bind=bind, transports=has.__contains__)
    return str(caught.value)


@pytest.mark.parametrize("bind", [True, False])
@pytest.mark.parametrize(
    ("text", "address", "ipv6"),
    [
        ("5555", "tcp://127.0.0.1:5555", False),
        (":5555", "tcp://127.0.0.1:5555", False),
        ("tcp://:5555", "tcp://127.0.0.1:5555", False),
        ("host:5555", "tcp://host:5555", False),
        ("eth0:5555", "tcp://eth0:5555", False),
        ("my_host.example-1.com:65535", "tcp://my_host.example-1.com:65535", False),
        ("tcp://192.168.0.1:1", "tcp://192.168.0.1:1", False),
        ("tcp://127.1:1", "tcp://127.1:1", False),
        ("TCP://host:5555", "tcp://host:5555", False),
        ("host:05555", "tcp://host:5555", False),
        ("[::1]:5555", "tcp://[::1]:5555", True),
        ("tcp://[::1]:5555", "tcp://[::1]:5555", True),
        ("tcp://[fe80::1%eth0]:5555", "tcp://[fe80::1%eth0]:5555", True),
        ("tcp://[::ffff:1.2.3.4]:5", "tcp://[::ffff:1.2.3.4]:5", True),
        ("/tmp/x", "ipc:///tmp/x", False),  # noqa: S108 - only a text here
        ("./x", "ipc://./x", False),
        ("../x y", "ipc://../x y", False),
        ("/a://b", "ipc:///a://b", False),
        ("ipc://x", "ipc://x", False),
        ("@name", "ipc://@name", False),
        ("inproc://x", "inproc://x", False),
        ("tipc://{5560,0,0}", "tipc://{5560,0,0}", False),
        ("udp://239.0.0.1:5555", "udp://239.0.0.1:5555", False),
    ],
)
def test_forms_and_what_they_expand_to(text: str, address: str, ipv6: bool, bind: bool) -> None:
    endpoint = parse_endpoint(text, bind=bind, transports=("tipc",).__contains__)
    assert endpoint == Endpoint(text, address, address.partition(":")[0], bind, ipv6)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0", "tcp://127.0.0.1:0"),
        ("*", "tcp://127.0.0.1:*"),
        (":*", "tcp://127.0.0.1:*"),
        ("*:5555", "tcp://*:5555"),
        ("tcp://*:*", "tcp://*:*"),
        ("tcp://eth0:0", "tcp://eth0:0"),
        ("ipc://*", "ipc://*"),
    ],
)
def test_free_ports_and_all_interfaces_are_for_binding(text: str, address: str) -> None:
    assert parse_endpoint(text, bind=True).address == address
    assert "for binding" in refusal(text)


def test_a_source_address_is_for_connecting() -> None:
    assert parse_endpoint("tcp://eth1:0;host:5555", bind=False).address == "tcp://eth1:0;host:5555"
    assert parse_endpoint("tcp://[::1]:7;[::2]:5555", bind=False).ipv6
    assert "a source address is for connecting" in refusal("tcp://eth1:0;host:5555", bind=True)
    assert "write tcp://ADDRESS:0;host:5555" in refusal("tcp://eth1;host:5555")
    assert "write 0 for any source port" in refusal("tcp://eth1:*;host:5555")
    assert "is not a host name" in refusal("tcp://a:1;b:2;c:3")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "tcp://host:99999",
            "(port 99999 is not between 0 and 65535); use one that is (libzmq would wrap this one to 34463)",
        ),
        ("-1", "cannot connect to -1 (port -1 is not between 0 and 65535); use one that is"),
        ("h:-0", "cannot connect to h:-0 (port -0 is not between 0 and 65535); use one that is"),
        ("h:65536", "cannot connect to h:65536 (port 65536 is not between 0 and 65535); use one that is"),
        ("::1", "cannot connect to ::1 (an IPv6 address stands in brackets); write [::1]:PORT"),
        ("::1:5555", "(an IPv6 address stands in brackets); write [::1:5555]:PORT or [::1]:5555"),
        ("tcp://::1:5555", "write [::1:5555]:PORT or [::1]:5555"),
        ("2001:db8:1:2:3:4:5:6:5555", "write [2001:db8:1:2:3:4:5:6]:5555"),
        ("[::1]", "(the port is missing); write [::1]:PORT"),
        ("[host]:5", "('[host]' is not an IPv6 address)"),
        ("host", "cannot connect to host (the port is missing); write host:PORT, or ./PATH for ipc"),
        ("tcp://host:", "write host:PORT"),
        ("tcp://5555", "(the port is missing); write tcp://:5555"),
        ("tcp://", "(nothing is named)"),
        ("", "cannot connect to '' (nothing is named); write HOST:PORT, PORT, /PATH or @NAME"),
        ("a b:1", "cannot connect to 'a b:1' ('a b' is not a host name"),
        ("run/x.sock", "write ./run/x.sock for a file"),
        ("tcp://127.0.0.1:5555/path", "('5555/path' is not a port)"),
        ("h:0x10", "('0x10' is not a port); write a number from 0 to 65535"),
        ("h:http", "('http' is not a port)"),
        ("1.2.3.999:5", "(1.2.3.999 is not an IPv4 address)"),
        ("tcp:host:5555", "(a transport is followed by ://); write tcp://host:5555"),
        ("tcp:/host:5555", "write tcp://host:5555"),
        ("tcp:5555", "write tcp://:5555"),
        ("ipc://", "(the path is empty); write ipc:///tmp/NAME"),
        ("@", "(the path is empty)"),
        ("inproc://", "(the name is empty"),
        ("inproc://" + "a" * 300, "over 254 bytes"),
        ("http://host:80", "(there is no transport http); it has tcp, ipc, inproc, udp, tipc"),
        ("ws://host:80", "(this libzmq is built without ws); it has tcp, ipc, inproc, udp, tipc"),
        ("tipc://", "(it is empty"),
        ("udp://host", "(the port is missing)"),
        ("udp://a b;host:1", "the interface is not"),
        ("a\nb:1", r"cannot connect to 'a\nb:1' (it contains a control character)"),
        ("./\udcff", r"cannot connect to './\udcff' (it is not valid UTF-8)"),
    ],
)
def test_refusals_say_what_to_write(text: str, line: str) -> None:
    assert line in refusal(text)


def test_a_bind_is_called_a_bind() -> None:
    assert refusal("99999", bind=True).startswith("cannot bind 99999 (port 99999 ")


def test_a_wildcard_file_is_not_taken_for_any_file() -> None:
    assert "write ipc://./*.sock for a file" in refusal("ipc://*.sock", bind=True)
    assert parse_endpoint("ipc://./*.sock", bind=True).address == "ipc://./*.sock"


@pytest.mark.parametrize("prefix", ["ipc://", "@", "/"])
def test_an_ipc_path_has_at_most_107_bytes(prefix: str) -> None:
    path = prefix.removeprefix("ipc://")
    room = 107 - len(path)
    assert parse_endpoint(prefix + "x" * room, bind=True).transport == "ipc"
    assert "the path has 108 bytes, a socket's can have 107" in refusal(prefix + "x" * (room + 1), bind=True)
    # bytes, not characters
    assert "bytes" in refusal(prefix + "é" * 54, bind=True)


def test_the_transports_of_the_linked_libzmq_decide() -> None:
    def all_of_them(_name: str) -> bool:
        return True

    for name, rest in {
        "ws": "*:80/chat",
        "wss": "h:443",
        "epgm": "eth0;239.1.1.1:5",
        "norm": "1,eth0;239.1.1.1:5",
    }.items():
        text = f"{name}://{rest}"
        assert parse_endpoint(text, bind=True, transports=all_of_them).address == text
        assert f"built without {name}" in refusal(text, bind=True)
    assert parse_endpoint("vsock://2:70000", bind=False).transport == "vsock"
    assert not set(ALWAYS) & set(OPTIONAL)


def test_with_the_real_libzmq() -> None:
    zmq = pytest.importorskip("zmq")
    have = set(ALWAYS) | {name for name in OPTIONAL if zmq.has(name)}
    for name in OPTIONAL:
        text = f"{name}://127.0.0.1:5"
        if name in have:
            assert parse_endpoint(text, bind=True, transports=zmq.has).transport == name
        else:
            assert "it has tcp, ipc, inproc, udp" in refusal(text, has=tuple(have))


@pytest.mark.parametrize(
    ("text", "bind", "good", "bad"),
    [
        ("udp://*:5", True, "DISH", "SUB"),
        ("udp://h:5", False, "RADIO", "DISH"),
        ("pgm://eth0;239.1.1.1:5", False, "SUB", "PULL"),
        ("5555", False, "PULL", None),
    ],
)
def test_some_transports_carry_some_types_only(text: str, bind: bool, good: str, bad: str | None) -> None:
    endpoint = parse_endpoint(text, bind=bind)
    check_socket_type(endpoint, good)
    if bad:
        with pytest.raises(EndpointError, match=f"does not carry {bad} sockets"):
            check_socket_type(endpoint, bad)


NEAR_MISSES = st.tuples(
    st.sampled_from(["", "tcp://", "ipc://", "inproc://", "udp://", "ws://", "tcp:", "h:", "eth0:0;", "[::1]"]),
    st.text(alphabet=":/.@*[];%{é \n\0\udc80-0159٣hx", max_size=12),
).map("".join)


@given(text=st.text() | NEAR_MISSES, bind=st.booleans())
@example(text="9" * 5000, bind=True)
@example(text="tcp://[" + "1" * 5000 + "]:5", bind=True)
def test_any_text_is_an_endpoint_that_reads_the_same_again_or_a_refusal_of_one_line(text: str, bind: bool) -> None:
    try:
        endpoint = parse_endpoint(text, bind=bind)
    except EndpointError as error:
        line = str(error)
        assert len(line.splitlines()) == 1
        assert "; " in line
        if text.isprintable():
            assert text in line
        return
    again = parse_endpoint(endpoint.address, bind=bind)
    assert (again.address, again.transport, again.ipv6) == (endpoint.address, endpoint.transport, endpoint.ipv6)


def test_the_page_shows_the_lines_as_they_are() -> None:
    page = (Path(__file__).parent.parent / "docs" / "endpoints.md").read_text()
    shown = re.findall(r"^-([bc]) '(.*)'\nzmqcli: (.*)$", page, re.MULTILINE)
    assert len(shown) > 10
    for way, text, line in shown:
        assert refusal(text, bind=way == "b") == line


@pytest.mark.parametrize(
    "text", ["0", "*", ":*", "tcp://:0", "*:0", "lo:*", "@zmqcli-test-endpoint", "./x y", "ipc://*", "[::1]:0"]
)
def test_libzmq_binds_what_is_expanded(text: str, short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zmq = pytest.importorskip("zmq")
    monkeypatch.chdir(short_dir)
    endpoint = parse_endpoint(text, bind=True, transports=zmq.has)
    with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        push.linger = 0
        pull.ipv6 = push.ipv6 = endpoint.ipv6
        try:
            pull.bind(endpoint.address)
        except zmq.ZMQError as error:
            if endpoint.ipv6:
                pytest.skip(f"no IPv6 here: {error}")
            raise
        bound = pull.getsockopt_string(zmq.LAST_ENDPOINT)
        assert parse_endpoint(bound, bind=True).transport == endpoint.transport
        if not text.startswith("*:"):  # 0.0.0.0 is no address to connect to
            push.connect(parse_endpoint(bound, bind=False).address)
            push.send(b"there")
            assert pull.poll(2000)
            assert pull.recv() == b"there"
