"""`--conflate`: libzmq drops all frames of a message but the last, and tells neither end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

WAYS = [["--conflate"], ["-o", "CONFLATE=1"]]
NOTE = "--conflate keeps the latest message, and of several frames the last one alone"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("command", "kind"), [("pull", zmq.PUSH), ("dealer", zmq.DEALER), ("sub", zmq.XPUB)])
def test_a_receiver_that_conflates(zmqcli: Zmqcli, peers: Peers, command: str, kind: int, way: list[str]) -> None:
    peer = peers.socket(kind, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start(command, "-c", endpoint_of(peer), *way, "-n", "1")
    if kind == zmq.XPUB:
        peer.recv()
    peer.send_multipart([b"first", b"last"])

    result = ours.finish().ok()
    assert result.lines == [b"last"]
    assert result.stderr.count(NOTE) == 1


def test_a_prefix_is_compared_with_what_is_kept(zmqcli: Zmqcli, peers: Peers) -> None:
    pub = peers.socket(zmq.XPUB, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("sub", "-c", endpoint_of(pub), "-s", "w", "--conflate", "-n", "1")
    pub.recv()
    pub.send_multipart([b"weather", b"lost"])
    pub.send(b"weather 72F")

    result = ours.finish().ok()
    assert result.lines == [b"weather 72F"]
    assert f"{NOTE}; -s is compared with that frame" in result.stderr


@pytest.mark.parametrize("way", WAYS)
def test_a_sender_that_conflates(zmqcli: Zmqcli, peers: Peers, way: list[str]) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")

    zmqcli("push", "-q", "-c", endpoint_of(pull), *way, "first", "last").error(2, "cannot be sent with --conflate")
