"""`-e` on what arrives and `-E` on what leaves, from one process to another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


def test_what_arrives_is_shown_filtered_and_counted_as_it_was_made(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    process = zmqcli.start(
        "pull",
        *("-q", "-c", endpoint_of(push), "-n", "2", "-O", "jsonl", "-x", "json", "--where", "n > `10`"),
        *("-e", "{'n': value['n'] * 10} if value['n'] != 2 else None"),
    )
    for body in (b'{"n":1}', b'{"n":2}', b"{}", b'{"n":4}', b'{"n":5}'):
        push.send(body)

    result = process.finish().ended(3)
    shown = [json.loads(line) for line in result.lines]
    assert [(line["seq"], line["frames"], line["values"]) for line in shown] == [
        (4, ['{"n":40}'], [{"n": 40}]),
        (5, ['{"n":50}'], [{"n": 50}]),
    ]
    assert result.stderr == "zmqcli: message 3: -e raised KeyError: 'n'; the message is dropped\n"


def test_what_leaves_is_what_was_made_of_it(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    result = zmqcli(
        *("push", "-q", "-c", endpoint_of(pull), "-E", "['n%d' % seq, 100 // value] if value != 7 else None"),
        stdin=b"1\n0\n7\n\n50\n",
    ).ended(3)

    assert [pull.recv_multipart() for _ in range(2)] == [[b"n1", b"100"], [b"n5", b"2"]]
    assert [line.partition(" raised")[0] for line in result.stderr.splitlines()] == [
        "zmqcli: message 2: -E",
        "zmqcli: message 4: -E",
    ]


def test_a_publisher_waits_for_who_wants_what_was_made(zmqcli: Zmqcli, peers: Peers) -> None:
    sub = peers.socket(zmq.SUB, bind="tcp://127.0.0.1:0", options={zmq.SUBSCRIBE: b"WEATHER"})
    process = zmqcli.start("pub", "-c", endpoint_of(sub), "-E", "[topic.upper(), body]", "weather", "72F")

    assert sub.recv_multipart() == [b"WEATHER", b"72F"]
    process.finish().ok()


@pytest.mark.parametrize("command", ["rep", "router"])
def test_replies_are_what_leaves(zmqcli: Zmqcli, peers: Peers, command: str) -> None:
    process = zmqcli.start(
        command,
        *("-q", "-b", "tcp://127.0.0.1:0", "-n", "1", "--echo", "-E", "body.upper()", "-e", "body[::-1]"),
        *("-O", "jsonl"),
        ready=True,
    )
    req = peers.socket(zmq.REQ, connect=process.endpoint, options={zmq.IDENTITY: b"me"})
    req.send_multipart([b"topic", b"hello"])

    assert req.recv_multipart() == [b"HELLO"]
    assert json.loads(process.finish().ok().stdout)["frames"] == [*(["me", ""] if command == "router" else []), "olleh"]


def test_a_dropped_reply_of_rep_is_an_empty_one(zmqcli: Zmqcli, peers: Peers) -> None:
    process = zmqcli.start("rep", "-q", "-b", "tcp://127.0.0.1:0", "-n", "1", "-E", "None", "fixed", ready=True)
    req = peers.socket(zmq.REQ, connect=process.endpoint)
    req.send(b"?")

    assert req.recv_multipart() == [b""]
    process.finish().ok()


@pytest.mark.parametrize(
    "line",
    [
        ("pull", "-e", "value["),
        ("push", "-E", "import os", "x"),
        ("sub", "-e", ""),
        ("top", "-e", "body"),
        ("proxy", "queue", "-e", "body", "--frontend", "./a", "--backend"),
    ],
)
def test_what_is_no_expression_or_has_no_place_is_refused(in_process: InProcess, line: tuple[str, ...]) -> None:
    in_process(*line, *([] if line[0] == "proxy" else ["-b"]), "./x").error(2)
