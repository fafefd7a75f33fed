"""Listening to plain publishers: what is counted, until when, and what they see of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of
from zmqcli.endpoint import parse_endpoint
from zmqcli.errors import ZmqcliError
from zmqcli.probe import listen as listening
from zmqcli.probe.listen import listen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.outside import Outside
    from tests.support.peers import Peers

PATIENCE = 20.0
A_WHILE = 2.0
SHORT = 0.3


def publish(publisher: zmq.Socket[bytes], topics: Sequence[bytes]) -> threading.Thread:
    """Publish once to each topic when somebody has subscribed to all of them, and wait until the subscriber is gone."""

    def run() -> None:
        assert publisher.recv() == b"\x01"
        for topic in topics:
            publisher.send_multipart([topic, b"body"])
        assert publisher.recv() == b"\x00"

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_what_is_published_is_counted_by_its_topic(outside: Outside, peers: Peers, endpoint: str) -> None:
    publisher = peers.socket(zmq.XPUB, bind=endpoint)
    thread = publish(publisher, [b"a", b"b", b"a", b""])
    heard = listen(outside.environment, parse_endpoint(endpoint_of(publisher), bind=False), None, A_WHILE)
    thread.join(PATIENCE)

    assert [(topic.name, topic.messages, topic.bytes) for topic in heard.topics] == [
        (b"a", 2, 10),
        (b"", 1, 4),
        (b"b", 1, 5),
    ]
    assert (heard.messages, heard.others) == (4, 0)
    assert heard.seconds >= A_WHILE


def test_topics_beyond_the_most_are_counted_together(
    outside: Outside, peers: Peers, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "MOST_TOPICS", 2)
    publisher = peers.socket(zmq.XPUB, bind=endpoint)
    thread = publish(publisher, [b"a", b"b", b"c", b"d"])
    heard = listen(outside.environment, parse_endpoint(endpoint_of(publisher), bind=False), None, A_WHILE)
    thread.join(PATIENCE)

    assert [topic.name for topic in heard.topics] == [b"a", b"b"]
    assert (heard.messages, heard.others) == (4, 2)


def test_a_quiet_publisher(outside: Outside, peers: Peers, endpoint: str) -> None:
    publisher = peers.socket(zmq.PUB, bind=endpoint)
    heard = listen(outside.environment, parse_endpoint(endpoint_of(publisher), bind=False), None, SHORT)

    assert (heard.messages, heard.topics) == (0, [])


def test_who_lets_no_subscriber_in(outside: Outside, peers: Peers, endpoint: str) -> None:
    pair = peers.socket(zmq.PAIR, bind=endpoint)

    with pytest.raises(ZmqcliError, match="lets no subscriber in"):
        listen(outside.environment, parse_endpoint(endpoint_of(pair), bind=False), None, SHORT)
