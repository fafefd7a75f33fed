"""How much and how long, when the user says nothing."""

from __future__ import annotations

from zmqcli.engine.limits import Limits


def test_without_a_word_there_is_no_end_one_peer_is_awaited_and_linger_is_5_seconds() -> None:
    limits = Limits()

    assert (limits.messages, limits.timeout, limits.duration, limits.interval) == (None, None, None, None)
    assert (limits.delay, limits.wait, limits.linger) == (0.0, 1, 5.0)
    assert (limits.transient, limits.retry) == (False, 0)


def test_zero_is_zero_and_not_none() -> None:
    limits = Limits(messages=0, timeout=0.0, duration=0.0, interval=0.0, wait=0, linger=0.0)

    assert all(value == 0 and value is not None for value in limits)
