"""The terminal and what may be written to it. Only here is Rich imported: in functions, once something is drawn."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Literal, TextIO

from zmqcli.escaping import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.segment import Segment

__all__ = [
    "ColorChoice",
    "LiveTable",
    "Page",
    "Progress",
    "is_same_terminal",
    "is_terminal",
    "table",
    "wants_color",
    "width",
]

ColorChoice = Literal["auto", "always", "never"]

_DEFAULT_WIDTH = 80
_MANY_SEGMENTS = 10_000  # a segment takes far more memory than its text
_DEFAULT_HEIGHT = 25


def is_terminal(fd: int) -> bool:
    """Tell whether the descriptor is a terminal; a closed one is not."""
    return os.isatty(fd)


def is_same_terminal(stream: TextIO, fd: int) -> bool:
    """Tell whether `stream` and `fd` are one terminal, so that what is written to one is in the other's way."""
    try:
        return stream.isatty() and is_terminal(fd) and os.fstat(stream.fileno()).st_rdev == os.fstat(fd).st_rdev
    except (OSError, ValueError):  # closed, or not a file
        return False


def width(fd: int) -> int:
    """Return the columns of the terminal at `fd`; 80 when it is none, or does not say."""
    return _terminal_size(fd)[0]


def _terminal_size(fd: int) -> tuple[int, int]:
    try:
        columns, lines = os.get_terminal_size(fd)
    except OSError:
        columns = lines = 0
    return columns or _DEFAULT_WIDTH, lines or _DEFAULT_HEIGHT


def wants_color(choice: ColorChoice, fd: int, variables: Mapping[str, str]) -> bool:
    """Tell whether to write colours to `fd`, `variables` being the environment.

    `auto`: on a terminal, unless NO_COLOR is set and not empty (https://no-color.org) or TERM is `dumb`.
    """
    if choice != "auto":
        return choice == "always"
    return is_terminal(fd) and not variables.get("NO_COLOR") and variables.get("TERM") != "dumb"


