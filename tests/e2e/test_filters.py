"""`--grep`, `--where`, `--query` in whole processes, on every socket that receives."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of
from tests.support.screens import Screen

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

TEMPERATURES = [3, 25, 18, 30]
BODIES = [json.dumps({"t": t, "n": f"n{t}"}).encode() for t in TEMPERATURES]


@pytest.fixture
def push(peers: Peers) -> zmq.Socket[bytes]:
    """Return a plain PUSH."""
    return peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["--grep", "^w\t.*(25|18)"], [b"w\t" + BODIES[1], b"w\t" + BODIES[2]]),
        (["-x", "text,json", "--where", "t > `20`"], [b'w\t{"t":25,"n":"n25"}', b'w\t{"t":30,"n":"n30"}']),
        (["--query", "n", "--where", "t < `20`"], [b"n3", b"n18"]),
        (["--query", "[t, n]", "-n", "1"], [b'[3,"n3"]']),
        (["--query", "[0]", "--query-of", "values", "--grep", "18"], [b"w"]),
        (["--query", "t", "-T", "%n %t %v", "--where", "t > `20`"], [b"2 w 25", b"4 w 30"]),
        (["--query", "t", "-O", "raw", "-n", "2"], [b"325"]),
        (["--query", "n", "-O", "quoted", "-n", "1"], [b"n3"]),
    ],
)
def test_what_is_shown(zmqcli: Zmqcli, push: zmq.Socket[bytes], options: list[str], shown: list[bytes]) -> None:
    count = options if "-n" in options else ["-n", str(len(shown)), *options]
    ours = zmqcli.start("pull", "-c", endpoint_of(push), *count)
    for body in BODIES:
        push.send_multipart([b"w", body])

    assert ours.finish().ok().lines == shown


def test_jsonl_says_what_was_found_and_what_came(zmqcli: Zmqcli, push: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start(
        *(
            "pull",
            "-c",
            endpoint_of(push),
            "-n",
            "2",
            "-O",
            "jsonl",
            "-x",
            "json",
            "--where",
            "t > `20`",
            "--query",
            "t",
        )
    )
    for body in BODIES:
        push.send(body)

    lines = [json.loads(line) for line in ours.finish().ok().lines]
    assert [(line["seq"], line["query"], line["values"][0]["n"]) for line in lines] == [(2, 25, "n25"), (4, 30, "n30")]
    assert [line["frames"][0].encode() for line in lines] == [BODIES[1], BODIES[3]]


def test_a_count_counts_what_is_shown(zmqcli: Zmqcli, push: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "5", "-t", "300ms", "--grep", "b")
    for body in (b"a", b"b1", b"a", b"b2", b"a", b"b3"):
        push.send(body)

    result = ours.finish().ended(124)
    assert result.lines == [b"b1", b"b2", b"b3"]
    assert "received 3 of 5" in result.stderr


def send_until_it_ends(ours: Process, push: zmq.Socket[bytes]) -> None:
    """Keep a receiver busy with what its filter leaves out."""
    ended = time.monotonic() + 10
    push.sndtimeo = 20
    while ours.running and time.monotonic() < ended:
        try:
            push.send(b"x")
        except zmq.Again:  # it has ended
            break


def test_what_does_not_pass_does_not_keep_a_receiver_waiting(zmqcli: Zmqcli, push: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-t", "400ms", "--grep", "never", "-q")
    send_until_it_ends(ours, push)

    assert ours.finish().ended(124).stdout == b""


def test_a_query_that_fails_is_said_and_the_rest_goes_on(zmqcli: Zmqcli, push: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "1", "--query", "length(@)")
    push.send(b"5")
    push.send(b"[5]")

    result = ours.finish().ended(3)
    assert result.stdout == b"1\n"
    assert "message 1: --query cannot be applied (In function length()" in result.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--grep", "("], "--grep: '(' is no regular expression"),
        (["--where", "a["], "--where: 'a[' is no JMESPath"),
        (["--query", "nope(@)"], "there is no function nope()"),
        (["--query-of", "0"], "--query-of needs"),
    ],
)
def test_what_is_no_filter_is_refused(zmqcli: Zmqcli, options: list[str], says: str) -> None:
    zmqcli("sub", "-c", "./x.sock", *options).error(2, says)


# Every socket that receives

SENDERS: list[tuple[str, list[str], int, list[bytes]]] = [
    ("pull", [], zmq.PUSH, []),
    ("sub", [], zmq.XPUB, []),
    ("xsub", [], zmq.XPUB, []),
    ("dealer", [], zmq.DEALER, []),
    ("pair", [], zmq.PAIR, []),
    ("router", [], zmq.DEALER, []),
    ("rep", ["--echo"], zmq.DEALER, [b""]),
]


@pytest.mark.parametrize(("command", "options", "kind", "envelope"), SENDERS, ids=[row[0] for row in SENDERS])
def test_filters_are_for_every_receiver(
    zmqcli: Zmqcli, peers: Peers, command: str, options: list[str], kind: int, envelope: list[bytes]
) -> None:
    sock = peers.socket(kind, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start(
        *(command, "-c", endpoint_of(sock), *options, "--query", "t", "--where", "t > `20`", "--grep", "n", "-n", "2"),
        stdin="pipe",
    )
    if kind == zmq.XPUB:
        assert sock.recv() == b"\x01"
    for body in BODIES:
        sock.send_multipart([*envelope, body])

    assert ours.finish().ok().lines == [b"25", b"30"]


def test_replies_are_filtered_and_each_still_answers(zmqcli: Zmqcli, peers: Peers) -> None:
    rep = peers.socket(zmq.REP, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("req", "-c", endpoint_of(rep), "--grep", "b", stdin=b"1\n2\n3\n")
    for reply in (b"a", b"b", b"a"):
        rep.recv()
        rep.send(reply)

    assert ours.finish().ok().lines == [b"b"]


def test_subscriptions_are_filtered_and_still_count(zmqcli: Zmqcli, peers: Peers) -> None:
    ours = zmqcli.start(
        "xpub", "-b", "tcp://127.0.0.1:0", "-n", "1", "-O", "quoted", "--grep", "^\x01b", "b", "x", ready=True
    )
    sub = peers.socket(zmq.SUB, connect=ours.endpoint)
    for prefix in (b"a", b"b"):
        sub.setsockopt(zmq.SUBSCRIBE, prefix)

    assert sub.recv_multipart() == [b"b", b"x"]
    assert ours.finish().ok().lines == [rb"\x01b"]


def test_bytes_of_plain_tcp_are_filtered(zmqcli: Zmqcli) -> None:
    ours = zmqcli.start("stream", "-v", "-b", "tcp://127.0.0.1:0", "-n", "1", "--grep", "yes$", ready=True)
    host, _, port = ours.endpoint.removeprefix("tcp://").rpartition(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"no")
    ours.wait_stderr("disconnected")  # what two clients send is two messages
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"yes")

    (shown,) = ours.finish().ok().lines
    assert shown.endswith(b"\tyes")


def test_on_a_terminal_what_does_not_pass_does_not_keep_a_receiver_waiting(
    zmqcli: Zmqcli, push: zmq.Socket[bytes]
) -> None:
    screen = Screen()
    ours = zmqcli.start(
        *("pull", "-c", endpoint_of(push), "-O", "text", "-t", "400ms", "--grep", "no", "-q"), stdout=screen.terminal
    )
    send_until_it_ends(ours, push)

    ours.finish().ended(124)
    assert screen.finish() == b""
