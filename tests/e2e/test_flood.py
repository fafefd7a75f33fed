"""More messages than anybody reads, on a terminal: each is shown or counted, and Ctrl-C acts at once."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time
from typing import TYPE_CHECKING

import zmq

from tests.support.peers import endpoint_of
from tests.support.screens import Screen

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

MESSAGES = 20_000
HEADER = re.compile(rb"^\d\d:\d\d:\d\d\.\d{3}  #", re.MULTILINE)
LEFT_OUT = re.compile(rb"^\.\.\. ([\d,]+) messages? not shown in detail", re.MULTILINE)


def test_every_message_is_shown_or_counted(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    screen = Screen()
    ours = zmqcli.start("pull", "-q", "-c", endpoint_of(push), "--color", "never", stdout=screen.terminal)
    for _ in range(MESSAGES):
        push.send_multipart([b"weather", b'{"t":3}'])
    push.send(b"the end", zmq.SNDMORE)
    push.send(b"")
    push.close()  # lingers
    deadline = time.monotonic() + 30
    while accounted(bytes(screen._written)) < MESSAGES + 1 and time.monotonic() < deadline:
        time.sleep(0.01)  # the screen reads all the time; what is held back comes within half a second
    began = time.monotonic()
    ours.stop(signal.SIGINT).ended(130)

    assert time.monotonic() - began < 1
    written = screen.finish()
    assert accounted(written) == MESSAGES + 1
    assert LEFT_OUT.search(written)
    assert len(HEADER.findall(written)) > 1000


def accounted(written: bytes) -> int:
    """Return how many messages were shown or counted."""
    written = written.replace(b"\r", b"")
    counted = sum(int(number.replace(b",", b"")) for number in LEFT_OUT.findall(written))
    return len(HEADER.findall(written)) + counted


def test_a_count_that_can_be_read_is_shown_whole(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    screen = Screen()
    ours = zmqcli.start("pull", "-q", "-c", endpoint_of(push), "-n", "4000", stdout=screen.terminal)
    for _ in range(4000):
        push.send(b"x")
    ours.finish().ok()

    assert screen.finish().count(b"in  ") == 4000


def test_a_terminal_that_takes_nothing_does_not_keep_a_signal_waiting(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    screen, terminal = pty.openpty()  # nobody reads it, as after Ctrl-S
    ours = zmqcli.start("pull", "-c", endpoint_of(push), stdout=terminal)
    for _ in range(1000):
        push.send(b"x" * 1000)
    ours._until(lambda: not select.select([], [terminal], [], 0)[1], 10, "terminal that is full")
    began = time.monotonic()
    result = ours.stop(signal.SIGINT).ended(130)

    assert time.monotonic() - began < 1
    assert "bytes were not taken by the reader of stdout" in result.stderr
    os.close(screen)
    os.close(terminal)
