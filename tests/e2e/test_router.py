"""`zmqcli router`: talks with plain DEALERs and REQs, each by its routing id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import message_argument

if TYPE_CHECKING:
    from tests.support.links import Link
    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

HELLO = message_argument([b"hello", b"\xff\x01", b""])
DEALER = ["DEALER", "--routing-id", "client", "--send", HELLO, "--receive", "1"]
BINARY_ID = b"\xffid"


def test_echo_answers_each_dealer(link: Link) -> None:
    ours, theirs = link.meet(["router", "--echo", "-n", "1"], DEALER)

    assert theirs.message() == [b"hello", b"\xff\x01", b""]
    assert ours.finish().ok().lines == [b"client\thello\t\xff\x01\t"]


def test_frames_answer_each_req_in_its_own_envelope(link: Link) -> None:
    ours, theirs = link.meet(["router", "-n", "1", "yes", b"\xfe"], ["REQ", "--routing-id", "client", "--send", HELLO])

    assert theirs.message() == [b"yes", b"\xfe"]
    assert ours.finish().ok().lines == [b"client\t\thello\t\xff\x01\t"]


def greeted(
    zmqcli: Zmqcli, dealer: zmq.Socket[bytes], endpoint: str, *options: str, stdin: bytes | None = None
) -> Process:
    """Start a router that a dealer has connected to and written to."""
    ours = zmqcli.start("router", "-b", endpoint, *options, stdin="pipe" if stdin is None else stdin, ready=True)
    dealer.connect(ours.endpoint)
    dealer.send(b"hello")
    return ours


def test_the_first_frame_of_a_record_is_the_routing_id(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    dealer = peers.socket(zmq.DEALER, options={zmq.ROUTING_ID: b"client"})
    ours = greeted(zmqcli, dealer, endpoint, "--frame-delimiter", r"\t")
    assert ours.read_line() == b"client\thello"
    ours.write(b"client\tone\ttwo\n")

    assert dealer.recv_multipart() == [b"one", b"two"]


def test_records_go_to_the_id_of_an_option(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    dealer = peers.socket(zmq.DEALER, options={zmq.ROUTING_ID: b"client"})
    ours = greeted(zmqcli, dealer, endpoint, "--to", "client", "-n", "2", stdin=b"one\ntwo\n")

    assert [dealer.recv_multipart(), dealer.recv_multipart()] == [[b"one"], [b"two"]]
    dealer.send(b"bye")
    assert ours.finish().ok().lines == [b"client\thello", b"client\tbye"]


def test_frames_go_to_the_id_of_an_option_once(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    dealer = peers.socket(zmq.DEALER, options={zmq.ROUTING_ID: b"client"})
    ours = zmqcli.start("router", "-b", endpoint, "--to", "client", "-n", "1", "one", "two", ready=True)
    dealer.connect(ours.endpoint)
    assert dealer.recv_multipart() == [b"one", b"two"]
    dealer.send(b"thanks")

    assert ours.finish().ok().lines == [b"client\tthanks"]


def test_binary_ids_are_shown_and_read_in_hex(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    dealer = peers.socket(zmq.DEALER, options={zmq.ROUTING_ID: BINARY_ID})
    ours = greeted(zmqcli, dealer, endpoint, "--frame-delimiter", r"\t")
    assert ours.read_line() == b"0xff6964\thello"
    ours.write(b"0xff6964\tback\n")

    assert dealer.recv_multipart() == [b"back"]


def test_a_binary_id_as_an_option(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    dealer = peers.socket(zmq.DEALER, options={zmq.ROUTING_ID: BINARY_ID})
    greeted(zmqcli, dealer, endpoint, "--to", "0xff6964", stdin=b"back\n")

    assert dealer.recv_multipart() == [b"back"]


def test_an_id_that_only_looks_like_hex(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    dealer = peers.socket(zmq.DEALER, options={zmq.ROUTING_ID: b"0xff6964"})
    greeted(zmqcli, dealer, endpoint, "--to", "text:0xff6964", stdin=b"back\n")

    assert dealer.recv_multipart() == [b"back"]


@pytest.mark.parametrize("name", ["jsonl", "quoted"])
def test_what_is_printed_can_be_sent_back(zmqcli: Zmqcli, peers: Peers, endpoint: str, name: str) -> None:
    dealer = peers.socket(zmq.DEALER, options={zmq.ROUTING_ID: BINARY_ID})
    ours = greeted(zmqcli, dealer, endpoint, "-I", name, "-O", name)
    line = ours.read_line()
    ours.write(line + b"\n")

    assert dealer.recv_multipart() == [b"hello"]
    if name == "jsonl":
        record = json.loads(line)
        assert record["frames"] == [{"base64": "/2lk"}, "hello"]
        assert record["socket"] == "ROUTER"
    else:
        assert line == rb"\xffid" + b"\thello"


def test_echo_does_not_touch_stdin(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    dealer = peers.socket(zmq.DEALER, options={zmq.ROUTING_ID: b"client"})
    ours = greeted(zmqcli, dealer, endpoint, "--echo", "-n", "1", stdin=b"client\n")

    assert dealer.recv_multipart() == [b"hello"]
    assert ours.finish().ok().lines == [b"client\thello"]


def test_an_unroutable_message_is_named(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    dealer = peers.socket(zmq.DEALER, options={zmq.ROUTING_ID: b"client"})
    ours = greeted(zmqcli, dealer, endpoint, "--frame-delimiter", r"\t", "-n", "2", stdin=b"nobody\tone\nclient\ttwo\n")

    assert dealer.recv_multipart() == [b"two"]
    dealer.send(b"bye")
    result = ours.finish().ended(5)
    assert "nobody" in result.stderr
    assert result.lines == [b"client\thello", b"client\tbye"]


def test_a_service_stays_with_nothing_on_stdin(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("router", "-b", endpoint, ready=True)
    for number in range(2):
        client = peers.socket(zmq.DEALER, connect=ours.endpoint, options={zmq.ROUTING_ID: b"c%d" % number})
        client.send(b"hello")
        assert ours.read_line() == b"c%d\thello" % number
    assert ours.running
