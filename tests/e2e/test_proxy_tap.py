"""`zmqcli proxy --tap`: what passes, in every record format."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.e2e.test_proxy import fill, start

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

ID = b"\0client"
LATENCY = re.compile(rb"\d+\.\d{3} ms")
THERE, BACK = b"frontend>backend", b"backend>frontend"


def tapped_call(zmqcli: Zmqcli, peers: Peers, *options: str, request: list[bytes], reply: list[bytes]) -> bytes:
    """Return what a tap shows of one request and its reply, the latency made `N ms`."""
    proxy = start(zmqcli, "queue", "-q", "--tap", *options)
    client = peers.socket(zmq.REQ, connect=proxy.frontend, options={zmq.ROUTING_ID: ID})
    worker = peers.socket(zmq.REP, connect=proxy.backend)
    client.send_multipart(request)
    assert worker.recv_multipart() == request
    worker.send_multipart(reply)
    assert client.recv_multipart() == reply
    return LATENCY.sub(b"N ms", proxy.process.stop().ended(143).stdout)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], THERE + b"\t0x00636c69656e74\t\thi\t\xff\n" + BACK + b" N ms\t0x00636c69656e74\t\tyes\n"),
        (["-O", "quoted"], THERE + b"\t\\x00client\t\thi\t\\xff\n" + BACK + b" N ms\t\\x00client\t\tyes\n"),
        (
            ["-0", "--frame-delimiter", "|"],
            THERE + b"|0x00636c69656e74||hi|\xff\0" + BACK + b" N ms|0x00636c69656e74||yes\0",
        ),
        (["-O", "raw"], b"\0clienthi\xff\0clientyes"),
        (["-O", "none"], b""),
        (["-x", "hex"], THERE + b"\t0x00636c69656e74\t\t6869\tff\n" + BACK + b" N ms\t0x00636c69656e74\t\t796573\n"),
    ],
)
def test_formats(zmqcli: Zmqcli, peers: Peers, options: list[str], shown: bytes) -> None:
    assert tapped_call(zmqcli, peers, *options, request=[b"hi", b"\xff"], reply=[b"yes"]) == shown


def test_pretty_sets_the_envelope_apart(zmqcli: Zmqcli, peers: Peers) -> None:
    shown = tapped_call(zmqcli, peers, "-O", "pretty", request=[b"hi"], reply=[b"yes"]).decode()
    headers = [line[14:] for line in shown.splitlines() if "#" in line]

    assert headers == [
        "#1  frontend>backend  3 frames  9 bytes",
        "#2  backend>frontend N ms  3 frames  10 bytes",
    ]
    assert sum("envelope" in line and "0x00636c69656e74" in line for line in shown.splitlines()) == 2


def test_hexdump_has_a_line_for_the_direction(zmqcli: Zmqcli, peers: Peers) -> None:
    lines = tapped_call(zmqcli, peers, "-O", "hexdump", request=[b"hi"], reply=[b"yes"]).splitlines()

    assert [lines[0], lines[6], lines[7]] == [THERE, b"", BACK + b" N ms"]
    assert lines[1] == b"frame 1 of 3, 7 bytes"


def test_jsonl_has_all_frames_values_and_the_latency(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(zmqcli, "queue", "--tap", "-O", "jsonl", "-x", "json")
    client = peers.socket(zmq.REQ, connect=proxy.frontend, options={zmq.ROUTING_ID: b"\xff"})
    worker = peers.socket(zmq.REP, connect=proxy.backend)
    client.send_multipart([b'{"a":1}', b"[2]"])
    request = json.loads(proxy.process.read_line())
    worker.recv_multipart()
    worker.send(b"3")
    client.recv()
    reply = json.loads(proxy.process.read_line())

    assert request["frames"] == [{"base64": "/w=="}, "", '{"a":1}', "[2]"]
    assert request["values"] == [{"base64": "/w=="}, "", {"a": 1}, [2]]
    assert (request["direction"], request["seq"], request["socket"]) == ("frontend>backend", 1, "PROXY")
    assert "latency_ms" not in request
    assert (reply["direction"], reply["seq"], reply["values"][2]) == ("backend>frontend", 2, 3)
    assert 0 < reply["latency_ms"] < 10_000


def test_subscriptions_are_shown_as_such_and_pass_no_codec(zmqcli: Zmqcli, peers: Peers) -> None:
    shown = {}
    for name in ("text", "jsonl"):
        proxy = start(zmqcli, "forwarder", "--tap", "-O", name, "-x", "text,json")
        publisher = peers.socket(zmq.XPUB, connect=proxy.frontend)
        subscriber = peers.socket(zmq.SUB, connect=proxy.backend)
        subscriber.subscribe(b"weather")
        assert publisher.recv() == b"\x01weather"
        publisher.send_multipart([b"weather", b"72"])
        subscriber.recv_multipart()
        subscriber.unsubscribe(b"weather")
        assert publisher.recv() == b"\x00weather"
        shown[name] = proxy.process.stop().ended(143).lines

    assert shown["text"] == [BACK + b"\tsubscribe weather", THERE + b"\tweather\t72", BACK + b"\tunsubscribe weather"]
    lines = [json.loads(line) for line in shown["jsonl"]]
    assert lines[0]["frames"] == ["\x01weather"]
    assert [line["seq"] for line in lines] == [1, 2, 3]
    assert [line.get("subscribe") for line in lines] == ["weather", None, None]
    assert lines[2]["unsubscribe"] == "weather"
    assert lines[1]["values"] == ["weather", 72]


def test_hostile_bytes_do_not_reach_a_terminal_and_a_bad_frame_is_said(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(zmqcli, "streamer", "--tap", "-x", "json", "-O", "pretty")
    pull = peers.socket(zmq.PULL, connect=proxy.backend)
    push = peers.socket(zmq.PUSH, connect=proxy.frontend)
    push.send_multipart([b"\x1b[2J[red]", b""])
    assert pull.recv_multipart() == [b"\x1b[2J[red]", b""]
    result = proxy.process.stop().ended(143)

    assert b"\x1b" not in result.stdout
    assert b"[red]" in result.stdout
    assert "message 1: frame 0 is not json" in result.stderr


def test_a_full_disk_ends_it_and_what_is_in_flight_arrives(zmqcli: Zmqcli, peers: Peers) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    ends = ["--frontend", "0", "--backend", "0"]
    proxy = zmqcli.start("proxy", "streamer", "-q", "--tap", *ends, ready=True, stdout=full)
    os.close(full)
    frontend, backend = proxy.wait_ready()
    push = peers.socket(zmq.PUSH, connect=frontend)
    pull = peers.socket(zmq.PULL, connect=backend)
    for number in range(100):
        push.send(b"%d" % number)

    assert [pull.recv() for _ in range(100)] == [b"%d" % number for number in range(100)]
    proxy.finish().error(1, "cannot write to stdout")


def test_a_slow_reader_of_the_tap_holds_the_senders_back_and_loses_nothing(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(zmqcli, "streamer", "-q", "--tap", "--hwm", "1")
    pull = peers.socket(zmq.PULL, connect=proxy.backend)
    push = peers.socket(zmq.PUSH, connect=proxy.frontend, options={zmq.SNDHWM: 1})
    bodies = [b"%d" % number + b"x" * 300_000 for number in range(20)] * 10
    sent = fill(push, bodies)
    assert [proxy.process.read_line() for _ in range(sent)] == [THERE + b"\t" + body for body in bodies[:sent]]
    assert [pull.recv() for _ in range(sent)] == bodies[:sent]
