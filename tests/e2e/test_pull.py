"""`zmqcli pull`: what a plain PUSH sends is on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

from tests.support.peers import message_argument

if TYPE_CHECKING:
    from tests.support.links import Link
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


def test_frames_are_joined_by_tab_and_bytes_are_as_received(link: Link) -> None:
    ours, theirs = link.meet(
        ["pull", "-n", "3"],
        [
            "PUSH",
            *("--send", message_argument([b"weather", b"72F"])),
            *("--send", message_argument([b"\xff\xfe\0\x1b[31m", b"", b"end"])),
            *("--send", message_argument([b""])),
        ],
    )

    assert ours.finish().ok().lines == [b"weather\t72F", b"\xff\xfe\0\x1b[31m\t\tend", b""]
    theirs.finish().ok()


def test_one_receiver_hears_many_senders(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("pull", "-b", endpoint, "-n", "3", ready=True)
    real = ours.endpoint
    for text in (b"a", b"b", b"c"):
        peers.socket(zmq.PUSH, connect=real).send(text)

    assert sorted(ours.finish().ok().lines) == [b"a", b"b", b"c"]


def test_it_binds_and_connects_at_once(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    bound = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-c", bound.getsockopt_string(zmq.LAST_ENDPOINT), "-b", endpoint, "-n", "2", ready=True)
    bound.send(b"connected")
    connecting = peers.socket(zmq.PUSH, connect=ours.wait_ready()[0])
    connecting.send(b"bound")

    assert sorted(ours.finish().ok().lines) == [b"bound", b"connected"]


def test_it_goes_on_with_the_next_sender(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("pull", "-b", endpoint, ready=True)
    real = ours.endpoint
    for text in (b"first", b"second"):
        sender = peers.socket(zmq.PUSH, connect=real)
        sender.send(text)
        assert ours.read_line() == text
        sender.close()

    assert ours.running
