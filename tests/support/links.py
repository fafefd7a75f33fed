"""The ways for `zmqcli` and a peer to meet: over which transport, and who binds, and who is there first."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from tests.support.peers import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from tests.support.peers import PeerProcess, Peers
    from tests.support.processes import Process, Stdin, Zmqcli

__all__ = ["SOAK", "TRANSPORTS", "WAYS", "Link", "Side", "Transport", "any_endpoint", "by_turn", "known_endpoint"]

SOAK = os.environ.get("ZMQCLI_SOAK") == "1"
"""Whether to take the time for every way and for the full numbers."""

Transport: TypeAlias = Literal["tcp", "ipc"]
TRANSPORTS: tuple[Transport, ...] = ("tcp", "ipc")

Side: TypeAlias = Literal["binds", "connects", "connects-first"]
WAYS: tuple[tuple[Transport, Side], ...] = (
    ("tcp", "binds"),
    ("tcp", "connects-first"),
    ("ipc", "binds"),
    ("ipc", "connects"),
)
"""Each transport both ways round; who is there first has little to do with the transport."""


Choice = TypeVar("Choice")


def by_turn(request: pytest.FixtureRequest, choices: Sequence[Choice]) -> Choice:
    """Return the choice that is this test's turn: always the same for one name, and each for some of the names."""
    name: str = request.node.originalname
    return choices[zlib.crc32(name.encode()) % len(choices)]


def any_endpoint(transport: Transport, directory: Path) -> str:
    """Return an endpoint to bind; on tcp the port is found then."""
    return "tcp://127.0.0.1:0" if transport == "tcp" else f"ipc://{directory}/socket"


def known_endpoint(transport: Transport, directory: Path) -> str:
    """Return an endpoint that can be connected to before anybody has bound it."""
    return f"tcp://127.0.0.1:{free_port()}" if transport == "tcp" else f"ipc://{directory}/socket"


@dataclass(frozen=True)
class Link:
    """One way for a `zmqcli` command and a plain pyzmq process to meet."""

    transport: Transport
    side: Side
    """What `zmqcli` does. It connects first when the peer is only started once `zmqcli` says it is ready."""
    zmqcli: Zmqcli
    peers: Peers

    def meet(
        self, command: Sequence[str | bytes], peer: Sequence[str], *, stdin: Stdin = None
    ) -> tuple[Process, PeerProcess]:
        """Start `zmqcli COMMAND` and `peer.py PEER` so that they find each other, and return both."""
        name, *rest = command
        directory = self.zmqcli.directory
        if self.side == "binds":
            ours = self.zmqcli.start(
                name, "-b", any_endpoint(self.transport, directory), *rest, stdin=stdin, ready=True
            )
            theirs = self.peers.start(*peer, "--connect", ours.endpoint)
            assert theirs.endpoint
        elif self.side == "connects":
            theirs = self.peers.start(*peer, "--bind", any_endpoint(self.transport, directory))
            ours = self.zmqcli.start(name, "-c", theirs.endpoint, *rest, stdin=stdin)
        else:
            endpoint = known_endpoint(self.transport, directory)
            ours = self.zmqcli.start(name, "-c", endpoint, *rest, stdin=stdin, ready=True)
            ours.wait_ready()
            theirs = self.peers.start(*peer, "--bind", endpoint)
            assert theirs.endpoint == endpoint
        return ours, theirs
