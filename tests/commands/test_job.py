"""From groups of options to a socket, a source and a sink."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from tests.support.peers import endpoint_of
from zmqcli.commands._job import Job
from zmqcli.commands._option_types import Color, ReadyWhen
from zmqcli.commands._options import Block, Body, Delivery, Endpoints, Input, Limits, Output, Pace, Records, Socket
from zmqcli.errors import EndpointError, ExitCode, OptionError, UsageError, ZmqcliError
from zmqcli.exchange.source import FixedSource, InputSource, NoSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.outside import Outside
    from tests.support.peers import Peers
    from zmqcli.exchange.source import Source

TCP = Endpoints(["tcp://127.0.0.1:0"])


@pytest.fixture(autouse=True)
def garbage() -> Iterator[None]:
    """Undo what opening a session does to the garbage collector."""
    yield
    gc.unfreeze()


def job(outside: Outside, kind: str = "DEALER", endpoints: Endpoints = TCP, **groups: Any) -> Job:
    groups = {"records": Records(), "input": Input(), "output": Output(), **groups}
    limits, socket = groups.pop("limits", Limits()), groups.pop("socket", Socket())
    return Job(outside.environment, kind, endpoints, limits, socket, **groups)


def take_all(source: Source) -> list[Any]:
    taken: list[Any] = []
    while not source.ended:
        taken += source.take()
    return taken


# Endpoints and options


@pytest.mark.parametrize(("command", "name"), [(None, "push"), ("pub", "pub")])
def test_without_an_endpoint_both_forms_are_shown(outside: Outside, command: str | None, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        job(outside, "PUSH", Endpoints(), command=command)
    line = str(caught.value)

    assert line.startswith(f"{name} needs an endpoint; ")
    assert f"zmqcli {name} -b tcp://*:5555" in line
    assert f"zmqcli {name} -c tcp://localhost:5555" in line


def test_endpoints_are_expanded_binds_and_connects_apart(outside: Outside) -> None:
    config = job(outside, endpoints=Endpoints(["5555", "./x"], ["host:1"])).config

    assert [(endpoint.address, endpoint.bind) for endpoint in (*config.binds, *config.connects)] == [
        ("tcp://127.0.0.1:5555", True),
        ("ipc://./x", True),
        ("tcp://host:1", False),
    ]


@pytest.mark.parametrize("text", ["tcp://127.0.0.1:99999", "pgm://x:1", "nonsense://x"])
def test_an_endpoint_that_libzmq_would_not_take_is_a_usage_error(outside: Outside, text: str) -> None:
    with pytest.raises(EndpointError):
        job(outside, endpoints=Endpoints([text]))


def test_inproc_is_for_commands_that_share_a_context(outside: Outside, peers: Peers) -> None:
    inproc = Endpoints(["inproc://x"])
    with pytest.raises(UsageError, match="zmqcli run") as caught:
        job(outside, endpoints=inproc)
    assert caught.value.exit_code is ExitCode.USAGE

    outside.environment.context = peers.context
    assert job(outside, endpoints=inproc).config.binds[0].address == "inproc://x"


def test_options_become_what_the_socket_is_to_be(outside: Outside) -> None:
    socket = Socket(["TOS=4"], identity="0x0001", hwm=7, max_size=1000, heartbeat=0.5, conflate=True)
    config = job(outside, "XPUB", socket=socket, block=Block(block=True), subscriptions=[b"x"]).config

    assert (config.type, config.hwm, config.max_size, config.identity) == ("XPUB", 7, 1000, b"\0\1")
    assert (config.heartbeat_ms, config.conflate, config.block) == (500, True, True)
    assert [option.name for option in config.options] == ["TOS"]
    assert config.subscriptions == [b"x"]


def test_limits_come_from_four_groups(outside: Outside) -> None:
    limits = job(
        outside,
        limits=Limits(5, 1.5, 2.5),
        pace=Pace(0.25, 0.75),
        delivery=Delivery(3, 4.0),
        output=Output(transient=True),
        retry=6,
    ).limits

    assert limits == (5, 1.5, 2.5, 0.25, 0.75, 3, 4.0, True, 6)


def test_who_only_receives_has_nothing_to_linger_for(outside: Outside) -> None:
    limits = job(outside, "PULL").limits

    assert (limits.linger, limits.wait, limits.interval, limits.delay) == (0.0, 1, None, 0.0)


@pytest.mark.parametrize(("text", "linger"), [("LINGER=1500", 1.5), ("ZMQ_LINGER=2s", 2.0), ("LINGER=0", 0.0)])
def test_the_socket_option_linger_is_the_option_linger(outside: Outside, text: str, linger: float) -> None:
    made = job(outside, delivery=Delivery(linger=7.0), socket=Socket([text]))

    assert made.limits.linger == made.config.linger == linger


def test_a_linger_of_minus_1_is_for_ever(outside: Outside) -> None:
    year = 365 * 24 * 3600

    assert job(outside, delivery=Delivery(), socket=Socket(["LINGER=-1"])).limits.linger > year


# Sources


def test_fixed_messages_leave_stdin_alone(outside: Outside) -> None:
    outside.type(b"from stdin\n")
    made = job(outside)
    source = made.source(made.fixed(Body(["a", "b"])), envelope=[b""])

    assert isinstance(source, FixedSource)
    assert take_all(source) == [[b"", b"a", b"b"]]
    assert outside.environment.input.read() == b"from stdin\n"


@pytest.mark.parametrize(("repeats", "times"), [(True, 3), (False, 1)])
def test_a_count_repeats_what_only_sends(outside: Outside, repeats: bool, times: int) -> None:
    made = job(outside, limits=Limits(3))

    assert take_all(made.source([[b"a"]], repeats=repeats)) == [[b"a"]] * times


def test_a_count_of_0_sends_nothing(outside: Outside) -> None:
    assert job(outside, limits=Limits(0)).source([[b"a"]]).ended


def test_stdin_is_read_record_by_record(outside: Outside) -> None:
    outside.type(b"1\n2\n3\n")
    outside.end_input()
    source = job(outside, limits=Limits(2)).source(None)

    assert isinstance(source, InputSource)
    assert take_all(source) == [[b"1"], [b"2"]]


@pytest.mark.parametrize(("service", "kind"), [(True, NoSource), (False, InputSource)])
def test_dev_null_is_no_stdin_for_a_service(outside: Outside, service: bool, kind: type) -> None:
    stdin = outside.environment.input.descriptor
    null = os.open(os.devnull, os.O_RDONLY)
    outside.environment.input.descriptor = null
    try:
        assert isinstance(job(outside).source(None, service=service), kind)
    finally:
        outside.environment.input.descriptor = stdin
        os.close(null)


@pytest.mark.parametrize(
    ("records", "input_", "text", "expected"),
    [
        (Records(), Input("quoted"), b"a\\tb\tc\n", [[b"a\tb", b"c"]]),
        (Records(), Input("jsonl"), b'["a","b"]\n', [[b"a", b"b"]]),
        (Records(jsonl=True), Input(), b'["a","b"]\n', [[b"a", b"b"]]),
        (Records(), Input("raw"), b"a\nb\n", [[b"a\nb\n"]]),
        (Records(null=True), Input(), b"a\nb\0c\0", [[b"a\nb"], [b"c"]]),
        (Records(delimiter=";"), Input(), b"a\n;b", [[b"a\n"], [b"b"]]),
        (Records(delimiter=r"\r\n"), Input(), b"a\nb\r\nc", [[b"a\nb"], [b"c"]]),
        (Records(frame_delimiter=r"\t"), Input(), b"a\tb\n", [[b"a", b"b"]]),
        (Records(), Input(), b"a\tb\n", [[b"a\tb"]]),
        (Records(codec="hex"), Input(), b"6b\n", [[b"k"]]),
        (Records(codec="json"), Input(send_codec="hex"), b"6b\n", [[b"k"]]),
    ],
)
def test_records_are_read_as_the_options_say(
    outside: Outside, records: Records, input_: Input, text: bytes, expected: list[list[bytes]]
) -> None:
    outside.type(text)
    outside.end_input()

    assert take_all(job(outside, records=records, input=input_).source(None)) == expected


def test_strict_reaches_the_source(outside: Outside) -> None:
    outside.type(b"nope\n6b\n")
    outside.end_input()
    made = job(outside, records=Records(codec="hex"), input=Input(strict=True))

    assert take_all(made.source(None)) == []
    assert outside.environment.outcome == {ExitCode.DATA}


def test_frames_of_the_command_line_pass_the_codec_and_files_alone_do_not(outside: Outside, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff")
    made = job(outside, records=Records(codec="hex"))

    assert made.fixed(Body(["6b", "00"])) == [[b"k", b"\0"]]
    assert made.fixed(Body(None, [str(path)])) == [[b"\xff"]]
    assert made.fixed(Body()) is None


def test_a_file_is_sent_byte_for_byte_also_beside_frames(outside: Outside, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff")
    made = job(outside, records=Records(codec="hex"))

    assert made.fixed(Body(["6b"], [str(path)])) == [[b"k"], [b"\xff"]]


@pytest.mark.parametrize("records", [Records(delimiter=""), Records(frame_delimiter="")])
def test_a_delimiter_cannot_be_empty(outside: Outside, records: Records) -> None:
    with pytest.raises(UsageError, match=r"^a delimiter cannot be empty; for none on output say -N$"):
        job(outside, records=records).source(None)


def test_a_format_or_codec_that_does_not_exist_is_a_usage_error(outside: Outside) -> None:
    with pytest.raises(OptionError):
        job(outside, input=Input("nonsense")).source(None)
    with pytest.raises(OptionError):
        job(outside, records=Records(codec="nonsense")).source(None)
    with pytest.raises(OptionError):
        job(outside, output=Output("nonsense")).sink()


def test_a_format_that_is_only_written_cannot_be_read(outside: Outside) -> None:
    with pytest.raises(OptionError):
        job(outside, input=Input("hexdump")).source(None)


# Sinks


@pytest.mark.parametrize(
    ("records", "output", "shown"),
    [
        (Records(), Output(), b"a\tb\n"),
        (Records(), Output("quoted"), b"a\tb\n"),
        (Records(), Output("raw"), b"ab"),
        (Records(), Output("none"), b""),
        (Records(), Output(no_delimiter=True), b"a\tb"),
        (Records(null=True), Output(), b"a\tb\0"),
        (Records(frame_delimiter=" | "), Output(), b"a | b\n"),
        (Records(codec="hex"), Output(), b"61\t62\n"),
        (Records(codec="json"), Output(receive_codec="hex"), b"61\t62\n"),
    ],
)
def test_messages_are_shown_as_the_options_say(
    outside: Outside, records: Records, output: Output, shown: bytes
) -> None:
    job(outside, records=records, output=output).sink().show([[b"a", b"b"]], 2, outside.environment.output.write)

    assert outside.shown == shown


@pytest.mark.parametrize(
    ("records", "output", "name"),
    [
        (Records(), Output(), "text"),
        (Records(jsonl=True), Output(), "jsonl"),
        (Records(jsonl=True), Output("raw"), "raw"),
    ],
)
def test_the_format_in_a_pipe(outside: Outside, records: Records, output: Output, name: str) -> None:
    assert job(outside, records=records, output=output).output_format == name


def test_only_none_writes_nothing(outside: Outside) -> None:
    assert job(outside).writes
    assert not job(outside, output=Output("none")).writes


def test_colour_is_for_who_asks_for_it(outside: Outside) -> None:
    for color, colored in ((Color.AUTO, False), (Color.ALWAYS, True), (Color.NEVER, False)):
        made = job(outside, output=Output("pretty", color=color))
        made.sink().show([[b"a"]], 1, outside.environment.output.write)
        assert (b"\x1b[" in outside.shown) is colored


# Sessions


def test_a_session_opens_says_where_and_closes(outside: Outside) -> None:
    with job(outside).session() as session:
        (address,) = session.connection.endpoints
        assert endpoint_of(session.connection.socket) == address
        assert outside.said == [f"bound {address}"]

    assert session.connection.socket.closed
    assert not session.connection.peers.links


def test_whatever_happens_nothing_is_left_open(outside: Outside, short_dir: Path) -> None:
    path = short_dir / "socket"
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 # a count is all

    def fail() -> None:
        assert path.is_socket()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), job(outside, endpoints=Endpoints([str(path)])).session():
        fail()

    assert not path.exists()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 # a count is all


def test_an_endpoint_that_cannot_be_bound_leaves_nothing_open(outside: Outside, peers: Peers) -> None:
    taken = endpoint_of(peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0"))
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 # a count is all
    with pytest.raises(ZmqcliError, match="address in use"), job(outside, endpoints=Endpoints([taken])).session():
        pytest.fail("opened")

    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 # a count is all


def test_the_ready_file_has_the_real_endpoints_once_bound(outside: Outside, short_dir: Path) -> None:
    path = short_dir / "ready"
    endpoints = Endpoints(["tcp://127.0.0.1:0", "tcp://127.0.0.1:0"], ready_file=str(path))
    with job(outside, endpoints=endpoints).session() as session:
        assert path.read_text().splitlines() == session.connection.endpoints

    assert list(short_dir.iterdir()) == [path]


def test_the_ready_file_can_wait_for_a_peer(outside: Outside, peers: Peers, short_dir: Path) -> None:
    path = short_dir / "ready"
    endpoints = TCP._replace(ready_file=str(path), ready_when=ReadyWhen.PEER)
    with job(outside, endpoints=endpoints, limits=Limits(timeout=10.0)).session() as session:
        assert not path.exists()
        peers.socket(zmq.DEALER, connect=session.connection.endpoints[0])
        while not session.connection.peers.count:
            session.wait()
        assert path.read_text().splitlines() == session.connection.endpoints


def test_a_ready_file_that_cannot_be_written_is_said(outside: Outside, short_dir: Path) -> None:
    endpoints = TCP._replace(ready_file=str(short_dir / "no" / "ready"))
    with (
        pytest.raises(ZmqcliError, match=r"^cannot write .*/no/ready \(no such file or directory\)$"),
        job(outside, endpoints=endpoints).session(),
    ):
        pytest.fail("opened")


def test_reopening_makes_a_fresh_socket_of_the_same_kind(outside: Outside, peers: Peers) -> None:
    rep = peers.socket(zmq.REP, bind="tcp://127.0.0.1:0")
    made = job(outside, "REQ", Endpoints(None, [endpoint_of(rep)]))
    with made.session() as session:
        session.abandon()
        session.reopen(made.reopen())
        session.connection.send_batch([[b"again"]])
        assert rep.recv() == b"again"

    assert session.connection.socket.closed
