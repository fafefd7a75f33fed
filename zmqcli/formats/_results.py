"""How a result of `--query` is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.codecs._text import compact

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value

__all__ = ["result_text"]


def result_text(result: Value) -> str:
    """Return what `--query` gave as it is shown: a string as itself, else compact JSON."""
    return result if isinstance(result, str) else compact(result)
