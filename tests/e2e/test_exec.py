"""`--exec`: a command for each message, on everything that receives or answers."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

HANGS = "sh -c 'echo begun >&2; sleep 60; :'"


def start(zmqcli: Zmqcli, command: str, *options: str, **environment: str) -> Process:
    return zmqcli.start(command, "-b", "tcp://127.0.0.1:0", *options, ready=True, environment=environment)


def ask(peers: Peers, process: Process, *messages: list[bytes]) -> list[list[bytes]]:
    """Return the replies to requests, asked one after the other."""
    req = peers.socket(zmq.REQ, connect=process.endpoint)
    replies = []
    for message in messages:
        req.send_multipart(message)
        replies.append(req.recv_multipart())
    return replies


def test_what_it_prints_is_the_reply(zmqcli: Zmqcli, peers: Peers) -> None:
    process = start(zmqcli, "rep", "-n", "3", "--exec", "tr a-z A-Z")

    assert ask(peers, process, [b"one"], [b"topic", b"two\n\n"], [b"\xff\0x"]) == [[b"ONE"], [b"TWO\n"], [b"\xff\0X"]]
    assert process.finish().ok().lines == [b"one", b"topic\ttwo", b"", b"", b"\xff\0x"]


def test_it_is_told_of_the_message(zmqcli: Zmqcli, peers: Peers) -> None:
    process = start(
        zmqcli,
        "rep",
        *("-n", "2", "-O", "none", "-I", "raw", "--exec", "env"),
        ZMQCLI_PLAIN_PASSWORD="secret",  # noqa: S106 # of nothing
        ZMQCLI_CURVE_SECRET_KEY="secret",  # noqa: S106 # a made-up key
        ZMQCLI_ROUTING_ID="of an outer command",
        OTHER="stays",
    )

    plain, odd = ask(peers, process, ["ü".encode(), b"\xff"], [b"a\0b", bytes(100_000), b"x"])

    told = plain[0].decode().splitlines()
    assert {line for line in told if line.startswith(("ZMQCLI", "OTHER"))} == {
        "ZMQCLI_SEQ=1",
        "ZMQCLI_TOPIC=ü",
        'ZMQCLI_FRAMES=["ü",{"base64":"/w=="}]',
        "OTHER=stays",
    }
    assert plain[0].endswith(b"\n")
    assert {line for line in odd[0].split(b"\n") if line.startswith(b"ZMQCLI")} == {b"ZMQCLI_SEQ=2"}


def test_a_codec_makes_text_of_a_frame_and_a_frame_of_text(zmqcli: Zmqcli, peers: Peers) -> None:
    process = start(zmqcli, "rep", "-n", "1", "-x", "msgpack", "--exec", "sed s/1/2/")

    assert ask(peers, process, [b"\x81\xa1a\x01"]) == [[b"\x81\xa1a\x02"]]
    process.finish().ok()


def test_several_frames_come_as_jsonl(zmqcli: Zmqcli, peers: Peers) -> None:
    process = start(zmqcli, "rep", "-n", "3", "-I", "jsonl", "--exec", "cat")

    replies = ask(peers, process, [b'["a",{"base64":"/w=="}]'], [b"no json"], [b'["a"]\n["b"]'])

    assert replies == [[b"a", b"\xff"], [b""], [b""]]
    result = process.finish().ended(3)
    assert "message 2: what the command printed cannot be read: " in result.stderr
    assert "message 3: what the command printed cannot be read: 2 records" in result.stderr


@pytest.mark.parametrize(
    ("command", "options", "why"),
    [
        ("sh -c 'echo no; exit 3'", (), "sh failed (exit code 3)"),
        ("sh -c 'kill -9 $$'", (), "sh failed (killed by SIGKILL)"),
        ("./missing", (), "./missing failed (it cannot be started: no such file or directory)"),
        ("yes", ("--max-size", "64K"), "yes failed (more than 65536 bytes of output)"),
    ],
)
def test_every_request_gets_a_reply(
    zmqcli: Zmqcli, peers: Peers, command: str, options: tuple[str, ...], why: str
) -> None:
    process = start(zmqcli, "rep", "-n", "2", *options, "--exec", command)

    assert ask(peers, process, [b"1"], [b"2"]) == [[b""], [b""]]
    result = process.finish().ended(1)
    assert [line for line in result.stderr.splitlines() if why in line] == [
        f"zmqcli: message 1: {why}",
        f"zmqcli: message 2: {why}",
    ]


def test_much_is_passed_through_one_that_reads_and_one_that_does_not(zmqcli: Zmqcli, peers: Peers) -> None:
    process = start(zmqcli, "rep", "-q", "-O", "none", "-n", "2", "--exec", "sh -c '[ $ZMQCLI_SEQ = 2 ] || cat'")
    data = bytes(range(256)) * 20_000

    assert ask(peers, process, [data], [data]) == [[data], [b""]]
    process.finish().ok()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("command", ["rep", "router"])
def test_a_signal_ends_one_that_hangs_and_the_reply_is_empty(
    zmqcli: Zmqcli, peers: Peers, command: str, number: signal.Signals, code: int
) -> None:
    process = start(zmqcli, command, "--exec", HANGS)
    req = peers.socket(zmq.REQ, connect=process.endpoint)
    req.send(b"?")
    process.wait_stderr("begun")

    result = process.stop(number).ended(code)
    assert req.recv_multipart() == [b""]
    assert "message 1: the command was ended" in result.stderr


@pytest.mark.parametrize(("option", "code"), [("-t", 124), ("--duration", 1)])
def test_time_ends_one_that_hangs(zmqcli: Zmqcli, peers: Peers, option: str, code: int) -> None:
    process = start(zmqcli, "rep", "-q", option, "0.5", "--exec", HANGS)

    assert ask(peers, process, [b"?"]) == [[b""]]
    assert "message 1: the command was ended" in process.finish().ended(code).stderr


def test_a_closed_stdout_ends_one_that_hangs(zmqcli: Zmqcli, peers: Peers) -> None:
    process = start(zmqcli, "rep", "--exec", HANGS)
    req = peers.socket(zmq.REQ, connect=process.endpoint)
    req.send(b"?")
    process.wait_stderr("begun")
    process.close_stdout()

    assert req.recv_multipart() == [b""]
    assert "ended" not in process.finish(5).ended(141).stderr


def test_stop_answers_and_ends(zmqcli: Zmqcli, peers: Peers) -> None:
    process = start(zmqcli, "rep", "--on-error", "stop", "--exec", "false")

    assert ask(peers, process, [b"?"]) == [[b""]]
    process.finish().ended(1)


def test_a_router_answers_each_by_its_envelope(zmqcli: Zmqcli, peers: Peers) -> None:
    process = start(
        zmqcli, "router", "-n", "3", "--on-error", "drop", "--exec", "sh -c 'echo $ZMQCLI_ROUTING_ID; grep -v no'"
    )
    req = peers.socket(zmq.REQ, connect=process.endpoint, options={zmq.IDENTITY: b"r"})
    dealer = peers.socket(zmq.DEALER, connect=process.endpoint, options={zmq.IDENTITY: b"d\xff"})
    req.send(b"one")
    assert req.recv_multipart() == [b"r\none"]
    dealer.send(b"no")
    dealer.send_multipart([b"a", b"two"])

    assert dealer.recv_multipart() == [b"0x64ff\ntwo"]
    process.finish().ended(1)


@pytest.mark.parametrize(("options", "reply"), [((), [b"X"]), (("--envelope",), [b"", b"X"])])
def test_a_dealer_answers(zmqcli: Zmqcli, peers: Peers, options: tuple[str, ...], reply: list[bytes]) -> None:
    process = start(zmqcli, "dealer", "-n", "1", *options, "--exec", "tr a-z A-Z")
    dealer = peers.socket(zmq.DEALER, connect=process.endpoint)
    dealer.send_multipart([*reply[:-1], b"x"])

    assert dealer.recv_multipart() == reply
    assert process.finish().ok().lines == [b"x"]


@pytest.mark.parametrize("command", ["pull", "sub"])
def test_what_it_prints_is_shown(zmqcli: Zmqcli, peers: Peers, command: str) -> None:
    sender = peers.socket(zmq.XPUB if command == "sub" else zmq.PUSH, bind="tcp://127.0.0.1:0")
    process = zmqcli.start(
        command,
        *("-c", endpoint_of(sender), "-n", "4", "-q", "-x", "json", "-O", "jsonl", "--grep", "[^9]$"),
        *("--exec", "sed -n -e '/4/!s/.*/<&>/p'"),
    )
    if command == "sub":
        sender.recv()
    for number in (1, 9, 3, 4, 5):
        sender.send(b"%d" % number)

    shown = [json.loads(line) for line in process.finish().ok().lines]
    assert [(line["seq"], line["frames"]) for line in shown] == [(1, ["<1>"]), (3, ["<3>"]), (5, ["<5>"])]
    assert all("values" not in line for line in shown)


@pytest.mark.parametrize(
    ("choice", "shown", "code"),
    [((), [b"1", b"3"], 1), (("--on-error", "empty"), [b"1", b"", b"3"], 1), (("--on-error", "stop"), [b"1"], 1)],
)
def test_what_fails_is_left_out_or_empty_or_the_end(
    zmqcli: Zmqcli, peers: Peers, choice: tuple[str, ...], shown: list[bytes], code: int
) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    process = zmqcli.start(
        "pull", "-c", endpoint_of(push), "-n", "3", *choice, "--exec", "sh -c 'cat; [ $ZMQCLI_SEQ != 2 ]'"
    )
    for number in (1, 2, 3):
        push.send(b"%d" % number)

    assert process.finish().ended(code).lines == shown


def test_what_is_not_handled_yet_is_not_taken(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    first = zmqcli.start("pull", "-c", endpoint_of(push), "--hwm", "1", "--exec", "sh -c 'echo begun >&2; cat; exit 0'")
    push.send(b"x")
    assert first.read_line() == b"x"
    first.stop().ended(143)


@pytest.mark.parametrize(
    "options",
    [
        ("rep", "--exec", "cat", "--echo"),
        ("rep", "--exec", "cat", "fixed"),
        ("rep", "--exec", "cat", "--on-error", "drop"),
        ("rep", "--exec", ""),
        ("rep", "--exec", "'open"),
        ("rep", "--exec", "cat", "-I", "hexdump"),
        ("rep", "--on-error", "stop", "x"),
        ("router", "--exec", "cat", "--to", "a"),
        ("router", "--exec", "cat", "--echo"),
        ("dealer", "--exec", "cat", "x"),
        ("pull", "-I", "raw"),
        ("pull", "--exec", "cat", "--query", "a"),
    ],
)
def test_what_means_nothing_is_refused(in_process: InProcess, options: tuple[str, ...]) -> None:
    command, *rest = options

    in_process(command, "-b", "0", *rest).error(2)
