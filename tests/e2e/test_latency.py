"""A message is on stdout the moment it arrives, with no further message to push it out."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import zmq

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

# The contract of issue 2. The median, so that a busy machine may be late now and then.
WITHIN_SECONDS = 0.05


def test_a_message_is_visible_in_a_pipe_at_once(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("pull", "-b", endpoint, ready=True)
    push = peers.socket(zmq.PUSH, connect=ours.endpoint)
    took = []
    for number in range(21):
        sent = time.monotonic()
        push.send(b"%d" % number)
        assert ours.read_line() == b"%d" % number
        took.append(time.monotonic() - sent)

    assert statistics.median(took) < WITHIN_SECONDS


def test_a_line_of_a_pipe_is_sent_at_once(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("push", "-b", endpoint, stdin="pipe", ready=True)
    pull = peers.socket(zmq.PULL, connect=ours.endpoint)
    took = []
    for number in range(21):
        sent = time.monotonic()
        ours.write(b"%d\n" % number)
        assert pull.recv() == b"%d" % number
        took.append(time.monotonic() - sent)

    assert statistics.median(took) < WITHIN_SECONDS


def test_a_message_is_visible_in_every_format(zmqcli: Zmqcli, peers: Peers) -> None:
    for name in ("text", "quoted", "jsonl", "hexdump", "pretty"):
        ours = zmqcli.start("pull", "-b", "0", "-O", name, ready=True)
        push = peers.socket(zmq.PUSH, connect=ours.endpoint)
        push.send(b"visible")

        assert ours.read_line(), name
        ours.close()
