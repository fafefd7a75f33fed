"""Fixtures for the tests of the sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sockets.support import Connections
from tests.support.outside import outside

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["connections", "outside"]


@pytest.fixture
def connections() -> Iterator[Connections]:
    """Return what makes connections, and closes them when the test ends."""
    made = Connections()
    yield made
    made.close()
