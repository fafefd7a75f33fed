"""Whether the compiled batch path (_batches.c) is there: docs/decisions/0021-compiled-batches.md."""

from __future__ import annotations

import os
from functools import cache

__all__ = ["built"]


@cache
def built() -> bool:
    """Return whether it was built and is wanted. ZMQCLI_BATCHES=python forces its twins in Python."""
    if os.environ.get("ZMQCLI_BATCHES") == "python":
        return False
    try:
        from zmqcli import _batches  # noqa: F401 # only to see whether it is there
    except ImportError:
        return False
    return True
