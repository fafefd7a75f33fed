"""One context for several sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zmqcli.sockets.context import shared_context

if TYPE_CHECKING:
    from tests.support.connections import Connections


def test_sockets_of_one_context_meet_over_inproc(connections: Connections) -> None:
    with shared_context() as context:
        push = connections.open("PUSH", bind="inproc://here", context=context)
        pull = connections.open("PULL", connect="inproc://here", context=context)
        push.socket.send(b"hello")
        assert pull.socket.recv() == b"hello"
        connections.close()

    assert context.closed


def test_a_name_that_is_sent_to_and_never_bound_is_known(connections: Connections) -> None:
    with shared_context() as context:
        connections.open("PUSH", connect="inproc://nobody", context=context)
        connections.open("PULL", connect="inproc://other", context=context)
        connections.open("PULL", bind="inproc://here", context=context)
        connections.close()

    assert context.sent_to - context.bound == {"inproc://nobody"}


@pytest.mark.parametrize(("endpoint", "count"), [("inproc://here", 1), ("tcp://127.0.0.1:0", 0)])
def test_over_inproc_a_peer_is_taken_for_granted(connections: Connections, endpoint: str, count: int) -> None:
    with shared_context() as context:
        push = connections.open("PUSH", bind=endpoint, context=context)

        assert push.peers.count == count
        connections.close()
