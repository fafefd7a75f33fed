"""When the memory is looked at. What is found there is shown by real processes in test_endless_messages.py."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.support import cpu_seconds, until
from zmqcli.signals import SPENT_SECONDS, Signals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.processes import Zmqcli


@pytest.fixture
def signals() -> Iterator[Signals]:
    made = Signals()
    yield made
    made.close()


def test_the_processor_tells_when_it_is_time(signals: Signals) -> None:
    signals.watch()
    assert not signals.spent

    end = time.process_time() + 4 * SPENT_SECONDS
    while time.process_time() < end:
        pass
    assert signals.spent


def test_the_clock_of_the_processor_ends_with_the_signals() -> None:
    signals = Signals()
    signals.watch()
    signals.close()
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_nobody_wakes_an_idle_command(zmqcli: Zmqcli) -> None:
    pull = zmqcli.start("pull", "-b", "tcp://127.0.0.1:0", "-q", ready=True)
    pull.wait_ready()
    used, at = cpu_seconds(pull), time.monotonic()
    until(pull, lambda: time.monotonic() - at > 1.0, "a second")
    assert cpu_seconds(pull) - used <= 0.01
