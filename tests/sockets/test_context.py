"""One context for several sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.sockets.context import shared_context

if TYPE_CHECKING:
    from tests.sockets.support import Connections


def test_sockets_of_one_context_meet_over_inproc(connections: Connections) -> None:
    with shared_context() as context:
        push = connections.open("PUSH", bind="inproc://here", context=context)
        pull = connections.open("PULL", connect="inproc://here", context=context)
        push.socket.send(b"hello")
        assert pull.socket.recv() == b"hello"
        connections.close()

    assert context.closed
