"""`zmqcli pub`: what it publishes reaches a plain SUB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.links import Link
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


def test_frames_are_one_message(link: Link) -> None:
    ours, theirs = link.meet(
        ["pub", "weather", "72F", b"\xff\x01", ""], ["SUB", "--subscribe", "weather", "--receive", "1"]
    )

    assert theirs.message() == [b"weather", b"72F", b"\xff\x01", b""]
    ours.finish().ok()


def test_lines_are_messages(link: Link) -> None:
    ours, theirs = link.meet(
        ["pub"], ["SUB", "--subscribe", "", "--receive", "3"], stdin=b"weather 72F\n\nunterminated \xff"
    )

    assert theirs.messages(3) == [[b"weather 72F"], [b""], [b"unterminated \xff"]]
    ours.finish().ok()


def test_one_publication_waits_for_a_subscriber_that_comes_later(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("pub", "-b", endpoint, "weather", "72F", ready=True)
    ours.wait_stderr("waiting for")
    theirs = peers.start("SUB", "--subscribe", "weather", "--receive", "1", "--connect", ours.endpoint)

    assert theirs.endpoint
    assert theirs.message() == [b"weather", b"72F"]
    ours.finish().ok()


def test_a_subscription_that_does_not_match_is_not_waited_for(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("pub", "-b", endpoint, "weather", "72F", ready=True)
    peers.socket(zmq.SUB, connect=ours.endpoint, options={zmq.SUBSCRIBE: b"sports"})
    ours.wait_stderr("waiting for")
    assert ours.running
    matching = peers.socket(zmq.SUB, connect=ours.endpoint, options={zmq.SUBSCRIBE: b"wea"})

    assert matching.recv_multipart() == [b"weather", b"72F"]
    ours.finish().ok()


def test_a_connection_without_subscription_is_not_enough(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("pub", "-b", endpoint, stdin=b"one\ntwo\n", ready=True)
    sub = peers.socket(zmq.SUB, connect=ours.endpoint)
    ours.wait_stderr("waiting for")
    sub.setsockopt(zmq.SUBSCRIBE, b"")

    assert [sub.recv(), sub.recv()] == [b"one", b"two"]
    ours.finish().ok()


def test_it_waits_for_as_many_subscribers_as_asked(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("pub", "-b", endpoint, "-w", "2", "news", ready=True)
    first = peers.socket(zmq.SUB, connect=ours.endpoint, options={zmq.SUBSCRIBE: b""})
    ours.wait_stderr("waiting for")
    assert not first.poll(0)
    second = peers.socket(zmq.SUB, connect=ours.endpoint, options={zmq.SUBSCRIBE: b""})

    assert [first.recv(), second.recv()] == [b"news", b"news"]
    ours.finish().ok()


def test_without_waiting_it_publishes_to_nobody(zmqcli: Zmqcli, endpoint: str) -> None:
    zmqcli("pub", "-b", endpoint, "-w", "0", "news").ok()


def test_a_bound_subscriber_hears_a_publisher_that_connects(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    # A bound SUB subscribes only while its thread receives, so it has to be in recv() when the publisher comes.
    sub = peers.socket(zmq.SUB, bind=endpoint, options={zmq.SUBSCRIBE: b"a"})
    ours = zmqcli.start("pub", "-c", endpoint_of(sub), "a", "1")

    assert sub.recv_multipart() == [b"a", b"1"]
    ours.finish().ok()
