"""`zmqcli monitor`, and `-v`."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import zmq

from tests.support.peers import endpoint_of, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

KEYS = ["time", "seq", "socket", "event", "endpoint", "peer", "pid", "process", "mechanism", "value", "text"]


def test_a_peer_that_comes_and_goes(zmqcli: Zmqcli, peers: Peers) -> None:
    ours = zmqcli.start("monitor", "pull", "-b", "0", "-n", "4", "-O", "jsonl", ready=True)
    endpoint = ours.endpoint
    push = peers.socket(zmq.PUSH, connect=endpoint)
    events = [json.loads(line) for line in ours.read_lines(3)]
    push.close(linger=0)
    events += [json.loads(line) for line in ours.finish().ok().lines]

    assert [list(event) for event in events] == [KEYS] * 4
    assert [event["event"] for event in events] == ["listening", "accepted", "handshake_succeeded", "disconnected"]
    assert [event["seq"] for event in events] == [1, 2, 3, 4]
    assert {event["socket"] for event in events} == {"PULL"}
    assert {event["endpoint"] for event in events} == {endpoint}
    address = events[1]["peer"]
    assert address.startswith("127.0.0.1:")
    assert [event["peer"] for event in events] == [None, address, address, address]
    assert [event["mechanism"] for event in events] == [None, None, "NULL", None]
    assert events[3]["text"] == f"disconnected: {endpoint} ({address})"


def test_over_ipc_the_process_is_named(zmqcli: Zmqcli, peers: Peers, short_dir: Path) -> None:
    peers.socket(zmq.PULL, bind=f"ipc://{short_dir}/x")
    connected = json.loads(zmqcli("monitor", "push", "-c", "./x", "-n", "1", "-O", "jsonl").ok().lines[0])

    assert (connected["event"], connected["pid"]) == ("connected", os.getpid())
    assert connected["text"].endswith(f", pid {os.getpid()})")


def test_text_has_the_time_of_day(zmqcli: Zmqcli) -> None:
    (line,) = zmqcli("monitor", "sub", "-b", "0", "-n", "1").ok().lines
    time, _, text = line.decode().partition(" ")

    assert len(time) == len("12:00:00.000")
    assert text.startswith("listening on tcp://127.0.0.1:")


def test_how_it_ends(zmqcli: Zmqcli, peers: Peers) -> None:
    bound = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    idle, counted, waiting, stopped, unread, over = (
        zmqcli.start("monitor", "push", "-c", endpoint_of(bound), *options)
        for options in (["-t", "0.5"], ["-n", "9", "--duration", "0.5"], ["--duration", "0.5"], [], [], ["-n", "0"])
    )

    assert "no event for 500ms" in idle.finish().ended(124).stderr
    assert "3 of 9 events" in counted.finish().ended(124).stderr
    assert len(waiting.finish().ok().lines) == 3
    stopped.read_lines(3)
    assert stopped.stop(signal.SIGINT).code == 130
    unread.read_line()
    unread.close_stdout()
    assert unread.finish().code == 141
    assert over.finish().ok().lines == []


def test_what_cannot_be_monitored(zmqcli: Zmqcli) -> None:
    zmqcli("monitor", "pull").error(2, "monitor pull needs an endpoint")
    zmqcli("monitor", "pill", "-b", "0").error(2, "there is no socket type 'pill'", "pull")
    zmqcli("monitor", "pull", "-b", "0", "-O", "raw").error(2, "there is no format 'raw'")
    if not zmq.DRAFT_API:
        zmqcli("monitor", "server", "-b", "0").error(2, "SERVER is a draft socket type")


def test_verbose_says_who_is_there_and_what_it_is(zmqcli: Zmqcli, peers: Peers) -> None:
    ours = zmqcli.start("pull", "-v", "-b", "0", "-n", "2", ready=True)
    push = peers.socket(zmq.PUSH, connect=ours.endpoint)
    push.send(b"x")
    push.send(b"x")
    said = ours.finish().ok().stderr

    assert "accepted a connection on tcp://127.0.0.1:" in said
    assert " by 127.0.0.1:" in said
    assert ", mechanism NULL" in said
    assert said.count("the first message from 127.0.0.1, a PUSH") == 1


def test_verbose_does_not_repeat_itself(zmqcli: Zmqcli) -> None:
    said = zmqcli("pull", "-v", "-c", str(free_port()), "--duration", "0.7").ok().stderr

    assert said.count("could not connect to") == said.count(" again in ") == 1
