"""`none`: nothing."""

from __future__ import annotations

import pytest

from tests.formats.support import reader, written
from zmqcli.errors import OptionError


def test_nothing() -> None:
    assert written("none", [[b"a", b"b"]]) == b""


def test_no_input() -> None:
    with pytest.raises(OptionError, match="none is no input format"):
        reader("none")
