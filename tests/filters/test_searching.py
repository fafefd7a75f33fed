"""Searches in texts of any length, in this process and in another."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest

from zmqcli.errors import CutShort, ExitCode, ZmqcliError
from zmqcli.filters.searching import LONG_TEXT, Search
from zmqcli.signals import PATIENCE_SECONDS, Signals

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def signals() -> Iterator[Signals]:
    made = Signals(installs=False)
    yield made
    made.close()


LONG = "b" * LONG_TEXT


@pytest.mark.parametrize(
    "text", ["", "needle", "ein \u00e4 needle", LONG, f"{LONG}needle", f"{LONG}\udcff needle \U0001f600"]
)
@pytest.mark.parametrize("pattern", ["needle", r"(?i)NEEDLE", r"^b", r"le$", r"\U0001f600", "[\udc00-\udfff]"])
def test_another_process_finds_the_same(signals: Signals, pattern: str, text: str) -> None:
    here, there = Search(re.compile(pattern), None), Search(re.compile(pattern), signals)
    assert there.found(text) is here.found(text)
    assert there.found(text) is here.found(text)
    there.close()


def test_what_ends_the_command_ends_the_search(signals: Signals) -> None:
    search = Search(re.compile("(a+)+$"), signals)
    assert search.found("aaa")
    process = search._process
    assert process is not None
    threading.Timer(0.1, signals.pass_on, (ExitCode.TERMINATED,)).start()
    before = signals.begin()
    with pytest.raises(CutShort):
        search.found("a" * 60 + "b")
    signals.end(before=before)
    assert signals.since() >= PATIENCE_SECONDS
    assert process.returncode is not None

    assert search.found("aaa")  # another one
    search.close()


def test_a_process_that_is_gone_is_said(signals: Signals) -> None:
    search = Search(re.compile("a"), signals)
    assert search.found("a")
    assert search._process is not None
    search._process.kill()
    search._process.wait()
    with pytest.raises(ZmqcliError, match="cannot search"):
        search.found("a")
    search.close()
