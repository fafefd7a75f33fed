"""What may happen to messages between the two sides of a proxy: faults (faults.py), or the transform of a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zmqcli.message import Batch

__all__ = ["Handling"]


class Handling(Protocol):
    """What happens to messages on their way through: faults, or a transform."""

    @property
    def held(self) -> int:
        """How many messages are in hand."""

    @property
    def full(self) -> bool:
        """Whether no more may be read."""

    @property
    def room(self) -> int:
        """How many messages may be read at once."""

    @property
    def due(self) -> float | None:
        """When something is to be done, whatever the sockets say."""

    def advance(self, now: float) -> None:
        """Do what can be done without waiting, also while nothing can be released."""

    def take(self, batch: Batch, now: float) -> Batch:
        """Take messages read at `now` in hand; return what goes on at once."""

    def release(self, now: float) -> Batch:
        """Return what goes on now of what is in hand."""

    def summary(self) -> str:
        """Return what has happened so far, for a person."""
