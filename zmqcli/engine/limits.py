"""How much and how long: the values of `-n -t --duration -i --delay -w --linger --transient`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zmqcli.message import Message

__all__ = ["Cut", "DurationOver", "Limits", "PatienceOver"]


class DurationOver(Exception):  # no error: the time the user gave has passed
    """`--duration` has passed."""


class PatienceOver(Exception):  # no error by itself: what was not sent is counted afterwards
    """Linger has passed while everything that is left waits for a peer to come back."""


class Cut(Exception):  # carries what ends the command past those who still have a peer to answer
    """What ends the command came while an answer was being made."""

    def __init__(self, by: Exception, reply: Message) -> None:
        super().__init__("cut short")
        self.by = by
        """What it was: to be raised once the reply is on its way."""
        self.reply = reply
        """What the peer gets instead, envelope included."""


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
