"""What the formats that show bytes as they are let through to a terminal."""

from __future__ import annotations

import pytest

from zmqcli.codecs.pipeline import RAW
from zmqcli.errors import UsageError
from zmqcli.formats._api import RecordBatch, RecordOptions
from zmqcli.formats._registry import load
from zmqcli.formats.terminal_guard import guarded


def written(name: str, *frames: bytes) -> bytes:
    writer = guarded(load(name).writer(RecordOptions(), RAW), load(name).guard)
    return b"".join(bytes(chunk) for chunk in writer.format(RecordBatch([list(frames)], 0)))


def test_text_shows_control_characters_escaped() -> None:
    assert written("text", b"\x1b[2J", b"caf\xc3\xa9\xff") == b"\\x1b[2J\tcaf\xc3\xa9\\xff\n"


def test_jsonl_stays_json_that_says_the_same() -> None:
    line = written("jsonl", "\x1b[2J\x9b\u202e\x7f".encode(), b"\x9b")

    assert rb'"frames":["\u001b[2J\u009b\u202e\u007f",{"base64":"mw=="}]}' in line
    assert line.endswith(b"\n")


def test_raw_passes_what_a_terminal_does_not_act_on() -> None:
    assert written("raw", b"plain\ttext\n") == b"plain\ttext\n"


def test_raw_refuses_what_a_terminal_would_act_on() -> None:
    with pytest.raises(UsageError, match="--raw-tty"):
        written("raw", b"\x1b]0;title\x07")
