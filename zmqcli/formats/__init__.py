"""How messages look outside: one format a file, named in `_registry.py`.

They use codecs and the terminal.
Start at `_api.py`.
"""

from zmqcli.formats._api import Format, Reader, RecordBatch, RecordOptions, TapStyle, TerminalGuard, Writer

__all__ = ["Format", "Reader", "RecordBatch", "RecordOptions", "TapStyle", "TerminalGuard", "Writer"]
