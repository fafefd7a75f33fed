"""Socket options: what is typed, and what real sockets say afterwards."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from zmqcli.errors import ExitCode, OptionError
from zmqcli.sockets.options.option import SocketOption, list_options, parse_option
from zmqcli.sockets.options.table import OptionInfo, table

if TYPE_CHECKING:
    from collections.abc import Iterator

SOCKET_OPTIONS = [info for info in table().values() if not info.context]
SETTABLE = [info for info in SOCKET_OPTIONS if info.when != "never" and info.kind != "secret"]
EXAMPLES = {
    "BINDTODEVICE": "lo",
    "METADATA": "X-key:value",
    "TCP_ACCEPT_FILTER": "127.0.0.1/8",
    "NORM_BLOCK_SIZE": "16",
}
BY_KIND = {
    "bool": "true",
    "tristate": "yes",
    "text": "text",
    "binary": "0x6b00",
    "key": "a" * 40,
    "ms": "2s",
    "s": "1m",
}


@pytest.fixture
def context() -> Iterator[zmq.Context[Any]]:
    with zmq.Context() as made:
        yield made


def refusal(text: str) -> str:
    with pytest.raises(OptionError) as caught:
        parse_option(text)
    assert caught.value.exit_code is ExitCode.USAGE
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    return line


def applied(context: zmq.Context[Any], kind: str, *texts: str) -> zmq.Socket[Any]:
    socket: zmq.Socket[Any] = context.socket(getattr(zmq, kind))
    try:
        for text in texts:
            parse_option(text).apply(socket)
    except BaseException:
        socket.close(0)
        raise
    return socket


def example(info: OptionInfo) -> str:
    return EXAMPLES.get(info.name) or BY_KIND.get(info.kind) or str(max(info.low or 0, 1))


def a_type(info: OptionInfo) -> str:
    return next((kind for kind in info.types if hasattr(zmq, kind)), "DEALER") if info.types else "DEALER"


@pytest.mark.parametrize("info", SETTABLE, ids=lambda info: info.name)
def test_every_settable_option_is_set_or_the_build_lacks_it(context: zmq.Context[Any], info: OptionInfo) -> None:
    text = f"{info.name}={example(info)}"
    if info.needs and not zmq.has(info.needs):
        with pytest.raises(OptionError, match=f"cannot set option {info.name} .*built without {info.needs}"):
            applied(context, a_type(info), text)
        return
    texts = ["SUBSCRIBE=0x6b00", text] if info.name == "UNSUBSCRIBE" else [text]
    with applied(context, a_type(info), *texts) as socket:
        assert not socket.closed


@pytest.mark.parametrize("info", [info for info in SETTABLE if info.low is not None], ids=lambda info: info.name)
def test_ranges_are_libzmqs(context: zmq.Context[Any], info: OptionInfo) -> None:
    assert info.low is not None
    assert "is not between" in refusal(f"{info.name}={info.low - 1}")
    if not info.needs or zmq.has(info.needs):
        with applied(context, a_type(info), f"{info.name}={info.low}"):
            pass


@pytest.mark.parametrize(
    ("text", "kind", "number", "value"),
    [
        ("LINGER=1000", "DEALER", zmq.LINGER, 1000),
        ("LINGER=1s", "DEALER", zmq.LINGER, 1000),
        ("zmq_linger=-1", "DEALER", zmq.LINGER, -1),
        ("ZMQ_LINGER=0", "DEALER", zmq.LINGER, 0),
        ("17=1.5s", "DEALER", zmq.LINGER, 1500),
        ("heartbeat-ivl=1m", "DEALER", zmq.HEARTBEAT_IVL, 60_000),
        ("RECONNECT_IVL=250ms", "DEALER", zmq.RECONNECT_IVL, 250),
        ("TCP_KEEPALIVE_IDLE=60", "DEALER", zmq.TCP_KEEPALIVE_IDLE, 60),
        ("TCP_KEEPALIVE_IDLE=1m", "DEALER", zmq.TCP_KEEPALIVE_IDLE, 60),
        ("TCP_KEEPALIVE_INTVL=2s", "DEALER", zmq.TCP_KEEPALIVE_INTVL, 2),
        ("TCP_KEEPALIVE=on", "DEALER", zmq.TCP_KEEPALIVE, 1),
        ("TCP_KEEPALIVE=-1", "DEALER", zmq.TCP_KEEPALIVE, -1),
        ("SNDBUF=64K", "DEALER", zmq.SNDBUF, 65536),
        ("RCVBUF=4096", "DEALER", zmq.RCVBUF, 4096),
        ("MAXMSGSIZE=4G", "DEALER", zmq.MAXMSGSIZE, 4 << 30),
        ("MAXMSGSIZE=-1", "DEALER", zmq.MAXMSGSIZE, -1),
        ("AFFINITY=0x3", "DEALER", zmq.AFFINITY, 3),
        ("IPV6=YES", "DEALER", zmq.IPV6, 1),
        ("IMMEDIATE=off", "DEALER", zmq.IMMEDIATE, 0),
        ("DELAY_ATTACH_ON_CONNECT=true", "DEALER", zmq.IMMEDIATE, 1),
        ("IDENTITY=me", "DEALER", zmq.ROUTING_ID, b"me"),
        ("ROUTING_ID=0x6b8b", "DEALER", zmq.ROUTING_ID, b"\x6b\x8b"),
        ("ROUTING_ID=text:0x6b", "DEALER", zmq.ROUTING_ID, b"0x6b"),
        ("ROUTING_ID=text:me", "DEALER", zmq.ROUTING_ID, b"text:me"),
        ("ROUTING_ID=a=b", "DEALER", zmq.ROUTING_ID, b"a=b"),
        ("ROUTING_ID=\udcff", "DEALER", zmq.ROUTING_ID, b"\xff"),
        ("SOCKS_PROXY=0xhost:1080", "DEALER", zmq.SOCKS_PROXY, b"0xhost:1080"),
        ("ZAP_DOMAIN=global", "DEALER", zmq.ZAP_DOMAIN, b"global"),
        ("SNDHWM=0", "PUSH", zmq.SNDHWM, 0),
    ],
)
def test_what_is_set_is_read_back(
    context: zmq.Context[Any], text: str, kind: str, number: int, value: int | bytes
) -> None:
    with applied(context, kind, text) as socket:
        assert socket.getsockopt(number) == value


def test_hwm_sets_both(context: zmq.Context[Any]) -> None:
    with applied(context, "DEALER", "HWM=7") as socket:
        assert (socket.getsockopt(zmq.SNDHWM), socket.getsockopt(zmq.RCVHWM)) == (7, 7)


def test_a_subscription_of_bytes_filters(context: zmq.Context[Any]) -> None:
    with (
        applied(context, "SUB", "SUBSCRIBE=0x00ff") as sub,
        applied(context, "XPUB", "XPUB_WELCOME_MSG=0x00ff41") as xpub,
    ):
        xpub.bind("inproc://options")
        sub.connect("inproc://options")
        assert xpub.poll(1000)
        assert xpub.recv() == b"\x01\x00\xff"
        assert sub.poll(1000)
        assert sub.recv() == b"\x00\xffA"


@pytest.mark.parametrize(
    "name", ["RCVMORE", "FD", "EVENTS", "TYPE", "LAST_ENDPOINT", "MECHANISM", "THREAD_SAFE", "TOPICS_COUNT"]
)
def test_what_libzmq_only_tells_cannot_be_set(name: str) -> None:
    assert f"option {name} cannot be set (libzmq only tells it)" in refusal(f"{name}=1")


def test_what_libzmq_refuses_is_explained(context: zmq.Context[Any]) -> None:
    with pytest.raises(OptionError, match=r"a SUB socket does not have it\); it is for XPUB"):
        applied(context, "SUB", "XPUB_VERBOSE=1")
    with pytest.raises(
        OptionError, match=r"cannot set option ROUTING_ID to '' \(invalid argument\); `zmqcli options ROUT"
    ):
        applied(context, "DEALER", "ROUTING_ID=")
    with pytest.raises(OptionError, match="TCP_ACCEPT_FILTER to 'junk'"):
        applied(context, "DEALER", "TCP_ACCEPT_FILTER=junk")


def test_context_options_are_set_on_the_context_alone(context: zmq.Context[Any]) -> None:
    option = parse_option("io_threads=3")
    assert option.context_option
    option.apply_to_context(context)
    assert context.get(zmq.IO_THREADS) == 3
    parse_option("LINGER=5").apply_to_context(context)  # nothing
    with context.socket(zmq.PULL) as socket:
        option.apply(socket)  # nothing: its number is no socket's option
        assert socket.getsockopt(zmq.LINGER) == -1
    with pytest.raises(OptionError, match="cannot set option MAX_SOCKETS"):
        SocketOption(table()["MAX_SOCKETS"], 0, "0").apply_to_context(context)


def test_an_option_newer_than_the_table_is_taken_as_pyzmq_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    older = {name: info for name, info in table().items() if name not in {"RECONNECT_IVL", "ZAP_DOMAIN"}}
    monkeypatch.setattr("zmqcli.sockets.options.option.table", lambda: older)
    assert parse_option("reconnect_ivl=250").value == 250
    assert parse_option("18=250").value == 250
    assert parse_option("zap_domain=x").value == b"x"


def test_the_list_has_the_defaults_of_libzmq(context: zmq.Context[Any]) -> None:
    rows = {row.info.name: row for row in list_options(context)}
    assert list(rows) == sorted(table())
    shown = {name: rows[name].default for name in ("LINGER", "SNDHWM", "HANDSHAKE_IVL", "ROUTING_ID", "IO_THREADS")}
    assert shown == {"LINGER": "-1", "SNDHWM": "1000", "HANDSHAKE_IVL": "30000", "ROUTING_ID": "''", "IO_THREADS": "1"}
    assert rows["SUBSCRIBE"].default == rows["THREAD_PRIORITY"].default == "-"
    assert rows["LINGER"].available
    assert rows["CURVE_SERVER"].available == zmq.has("curve")
    assert (rows["LINGER"].info.type, rows["LINGER"].info.unit, rows["LINGER"].info.when) == (
        "duration",
        "ms",
        "any time",
    )


def test_reading_options_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom zmqcli.sockets.options.option import parse_option\nparse_option('LINGER=1s')\n"
        "print([name for name in ('zmq', 'difflib', 'asyncio', 'ipaddress') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


@given(st.text() | st.tuples(st.sampled_from(list(table())), st.text()).map("=".join))
def test_any_text_is_an_option_or_a_refusal_of_one_line(text: str) -> None:
    try:
        option = parse_option(text)
    except OptionError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - both outcomes are right
    else:
        assert isinstance(option.value, int | bytes)


def test_the_page_shows_the_lines_as_they_are() -> None:
    page = (Path(__file__).parents[3] / "docs" / "options.md").read_text()
    shown = re.findall(r"^-o '(.*)'\nzmqcli: (.*)$", page, re.MULTILINE)
    assert len(shown) > 8
    for text, line in shown:
        assert refusal(text) == line
