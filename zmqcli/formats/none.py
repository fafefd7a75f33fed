"""`none`: writes nothing, for commands that only count, wait or measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NoReturn

from zmqcli.errors import OptionError

if TYPE_CHECKING:
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.formats._api import Chunk, RecordBatch, RecordOptions, Writer

__all__ = ["NoneFormat"]


class NoneFormat:
    """Nothing at all."""

    name: ClassVar[str] = "none"
    summary: ClassVar[str] = "nothing: count, wait or measure only"
    encodes: ClassVar[bool] = False

    @staticmethod
    def reader(_options: RecordOptions, _codecs: FrameCodecs) -> NoReturn:
        """Raise OptionError: there is nothing to read."""
        raise OptionError("none is no input format", hint="-I takes text, quoted, jsonl or raw")

    @staticmethod
    def writer(_options: RecordOptions, _codecs: FrameCodecs) -> Writer:
        """Return a writer that drops what it gets."""
        return _Writer()


class _Writer:
    def format(self, _batch: RecordBatch) -> list[Chunk]:
        return []
