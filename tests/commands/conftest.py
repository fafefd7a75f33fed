"""Fixtures for the tests of what commands share."""

from __future__ import annotations

from tests.support.outside import outside

__all__ = ["outside"]
