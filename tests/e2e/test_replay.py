"""`--replay`: a recording goes out again with the gaps it came with."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


def recording(*offsets: float) -> bytes:
    """Return lines of jsonl, one at each offset in seconds."""
    lines = [
        {"time": f"2026-11-23T12:00:{offset:09.6f}Z", "frames": [str(number)]} for number, offset in enumerate(offsets)
    ]
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def arrivals(sock: zmq.Socket[bytes], count: int) -> list[float]:
    """Return when messages came, in seconds after the first."""
    moments = []
    for number in range(count):
        assert sock.recv() == str(number).encode()
        moments.append(time.monotonic())
    return [moment - moments[0] for moment in moments]


@pytest.mark.parametrize(
    ("command", "kind", "option", "speed"),
    [
        ("push", zmq.PULL, ["--replay"], 1),
        ("push", zmq.PULL, ["--replay", "2x"], 2),
        ("dealer", zmq.DEALER, ["--replay=2"], 2),
    ],
)
def test_the_gaps_are_kept(
    zmqcli: Zmqcli, peers: Peers, command: str, kind: int, option: list[str], speed: float
) -> None:
    sock = peers.socket(kind, bind="tcp://127.0.0.1:0")
    offsets = [0.0, 0.3, 0.3, 0.6]
    ours = zmqcli.start(command, "-c", endpoint_of(sock), "-I", "jsonl", *option, stdin=recording(*offsets))

    came = arrivals(sock, len(offsets))
    for moment, offset in zip(came, offsets, strict=True):
        assert moment > offset / speed - 0.1, came
    assert came[-1] < 0.6 / speed + 2
    if command == "push":
        ours.finish().ok()
    else:  # waits a second for what may still come
        ours.stop().ended(143)


def test_a_pause_is_nothing_that_did_not_happen(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("push", "-c", endpoint_of(pull), "-J", "--replay", "-t", "200ms", stdin=recording(0, 0.6))

    assert arrivals(pull, 2)[1] > 0.5
    ours.finish().ok()


def test_a_request_waits_for_its_time(zmqcli: Zmqcli, peers: Peers) -> None:
    rep = peers.socket(zmq.REP, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("req", "-c", endpoint_of(rep), "-I", "jsonl", "--replay", "2x", stdin=recording(0, 0.6))
    moments = []
    for number in range(2):
        assert rep.recv() == str(number).encode()
        moments.append(time.monotonic())
        rep.send(b"yes")

    assert moments[1] - moments[0] > 0.2
    assert ours.finish().ok().lines == [b"yes"] * 2


def test_what_was_recorded_can_be_replayed(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    record = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "2", "-O", "jsonl")
    push.send_multipart([b"a", b"\xff\n"])
    first = record.read_line()
    push.send(b"")
    lines = first + b"\n" + record.finish().ok().stdout
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    zmqcli("push", "-c", endpoint_of(pull), "-I", "jsonl", "--replay", "10x", stdin=lines).ok()

    assert [pull.recv_multipart() for _ in range(2)] == [[b"a", b"\xff\n"], [b""]]


@pytest.mark.parametrize("command", ["push", "dealer"])
def test_an_interrupt_during_a_gap_ends_it(zmqcli: Zmqcli, peers: Peers, command: str) -> None:
    sock = peers.socket(zmq.PULL if command == "push" else zmq.DEALER, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start(command, "-c", endpoint_of(sock), "-I", "jsonl", "--replay", stdin=recording(0, 50, 51))
    assert sock.recv() == b"0"
    began = time.monotonic()
    result = ours.stop(signal.SIGINT).ended(130)

    assert time.monotonic() - began < 3
    assert "the replay stopped with 2 records read and not sent" in result.stderr
    assert "undelivered" not in result.stderr
    assert not sock.poll(100)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--replay"], "--replay needs records on stdin"),
        (["-I", "jsonl", "--replay", "--", "frame"], "--replay needs records on stdin"),
        (["-I", "jsonl", "--replay", "-i", "1"], "two paces"),
        (["-I", "jsonl", "--replay", "0x"], "'0x' is no speed"),
    ],
)
def test_what_cannot_be_replayed(zmqcli: Zmqcli, options: list[str], says: str) -> None:
    zmqcli("push", "-b", "./x.sock", *options).error(2, says)


def test_a_service_answers_when_it_is_asked(zmqcli: Zmqcli) -> None:
    zmqcli("rep", "-b", "./x.sock", "-I", "jsonl", "--replay").error(2, "rep has no --replay")


def test_a_gap_of_years_is_shortened_and_said(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    years = b'{"time":"2023-01-01T00:00:00Z","frames":["0"]}\n{"time":"2026-01-01T00:00:00Z","frames":["1"]}\n'
    ours = zmqcli.start("push", "-c", endpoint_of(pull), "-J", "--replay", "-t", "200ms", stdin=years)

    assert pull.recv() == b"0"
    assert "message 2: the pause of 26304h before it is shortened to an hour" in ours.wait_stderr("shortened")
    ours.stop().ended(143)


def test_a_clock_that_was_set_back_waits_for_nothing(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    back = b'{"time":"2026-01-01T00:00:00Z","frames":["0"]}\n{"time":"1970-01-01T00:00:00Z","frames":["1"]}\n'
    zmqcli("push", "-q", "-c", endpoint_of(pull), "-J", "--replay", stdin=back).ok()

    assert [pull.recv(), pull.recv()] == [b"0", b"1"]
