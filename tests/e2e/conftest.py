"""Fixtures of the end-to-end tests: each meets its peer on both transports, and once on each side of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.links import SOAK, TRANSPORTS, WAYS, Link, by_turn

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


@pytest.fixture(params=WAYS if SOAK else TRANSPORTS, ids="-".join if SOAK else None)
def link(request: pytest.FixtureRequest, zmqcli: Zmqcli, peers: Peers) -> Link:
    """Return a way for `zmqcli` and a plain pyzmq process to meet on each transport; with ZMQCLI_SOAK=1 every way.

    Which side connects is the turn of the test's name, so every command binds in one test and connects in another.
    """
    if SOAK:
        transport, side = request.param
    else:
        transport, side = by_turn(request, [way for way in WAYS if way[0] == request.param])
    return Link(transport, side, zmqcli, peers)
