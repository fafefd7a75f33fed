"""What an ipc receiver can do about senders that close while it is at its high-water mark (libzmq #4660)."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from tests.faults.support import line_bytes, read_some

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.support import Actor
    from tests.support.processes import Zmqcli

LINES = 20_000


def read_all(descriptor: int) -> bytes:
    """Read a pipe until its writer has ended."""
    return b"".join(iter(lambda: read_some(descriptor), b""))


def test_a_loss_is_said(zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
    reading, writing = os.pipe()
    pull = zmqcli.start("pull", "-q", "-b", f"ipc://{short_dir}/s", "--transient", stdout=writing, ready=True)
    os.close(writing)
    actor.open("PUSH", connect=pull.endpoint)
    actor.do("flood", name="it", size=100, patience=500)
    actor.shut()
    actor.end()
    shown = read_all(reading)
    os.close(reading)

    line = pull.finish().error(1, "--hwm 0")
    assert int(re.findall(r"(\d+) bytes lost", line)[0]) > 0
    assert shown == line_bytes(shown.count(b"\n"))


def test_without_a_mark_nothing_is_lost(zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
    reading, writing = os.pipe()
    pull = zmqcli.start(
        "pull", "-q", "-b", f"ipc://{short_dir}/s", "--transient", "--hwm", "0", stdout=writing, ready=True
    )
    os.close(writing)
    actor.open("PUSH", connect=pull.endpoint)
    actor.send(LINES)
    actor.end()
    shown = read_all(reading)
    os.close(reading)

    assert pull.finish().ok().stderr == ""
    assert shown == line_bytes(LINES)
