"""How much and how long: the values of `-n -t --duration -i --delay -w --linger --transient`."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Limits"]


class Limits(NamedTuple):
    """Times in seconds. None is "no limit"; 0 is 0."""

    messages: int | None = None
    """Messages to receive, or to send."""
    timeout: float | None = None
    """Idle time after which the command gives up with exit code 124, in seconds."""
    duration: float | None = None
    """Total running time after which the command stops, in seconds."""
    interval: float | None = None
    """From one send to the next."""
    delay: float = 0.0
    """Before the first send."""
    wait: int = 1
    """Peers to wait for before the first send; 0: none, ever."""
    linger: float = 5.0
    """To get everything out after the last send."""
    transient: bool = False
    """Whether to stop once every peer that had connected has left."""
    retry: int = 0
    """`req`: how often to send again when no reply came within `timeout`."""
