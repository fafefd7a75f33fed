"""What the engine asks of a source of messages. The sources themselves are in exchange/source.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zmqcli.message import Batch, Frame

__all__ = ["Source"]


class Source(Protocol):
    """Messages to be sent, batch by batch."""

    @property
    def reads_input(self) -> bool:
        """Whether stdin has to be readable before `take`."""

    @property
    def ended(self) -> bool:
        """Whether nothing comes any more."""

    @property
    def exhausted(self) -> bool:
        """Whether nothing more comes from outside; what has come may not all be taken."""

    @property
    def reads_ahead(self) -> bool:
        """Whether `fill` may be called once more, though something that was read is left."""

    def take(self, limit: int | None = None) -> Batch:
        """Return the next messages, at most `limit`, perhaps none yet."""

    def stop(self) -> Batch:
        """Take nothing more from outside; return what has been accepted and not taken."""

    def fill(self) -> None:
        """Read ahead once, when stdin is readable."""

    @property
    def first_frame(self) -> Frame | None:
        """The first frame of what will be sent, when that is known beforehand."""

    @property
    def due(self) -> float:
        """When the next message is to go (`Environment.monotonic`); 0.0 where nothing but `-i` paces it."""
