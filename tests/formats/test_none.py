"""`none`: nothing."""

from __future__ import annotations

from tests.formats.support import written


def test_nothing() -> None:
    assert written("none", [[b"a", b"b"]]) == b""
