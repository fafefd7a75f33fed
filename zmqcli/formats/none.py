"""`none`: writes nothing, for commands that only count, wait or measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from zmqcli.formats._api import Format, TapStyle, TerminalGuard

if TYPE_CHECKING:
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.formats._api import Chunk, RecordBatch, RecordOptions, Writer

__all__ = ["NoneFormat"]


class NoneFormat(Format):
    """Nothing at all."""

    name: ClassVar[str] = "none"
    summary: ClassVar[str] = "nothing: count, wait or measure only"
    prints: ClassVar[bool] = False
    guard: ClassVar[TerminalGuard] = TerminalGuard.OWN
    tap: ClassVar[TapStyle] = TapStyle.NOTHING
    shows_results: ClassVar[bool] = True

    @staticmethod
    def writer(_options: RecordOptions, _codecs: FrameCodecs) -> Writer:
        """Return a writer that drops what it gets."""
        return _Writer()


class _Writer:
    def format(self, _batch: RecordBatch) -> list[Chunk]:
        return []
