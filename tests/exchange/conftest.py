"""Fixtures for the tests of the loops."""

from __future__ import annotations

from tests.sockets.conftest import connections
from tests.support.outside import outside

__all__ = ["connections", "outside"]
