"""The terminal: what it is, and that nothing dangerous is written to it."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.screens import what_is_seen
from zmqcli.terminal.drawing import (
    ColorChoice,
    LiveTable,
    Page,
    Progress,
    is_same_terminal,
    is_terminal,
    table,
    wants_color,
    width,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def terminal() -> Iterator[int]:
    """Return the descriptor of a terminal, 0 columns wide as a new one is."""
    main, other = pty.openpty()
    yield other
    os.close(main)
    os.close(other)


@pytest.fixture
def pipe() -> Iterator[int]:
    reading, writing = os.pipe()
    yield writing
    os.close(reading)
    os.close(writing)


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_what_is_a_terminal(terminal: int, pipe: int) -> None:
    assert is_terminal(terminal)
    assert not is_terminal(pipe)
    assert not is_terminal(987)


def test_width(terminal: int, pipe: int) -> None:
    assert width(terminal) == 80
    subprocess.run(["stty", "cols", "123"], stdin=terminal, check=True)  # noqa: S607 - coreutils, wherever they are
    assert width(terminal) == 123
    assert width(pipe) == 80


@pytest.mark.parametrize(
    ("choice", "variables", "expected"),
    [
        ("auto", {}, (True, False)),
        ("auto", {"NO_COLOR": "1"}, (False, False)),
        ("auto", {"NO_COLOR": ""}, (True, False)),
        ("auto", {"TERM": "dumb"}, (False, False)),
        ("auto", {"TERM": "xterm"}, (True, False)),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, (True, True)),
        ("never", {}, (False, False)),
    ],
)
def test_color(
    terminal: int, pipe: int, choice: ColorChoice, variables: dict[str, str], expected: tuple[bool, bool]
) -> None:
    assert (wants_color(choice, terminal, variables), wants_color(choice, pipe, variables)) == expected


def test_a_page_is_safe_and_literal() -> None:
    page = Page(20, color=False)
    page.add("[bold]x[/foo] :smile: \x1b[2J" + "long " * 20, "bold")
    page.end_line()
    page.add("ø")
    assert page.render().decode() == "[bold]x[/foo] :smile: \\x1b[2J" + "long " * 20 + "\nø"
    assert page.render() == b""


def test_a_page_in_color() -> None:
    page = Page(20, color=True)
    page.add("a", "bold cyan")
    page.add("b")
    assert page.render() == b"\x1b[1;36ma\x1b[0mb"


def test_a_plain_table() -> None:
    text = table(["name", "type"], [["ROUTING_ID", "bytes"], ["\x1b[1m", ""]], terminal=False)
    assert text == "name        type\nROUTING_ID  bytes\n\\x1b[1m\n"
    assert table(["a"], [], terminal=False) == "a\n"


def test_a_drawn_table() -> None:
    text = table(["name", "what"], [["[b]x[/y]", "w" * 30]], terminal=True, columns_wide=30, color=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "[b]x[/y]" in plain
    assert max(map(len, plain.splitlines())) <= 30
    assert plain.count("w") == 31
    assert plain != text
    assert "\x1b" not in table(["a"], [["b"]], terminal=True)


def test_a_live_table_is_drawn_over_itself_and_fits(terminal: int) -> None:
    subprocess.run(["stty", "cols", "60", "rows", "8"], stdin=terminal, check=True)  # noqa: S607 - coreutils, as above
    table = LiveTable(terminal, color=False)
    first = table.draw(["TOPIC", "N", "VALUE"], [], "nothing yet").decode()
    rows = [["[bold]x[/y]" * 5, f"{number:07}", "\x1b[2J" * 30] for number in range(9)]
    second = table.draw(["TOPIC", "N", "VALUE"], rows, "9 topics").decode()
    last = table.draw(["TOPIC", "N", "VALUE"], rows[:1], "1 topic", last=True).decode()

    assert "\x1b[?25l" in first
    assert "nothing yet" in first
    assert "\x1b[1A" in second
    assert "0000002" in second
    assert "0000003" not in second
    assert "9 topics; 6 more" in second
    assert "[bold]x" in second
    assert "\x1b[2J" not in second + last
    assert max(map(len, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", second).splitlines())) <= 60
    assert "\x1b[?25h" in last
    assert last.endswith(("\n", "\x1b[?25h"))


def test_a_line_above_a_live_table_stays_whole_and_drawn_once(terminal: int) -> None:
    subprocess.run(["stty", "cols", "60", "rows", "8"], stdin=terminal, check=True)  # noqa: S607 - coreutils, as above
    table = LiveTable(terminal, color=False)
    long = "zmqcli: [bold]hint[/bold]: " + "x" * 100
    rows = [["topic", "1", "value"]]
    written = table.draw(["TOPIC", "N", "VALUE"], rows, "1 topic") + table.above(long) + table.above("short")
    written += table.draw(["TOPIC", "N", "VALUE"], rows, "1 topic, again", last=True)

    seen = [line for line in what_is_seen(written) if line.strip()]
    assert seen[:2] == [long, "short"]
    assert [line.split()[0].strip("─") for line in seen[2:]] == ["TOPIC", "", "topic", "1"]
    assert seen[-1].split() == ["1", "topic,", "again"]


def test_one_terminal_is_told_from_another(terminal: int) -> None:
    main, other = pty.openpty()
    with Path(os.ttyname(terminal)).open("w") as same, Path(os.ttyname(other)).open("w") as another:
        assert is_same_terminal(same, terminal)
        assert not is_same_terminal(another, terminal)
        assert not is_same_terminal(StringIO(), terminal)
    os.close(main)
    os.close(other)


def test_a_line_above_a_bar_stays() -> None:
    clock, stream = Clock(), StringIO()
    progress = Progress(stream, 100, clock=clock, delay_s=0, color=False)
    progress.start()
    progress.above("before")
    progress.update(50)
    progress.above("meanwhile")
    clock.now_s += 1
    progress.update(60)
    progress.stop(100)
    progress.above("after")

    seen = [line.split()[0] for line in what_is_seen(stream.getvalue().encode()) if line.strip()]
    assert seen == ["before", "meanwhile", "sending", "after"]


def test_a_short_send_draws_nothing() -> None:
    clock, stream = Clock(), StringIO()
    progress = Progress(stream, 100, clock=clock)
    progress.start()
    clock.now_s += 0.4
    progress.update(50)
    progress.stop(100)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(("unit", "shown"), [("bytes", "2.0/2.0 KiB"), ("records", "2048/2048")])
def test_a_long_send_draws_a_bar(unit: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    clock, stream = Clock(), StringIO()
    threads, stdout, stderr = threading.active_count(), sys.stdout, sys.stderr
    progress = Progress(stream, 2048, unit="bytes" if unit == "bytes" else "records", clock=clock)
    progress.start()
    clock.now_s += 1
    progress.update(512)
    assert "sending" in stream.getvalue()
    assert (threading.active_count(), sys.stdout, sys.stderr) == (threads, stdout, stderr)
    drawn = len(stream.getvalue())
    clock.now_s += 0.05
    progress.update(600)
    assert len(stream.getvalue()) == drawn
    clock.now_s += 0.1
    progress.update(700)
    assert len(stream.getvalue()) > drawn
    progress.stop(2048)
    progress.update(1)
    progress.stop()
    assert shown in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())
    assert stream.getvalue().endswith("\x1b[?25h")


def test_a_bar_without_color() -> None:
    clock, stream = Clock(), StringIO()
    progress = Progress(stream, 10, color=False, clock=clock, delay_s=0)
    progress.start()
    progress.update(5)
    progress.stop(10)
    assert "sending" in stream.getvalue()
    assert not re.search(r"\x1b\[[0-9;]*m", stream.getvalue())


def test_importing_it_is_cheap() -> None:
    code = "import sys, zmqcli.terminal.drawing; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"rich", "dataclasses", "json", "zmq"} & set(loaded.split())
