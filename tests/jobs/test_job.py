"""From groups of options to a socket, a source and a sink."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from tests.support.peers import endpoint_of
from zmqcli.errors import EndpointError, ExitCode, UsageError, ZmqcliError
from zmqcli.jobs.job import Job
from zmqcli.options.groups import Block, Delivery, Endpoints, Input, LimitOptions, Output, Pace, Records, Socket
from zmqcli.options.types import ReadyWhen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.outside import Outside
    from tests.support.peers import Peers

TCP = Endpoints(["tcp://127.0.0.1:0"])


@pytest.fixture(autouse=True)
def garbage() -> Iterator[None]:
    """Undo what opening a session does to the garbage collector."""
    yield
    gc.unfreeze()


def job(outside: Outside, kind: str = "DEALER", endpoints: Endpoints = TCP, **groups: Any) -> Job:
    groups = {"records": Records(), "input": Input(), "output": Output(), **groups}
    limits, socket = groups.pop("limits", LimitOptions()), groups.pop("socket", Socket())
    return Job(outside.environment, kind, endpoints, limits, socket, **groups)


# Endpoints and options


@pytest.mark.parametrize(("command", "name"), [(None, "push"), ("pub", "pub")])
def test_without_an_endpoint_both_forms_are_shown(outside: Outside, command: str | None, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        job(outside, "PUSH", Endpoints(), command=command)
    line = str(caught.value)

    assert line.startswith(f"{name} needs an endpoint; ")
    assert f"zmqcli {name} -b 'tcp://*:5555'" in line
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
        limits=LimitOptions(5, 1.5, 2.5),
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
    with job(outside, endpoints=endpoints, limits=LimitOptions(timeout=10.0)).session() as session:
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
