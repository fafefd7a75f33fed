"""The formats by name, and what loading one costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from zmqcli.errors import OptionError
from zmqcli.formats import _registry
from zmqcli.formats._api import Format, TapStyle, TerminalGuard
from zmqcli.formats.csv import CsvFormat
from zmqcli.formats.hexdump import HexdumpFormat
from zmqcli.formats.jsonl import JsonlFormat
from zmqcli.formats.none import NoneFormat
from zmqcli.formats.pretty import PrettyFormat
from zmqcli.formats.quoted import QuotedFormat
from zmqcli.formats.raw import RawFormat
from zmqcli.formats.text import TextFormat

# mypy holds each against the protocol here; the registry itself only knows names.
FORMATS: list[type[Format]] = [
    TextFormat,
    QuotedFormat,
    JsonlFormat,
    CsvFormat,
    RawFormat,
    HexdumpFormat,
    PrettyFormat,
    NoneFormat,
]

HEAVY = {"json", "base64", "difflib", "rich", "datetime", "msgpack", "zmq", "email", "zmqcli.formats.escapes"}


def test_each_name_is_its_format() -> None:
    assert [_registry.load(name) for name in _registry.names()] == FORMATS
    assert [form.name for form in FORMATS] == _registry.names()
    assert all(form.summary for form in FORMATS)
    assert [form.name for form in FORMATS if form.encodes] == ["jsonl"]


def test_a_wrong_name_brings_the_nearest() -> None:
    with pytest.raises(OptionError, match=r"there is no record format 'json'; did you mean jsonl"):
        _registry.load("json")
    with pytest.raises(OptionError, match="there are text quoted jsonl"):
        _registry.load("zzz")


@pytest.mark.parametrize("name", ["hexdump", "pretty", "none"])
def test_a_format_that_is_only_written_is_no_input(name: str) -> None:
    with pytest.raises(OptionError, match=rf"^{name} is no input format; -I takes text, quoted, jsonl, csv or raw$"):
        _registry.load_reader(name)


def test_what_declares_nothing_is_escaped_and_keeps_its_direction() -> None:
    assert not Format.reads
    assert Format.prints
    assert Format.guard is TerminalGuard.ESCAPED
    assert Format.tap is TapStyle.COLUMN


def test_text_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from zmqcli.codecs.pipeline import RAW\n"
        "from zmqcli.formats import _registry\n"
        "from zmqcli.formats._api import RecordBatch, RecordOptions\n"
        "import zmqcli.terminal.drawing\n"
        "form = _registry.load('text')\n"
        "form.reader(RecordOptions(), RAW).feed(b'a\\nb')\n"
        "form.writer(RecordOptions(), RAW).format(RecordBatch([[b'a']], 0))\n"
        "print(*sys.modules)\n"
    )
    loaded = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    assert not HEAVY & set(loaded.split())
