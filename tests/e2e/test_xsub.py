"""`zmqcli xsub`: subscribes to a plain PUB or XPUB, and may send upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

from tests.support.peers import endpoint_of, message_argument

if TYPE_CHECKING:
    from tests.support.links import Link
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

WEATHER = message_argument([b"weather", b"\xff\x01", b""])
SPORTS = message_argument([b"sports"])


def test_publications_are_printed(link: Link) -> None:
    ours, theirs = link.meet(
        ["xsub", "-s", "weather", "-n", "1"],
        ["XPUB", "--await-subscription", "--send", SPORTS, "--send", WEATHER],
    )

    assert ours.finish().ok().lines == [b"weather\t\xff\x01\t"]
    theirs.finish().ok()


def test_a_plain_pub_that_never_waits(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    theirs = peers.start("PUB", "--bind", endpoint, "--send", SPORTS, "--send", WEATHER, "--repeat", stdin="pipe")

    result = zmqcli("xsub", "-c", theirs.endpoint, "-s", "weather", "-n", "1").ok()

    assert result.stdout == b"weather\t\xff\x01\t\n"
    theirs.close_stdin()
    theirs.finish().ok()


def test_without_a_prefix_it_subscribes_to_all(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    pub = peers.socket(zmq.XPUB, bind=endpoint)
    ours = zmqcli.start("xsub", "-c", endpoint_of(pub), "-n", "1")
    assert pub.recv() == b"\x01"
    pub.send(b"any")

    assert ours.finish().ok().lines == [b"any"]


def test_frames_go_upwards(link: Link) -> None:
    ours, theirs = link.meet(["xsub", "-s", "a", "hello", b"\xff"], ["XPUB", "--receive", "2"])

    assert sorted(theirs.messages(2)) == [[b"\x01a"], [b"hello", b"\xff"]]
    ours.finish().ok()


def test_a_subscription_may_be_written_on_stdin(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    pub = peers.socket(zmq.XPUB, bind=endpoint)
    ours = zmqcli.start("xsub", "-c", endpoint_of(pub), "-s", "a", "-I", "quoted", stdin="pipe")
    assert pub.recv() == b"\x01a"
    ours.write(rb"\x01b" + b"\n")
    assert pub.recv() == b"\x01b"
    for topic in (b"c", b"b"):
        pub.send(topic)

    assert ours.read_line() == b"b"