class Page:
    """Styled lines on their way to the terminal: `add`, `end_line`, and at last `render`.

    Whatever is added is made `safe` here, so that no payload can reach the terminal otherwise, and becomes a Rich
    segment, which is literal: neither markup nor emoji codes mean anything in it. Lines are not wrapped: the
    terminal does that, and what is copied from it stays whole.
    """

    def __init__(self, columns: int, *, color: bool) -> None:
        from io import StringIO

        from rich.segment import Segment, Segments

        self._file = StringIO()
        self._console = _console(self._file, columns, color=color)
        self._new_segment = Segment
        self._all = Segments
        self._segments: list[Segment] = []

    def add(self, text: str, style: str = "") -> None:
        """Add to the current line, in a style of Rich (`bold cyan`)."""
        self._segments.append(self._new_segment(safe(text), self._console.get_style(style) if style else None))

    def end_line(self) -> None:
        """End the current line."""
        self._segments.append(self._new_segment("\n"))
        if len(self._segments) > _MANY_SEGMENTS:
            self._draw()

    def render(self) -> bytes:
        """Return what was added since the last call. One call for many lines is much cheaper than many."""
        self._draw()
        text = self._file.getvalue()
        self._file.seek(0)
        self._file.truncate()
        return text.encode()

    def _draw(self) -> None:
        self._console.print(self._all(self._segments), soft_wrap=True, end="")
        self._segments = []


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    terminal: bool,
    columns_wide: int = _DEFAULT_WIDTH,
    color: bool = False,
) -> str:
    """Return a table with a head line: drawn by Rich for a terminal, else plain aligned text for `awk` and `cut`.

    A cell is made safe; on a terminal a long one is folded, in plain text it never is.
    """
    cells = [[safe(cell) for cell in row] for row in (columns, *rows)]
    if not terminal:
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ("  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)) for row in cells)
        return "".join(f"{line.rstrip()}\n" for line in lines)
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for head in cells[0]:
        drawn.add_column(Text(head), overflow="fold")
    for row in cells[1:]:
        drawn.add_row(*map(Text, row))
    file = StringIO()
    _console(file, columns_wide, color=color).print(drawn)
    return file.getvalue()


class LiveTable:
    """A table that is drawn over its last self, as many rows of it as the terminal has room for.

    It writes nothing by itself: each call returns what is to be written to the terminal at `fd`.
    """

    _ROUND_IT = 5
    """Lines beside the rows: head, rule, the line below with an empty one above, the cursor's."""

    def __init__(self, fd: int, *, color: bool) -> None:
        from io import StringIO

        from rich.live import Live

        self._fd = fd
        self._file = StringIO()
        self._console = _console(self._file, None, color=color, terminal=True)
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,  # as for Progress
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    def draw(self, columns: Sequence[str], rows: Sequence[Sequence[str]], below: str, *, last: bool = False) -> bytes:
        """Return what draws the table, with a line `below` it; after the `last` time the cursor is free again.

        Cells are made safe, and cut where they do not fit. Only the first rows are drawn where not all fit.
        """
        from rich.box import SIMPLE_HEAD
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        size = _terminal_size(self._fd)
        self._console.width, self._console.height = size
        room = max(1, size[1] - self._ROUND_IT)
        cells = [[safe(cell) for cell in row] for row in rows[:room]]
        drawn = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for index, head in enumerate(columns):
            # The last column gives way first, the first one takes no more than a third, numbers stay whole.
            widest = size[0] // 3 if index == 0 else None
            drawn.add_column(Text(head), no_wrap=index < len(columns) - 1, overflow="ellipsis", max_width=widest)
        for row in cells:
            drawn.add_row(*[Text(cell, no_wrap=True, overflow="ellipsis") for cell in row])
        more = f"; {len(rows) - room} more" if len(rows) > room else ""
        if not self._live.is_started:
            self._live.start()
        self._live.update(Group(drawn, Text(""), Text(safe(f"{below}{more}"), "dim")), refresh=True)
        if last:
            self._live.stop()
        return self._drawn()

    def above(self, line: str) -> bytes:
        """Return what puts a line above the table, where it stays, and draws the table again below it."""
        _print_line(self._console, line)
        return self._drawn()

    def _drawn(self) -> bytes:
        text = self._file.getvalue()
        self._file.seek(0)
        self._file.truncate()
        return text.encode()


class Progress:
    """A bar on stderr for a long send: how much of a known total is sent, how fast, how long it will take.

    For a `stream` that is a terminal; the caller asks. It appears only after `delay_s`, so that short sends neither
    flicker nor load Rich. No thread draws it: `update` does, at most ten times a second.
    """

    def __init__(
        self,
        stream: TextIO,
        total: int,
        *,
        unit: Literal["bytes", "records"] = "bytes",
        label: str = "sending",
        color: bool = True,
        clock: Callable[[], float] = time.monotonic,
        delay_s: float = 0.5,
    ) -> None:
        self._stream = stream
        self._total = total
        self._unit = unit
        self._label = label
        self._color = color
        self._clock = clock
        self._delay_s = delay_s
        self._due_s: float | None = None  # when to draw next; None while stopped
        self._bar: RichProgress | None = None
        self._task: Any = None

    def start(self) -> None:
        """Begin to count the time."""
        self._due_s = self._clock() + self._delay_s

    def update(self, done: int) -> None:
        """Say that `done` bytes or records of the total are sent by now. Cheap enough for every batch."""
        if self._due_s is None or (now_s := self._clock()) < self._due_s:
            return
        self._due_s = now_s + 0.1
        if self._bar is None:
            self._bar = self._drawn()
            self._task = self._bar.add_task(self._label, total=self._total)
            self._bar.start()
        self._bar.update(self._task, completed=done)
        self._bar.refresh()

    def above(self, line: str) -> None:
        """Put a line above the bar, where it stays."""
        if self._bar is not None:
            _print_line(self._bar.console, line)
            return
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def stop(self, done: int | None = None) -> None:
        """Draw the end, with `done` if given, and leave the bar standing. Nothing happens when there was none."""
        self._due_s = None
        if self._bar is not None:
            if done is not None:
                self._bar.update(self._task, completed=done)
            self._bar.stop()
            self._bar = None

    def _drawn(self) -> RichProgress:
        from rich import progress

        amount: tuple[progress.ProgressColumn, ...]
        if self._unit == "bytes":
            amount = (progress.DownloadColumn(binary_units=True), progress.TransferSpeedColumn())
        else:
            amount = (progress.MofNCompleteColumn(),)
        return progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            *amount,
            progress.TimeRemainingColumn(),
            console=_console(self._stream, None, color=self._color, terminal=True),
            auto_refresh=False,
            redirect_stdout=False,  # Rich would replace sys.stdout, which is not ours to replace
            redirect_stderr=False,
            get_time=self._clock,
        )


def _print_line(console: Console, line: str) -> None:
    """Print a line as it is, above whatever is live: it is not wrapped, so what is copied from it stays whole."""
    from rich.segment import Segment, Segments

    console.print(Segments([Segment(line), Segment.line()]), crop=False)


def _console(file: TextIO, columns: int | None, *, color: bool, terminal: bool = False) -> Console:
    """Return a console that takes no colour from the environment and nothing for markup."""
    from rich.console import Console

    return Console(
        file=file,
        width=columns,
        force_terminal=color or terminal,
        color_system="standard" if color else None,  # the 16 colours of the user's own theme
        no_color=not color,
        legacy_windows=False,
        emoji=False,
        markup=False,
        highlight=False,
    )
