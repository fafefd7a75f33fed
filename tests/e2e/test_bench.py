"""`zmqcli bench`: alone, and with peers that do what libzmq's perf/ programs do (local_thr.cpp and its like)."""

from __future__ import annotations

import json
import os
import pty
import signal
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from tests.support.peers import endpoint_of, free_port

if TYPE_CHECKING:
    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Result, Zmqcli

ALWAYS = ["benchmark", "transport", "role", "size_bytes", "count", "seconds"]
THROUGHPUT = [*ALWAYS, "messages_per_second", "megabytes_per_second"]
LATENCY = [*ALWAYS, "p50_us", "p90_us", "p99_us", "p99_9_us", "max_us", "mean_us"]


def results(result: Result) -> list[dict[str, Any]]:
    """Return the lines of JSON that a benchmark has printed."""
    return [json.loads(line) for line in result.ok().lines]


@pytest.mark.parametrize(("kind", "keys"), [("throughput", THROUGHPUT), ("latency", LATENCY)])
def test_both_ends_are_measured_on_three_transports(zmqcli: Zmqcli, kind: str, keys: list[str]) -> None:
    measured = results(zmqcli("bench", kind, "-q", "--size", "30", "-n", "300", "--warmup", "20", "-O", "jsonl"))

    assert [one["transport"] for one in measured] == ["inproc", "ipc", "tcp"]
    for one in measured:
        assert list(one) == keys
        assert (one["benchmark"], one["role"], one["size_bytes"], one["count"]) == (kind, "both", 30, 300)
        assert all(one[key] > 0 for key in keys[5:])
    if kind == "latency":
        assert all(one["p50_us"] <= one["p90_us"] <= one["p99_us"] <= one["max_us"] for one in measured)


def test_the_three_are_compared(zmqcli: Zmqcli) -> None:
    head, *rows = zmqcli("bench", "throughput", "-n", "200").ok().lines

    assert head.split()[:4] == [b"TRANSPORT", b"SECONDS", b"MSG/S", b"MB/S"]
    assert [row.split()[0] for row in rows] == [b"inproc", b"ipc", b"tcp"]
    assert rows[-1].endswith(b"1.00x")


# What libzmq's own programs do: messages of one size, exactly so many, and nothing else on the wire.


def test_remote_sends_to_a_local_thr(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    local_thr = peers.socket(zmq.PULL, bind=endpoint)
    where = endpoint_of(local_thr)
    ours = zmqcli.start("bench", "throughput", "-q", "--role", "remote", "-c", where, "--size", "30", "-n", "1500")

    assert {len(local_thr.recv()) for _ in range(1500)} == {30}
    assert ours.finish().ok().stdout == b""
    assert not local_thr.poll(0)


def test_local_measures_a_remote_thr(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start(
        "bench", "throughput", "--role", "local", "-b", endpoint, "--size", "30", "-n", "500", "-O", "jsonl", ready=True
    )
    remote_thr = peers.socket(zmq.PUSH, connect=ours.endpoint)
    for _ in range(500):
        remote_thr.send(bytes(30))

    (measured,) = results(ours.finish())
    assert list(measured) == THROUGHPUT
    assert (measured["role"], measured["transport"]) == ("local", endpoint.partition(":")[0])
    assert measured["count"] == 500  # as local_thr says, whose clock starts at the first, too


def test_local_echoes_to_a_remote_lat(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("bench", "latency", "--role", "local", "-b", endpoint, "--size", "5", "-n", "50", ready=True)
    remote_lat = peers.socket(zmq.REQ, connect=ours.endpoint)
    for number in range(50):
        remote_lat.send(b"%05d" % number)
        assert remote_lat.recv() == b"%05d" % number

    assert ours.finish().ok().stdout == b""


def test_remote_asks_a_local_lat(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    local_lat = peers.socket(zmq.REP, bind=endpoint)
    where = endpoint_of(local_lat)
    ours = zmqcli.start("bench", "latency", "--role", "remote", "-c", where, "--size", "5", "-n", "50", "-O", "jsonl")
    for _ in range(50):
        local_lat.send(local_lat.recv())

    (measured,) = results(ours.finish())
    assert list(measured) == LATENCY
    assert (measured["role"], measured["count"]) == ("remote", 50)
    assert not local_lat.poll(0)


# What can go wrong


@pytest.mark.parametrize("kind", ["throughput", "latency"])
@pytest.mark.parametrize("role", ["local", "remote"])
@pytest.mark.parametrize("side", ["-b", "-c"])
def test_without_the_other_end_time_runs_out(zmqcli: Zmqcli, kind: str, role: str, side: str) -> None:
    zmqcli("bench", kind, "-q", "--role", role, side, f":{free_port()}", "-t", "0.2").error(124, "nothing happened")


def test_an_end_that_falls_silent_is_given_up(zmqcli: Zmqcli, peers: Peers) -> None:
    rep = peers.socket(zmq.REP, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("bench", "latency", "-q", "--role", "remote", "-c", endpoint_of(rep), "-t", "0.5")
    rep.send(rep.recv())

    ours.finish().error(124, "nothing happened")


def test_an_end_that_leaves_is_said(zmqcli: Zmqcli, peers: Peers) -> None:
    ours = zmqcli.start("bench", "throughput", "-q", "--role", "local", "-b", ":0", "--size", "3", ready=True)
    push = peers.socket(zmq.PUSH, connect=ours.endpoint)
    push.send(b"one")
    push.close()

    ours.finish().error(1, "the other end left")


def test_a_message_of_another_size_is_said(zmqcli: Zmqcli, peers: Peers) -> None:
    ours = zmqcli.start("bench", "throughput", "-q", "--role", "local", "-b", ":0", ready=True)
    peers.socket(zmq.PUSH, connect=ours.endpoint).send(b"one")

    ours.finish().error(1, "3 bytes", "100", "--size")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(zmqcli: Zmqcli, peers: Peers, number: signal.Signals) -> None:
    ours = zmqcli.start("bench", "throughput", "--role", "local", "-b", ":0", "--size", "3", ready=True)
    push = peers.socket(zmq.PUSH, connect=ours.endpoint)
    push.send(b"one")

    assert ours.stop(number).code == 128 + number


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["-b", "5555"], "--role"),
        (["--role", "local"], "-b"),
        (["--role", "local", "-b", "5555", "--warmup", "3"], "warm-up"),
        (["-n", "1"], "at least 2"),
        (["--size", "2G"], "1G"),
        (["-O", "xml"], "text, jsonl"),
    ],
)
def test_what_cannot_be_measured_is_refused(in_process: InProcess, options: list[str], named: str) -> None:
    in_process("bench", "throughput", *options).error(2, named)


def test_a_terminal_gets_a_histogram(zmqcli: Zmqcli) -> None:
    ours, theirs = pty.openpty()
    try:
        process = zmqcli.start("bench", "latency", "-q", "-n", "50", stdout=theirs)
        process.finish().ok()
        os.close(theirs)
        shown = b""
        while b"tcp, round trips" not in shown or "█".encode() not in shown.partition(b"tcp, round trips")[2]:
            shown += os.read(ours, 65_536)
    finally:
        os.close(ours)
