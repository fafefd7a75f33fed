"""Ending a context in any case."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, cast

import zmq

from zmqcli.sockets import ending

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


class Stuck:
    """A context whose end does not come: libzmq's own does so by chance only."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.term: Callable[[], bool] = self.over.wait


def test_a_context_without_sockets_ends_at_once() -> None:
    context: zmq.Context[Any] = zmq.Context()
    before = time.monotonic()
    ending.end_context(context, 60.0)

    assert context.closed
    assert time.monotonic() - before < 5


def test_what_does_not_end_is_left_alone_after_linger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "GRACE_SECONDS", 0.01)
    context = Stuck()
    before = time.monotonic()
    ending.end_context(cast("zmq.Context[Any]", context), 0.02)

    assert 0.03 <= time.monotonic() - before < 5
    context.over.set()


def test_a_linger_without_end_is_no_mistake() -> None:
    context: zmq.Context[Any] = zmq.Context()
    ending.end_context(context, 1e12)

    assert context.closed
