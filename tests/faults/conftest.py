"""Fixtures of the fault suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.support import SOAK, Actor
from tests.support.links import TRANSPORTS, Transport, by_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SOAK_SECONDS = 3600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the full numbers the time they need."""
    if SOAK:
        for item in items:
            item.add_marker(pytest.mark.timeout(SOAK_SECONDS))


@pytest.fixture
def actors(short_dir: Path) -> Iterator[Callable[[], Actor]]:
    """Return a maker of plain peers; all of them are gone when the test ends."""
    made: list[Actor] = []

    def make() -> Actor:
        made.append(Actor(short_dir))
        return made[-1]

    yield make
    for actor in made:
        actor.close()


@pytest.fixture
def actor(actors: Callable[[], Actor]) -> Actor:
    """Return one plain peer."""
    return actors()


@pytest.fixture(params=TRANSPORTS if SOAK else None)
def transport(request: pytest.FixtureRequest) -> Transport:
    """Return the transport whose turn it is; with ZMQCLI_SOAK=1 each.

    A fault that depends on the transport is tested on both: `@both_transports`.
    """
    if SOAK:
        name: Transport = request.param
        return name
    return by_turn(request, TRANSPORTS)
