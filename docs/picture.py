"""docs/pretty.svg: what `zmqcli sub` shows on a terminal, from a real run; its times are replaced by fixed ones."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

__all__ = ["picture"]

ZMQCLI = Path(sys.executable).with_name("zmqcli")
COLUMNS = 84
PATIENCE = 20
TYPED = "$ zmqcli sub -c tcp://sensors:5556"  # the run itself is over ipc: a port might be taken
MESSAGES = rb"""{"frames":["weather.oslo","{\"temp\": 3.5, \"sky\": \"clear\", \"wind\": null}"]}
{"frames":["weather.rome",{"base64":"g6R0ZW1wFaNza3mkcmFpbqRnc3RzkwECAw=="}]}
{"frames":["camera",{"base64":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"}]}
"""
TIMES = ("12:00:00.123", "12:00:01.134", "12:00:01.634")
GAPS = ("+1.011s", "+0.500s")

# Rich's own, less the fonts it takes from the network.
FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "Fira Code", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture() -> str:
    """Return the picture as SVG, the same each time."""
    times, gaps = iter(TIMES), iter(GAPS)
    shown = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", lambda _: next(times), seen())
    shown = re.sub(r"\+\d+\.\d{3}s", lambda _: next(gaps), shown)
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor", _environ={}
    )
    console.print(Text(TYPED, style="bold"))
    console.print(Text.from_ansi(shown))
    svg = console.export_svg(title="zmqcli", theme=MONOKAI, code_format=FORMAT, unique_id="zmqcli")
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def seen() -> str:
    """Return what a subscriber writes to a terminal of COLUMNS columns."""
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    variables = {"PATH": os.defpath, "TERM": "xterm-256color", "LANG": "C.UTF-8", "ZMQCLI_CONFIG": ""}
    with tempfile.TemporaryDirectory(prefix="zq") as directory:
        publisher = [ZMQCLI, "pub", "-q", "-b", "./s", "-t", str(PATIENCE), "-I", "jsonl"]
        subscriber = [ZMQCLI, "sub", "-q", "-c", "./s", "-n", str(MESSAGES.count(b"\n")), "-t", str(PATIENCE)]
        with subprocess.Popen(
            subscriber, cwd=directory, env=variables, stdin=subprocess.DEVNULL, stdout=terminal
        ) as process:
            os.close(terminal)
            subprocess.run(publisher, cwd=directory, env=variables, input=MESSAGES, timeout=2 * PATIENCE, check=True)
            written = b"".join(iter(lambda: chunk(screen), b""))
        os.close(screen)
        if process.returncode:
            raise RuntimeError(f"the subscriber ended with {process.returncode}")
    return written.replace(b"\r\n", b"\n").decode()


def chunk(screen: int) -> bytes:
    """Return what has come; nothing once nobody has the terminal any more, which Linux calls EIO."""
    try:
        return os.read(screen, 65_536)
    except OSError:
        return b""
