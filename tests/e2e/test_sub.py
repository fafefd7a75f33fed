"""`zmqcli sub`: what a plain PUB publishes is on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

from tests.support.peers import endpoint_of, message_argument

if TYPE_CHECKING:
    from tests.support.links import Link
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

WEATHER = message_argument([b"weather", b"72F"])
BINARY = message_argument([b"weather", b"\0\xff\x1b", b""])
SPORTS = message_argument([b"sports", b"1:0"])


def test_a_publication_is_a_line(link: Link) -> None:
    ours, theirs = link.meet(
        ["sub", "-s", "weather", "-n", "2"],
        ["XPUB", "--await-subscription", "--send", SPORTS, "--send", WEATHER, "--send", BINARY],
    )

    assert ours.finish().ok().lines == [b"weather\t72F", b"weather\t\0\xff\x1b\t"]
    theirs.finish().ok()


def test_a_plain_pub_that_never_waits(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    theirs = peers.start("PUB", "--bind", endpoint, "--send", SPORTS, "--send", WEATHER, "--repeat", stdin="pipe")

    result = zmqcli("sub", "-c", theirs.endpoint, "-s", "weather", "-n", "1").ok()

    assert result.stdout == b"weather\t72F\n"
    theirs.close_stdin()
    theirs.finish().ok()


def test_without_a_prefix_it_subscribes_to_all(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    pub = peers.socket(zmq.XPUB, bind=endpoint)
    ours = zmqcli.start("sub", "-c", endpoint_of(pub), "-n", "2")
    assert pub.recv() == b"\x01"
    pub.send(b"")
    pub.send_multipart([b"\xff", b"any"])

    assert ours.finish().ok().lines == [b"", b"\xff\tany"]


def test_several_prefixes_in_text_and_hex(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    pub = peers.socket(zmq.XPUB, bind=endpoint)
    ours = zmqcli.start(
        "sub", "-c", endpoint_of(pub), "-s", "a", "--subscribe", "b", "--subscribe-hex", "00ff", "-n", "3"
    )
    assert {pub.recv() for _ in range(3)} == {b"\x01a", b"\x01b", b"\x01\0\xff"}
    for topic in (b"c", b"a1", b"\0", b"b2", b"\0\xff3"):
        pub.send(topic)

    assert ours.finish().ok().lines == [b"a1", b"b2", b"\0\xff3"]


def test_it_hears_several_publishers(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    first = peers.socket(zmq.XPUB, bind=endpoint)
    second = peers.socket(zmq.XPUB, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("sub", "-c", endpoint_of(first), "-c", endpoint_of(second), "-n", "2")
    for number, pub in enumerate((first, second)):
        assert pub.recv() == b"\x01"
        pub.send(b"%d" % number)

    assert sorted(ours.finish().ok().lines) == [b"0", b"1"]


def test_a_publisher_that_comes_later(zmqcli: Zmqcli, peers: Peers, late_endpoint: str) -> None:
    ours = zmqcli.start("sub", "-c", late_endpoint, "-n", "1", ready=True)
    ours.wait_ready()
    pub = peers.socket(zmq.XPUB, bind=late_endpoint)
    assert pub.recv() == b"\x01"
    pub.send(b"late")

    assert ours.finish().ok().lines == [b"late"]
