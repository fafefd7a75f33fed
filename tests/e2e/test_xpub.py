"""`zmqcli xpub`: publishes to a plain SUB or XSUB and prints its subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

if TYPE_CHECKING:
    from tests.support.links import Link
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


def test_frames_are_published_and_the_subscription_is_printed(link: Link) -> None:
    ours, theirs = link.meet(
        ["xpub", "-n", "1", "weather", b"\xff\x01", ""], ["SUB", "--subscribe", "wea", "--receive", "1"]
    )

    assert theirs.message() == [b"weather", b"\xff\x01", b""]
    assert ours.finish().ok().lines == [b"\x01wea"]


def test_lines_are_published_although_enough_has_been_received(link: Link) -> None:
    # The subscriber waits for a third one: whoever leaves at once may make the last one count as undelivered.
    ours, theirs = link.meet(
        ["xpub", "-n", "1"], ["SUB", "--subscribe", "", "--receive", "3"], stdin=b"one\ntwo \xff\n"
    )

    assert theirs.messages(2) == [[b"one"], [b"two \xff"]]
    assert ours.finish().ok().lines == [b"\x01"]


def test_subscriptions_come_and_go(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("xpub", "-b", endpoint, "-O", "quoted", ready=True)
    sub = peers.socket(zmq.SUB, connect=ours.endpoint)
    sub.setsockopt(zmq.SUBSCRIBE, b"a\xff")
    assert ours.read_line() == rb"\x01a\xff"
    sub.setsockopt(zmq.UNSUBSCRIBE, b"a\xff")
    assert ours.read_line() == rb"\x00a\xff"


def test_a_message_from_below_is_printed(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("xpub", "-b", endpoint, "-n", "1", ready=True)
    xsub = peers.socket(zmq.XSUB, connect=ours.endpoint)
    xsub.send(b"hello from below")

    assert ours.finish().ok().lines == [b"hello from below"]


def test_both_directions_at_the_same_time(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("xpub", "-b", endpoint, stdin="pipe", ready=True)
    sub = peers.socket(zmq.SUB, connect=ours.endpoint, options={zmq.SUBSCRIBE: b"a"})
    assert ours.read_line() == b"\x01a"
    ours.write(b"b is not for them\na is\n")
    assert sub.recv() == b"a is"
    sub.setsockopt(zmq.SUBSCRIBE, b"b")
    assert ours.read_line() == b"\x01b"
    ours.write(b"b is now\n")
    assert sub.recv() == b"b is now"
