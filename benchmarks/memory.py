"""The most memory each process ever had in RAM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from measure import peak_bytes, started
from programs import PYTHON
from table import Section, compare
from throughput import free_endpoint, lines_file

if TYPE_CHECKING:
    from measure import Plan
    from programs import Pair, Programs

__all__ = ["memory"]

IMPORT = "import zmq"
TARGET = 1.4


def memory(programs: Programs, plan: Plan) -> Section:
    """Compare every process with `import zmq`; `pull` at 10 and at 100 million bytes."""
    few, many = plan.messages(100_000), plan.messages(1_000_000)
    peaks: dict[str, list[float]] = {}
    for _ in range(2 if plan.quick else 3):
        waiting = started([PYTHON, "-c", "import time, zmq; time.sleep(0.1)"])
        peaks.setdefault(IMPORT, []).extend(peak_bytes([waiting]))
        for pair in programs.pairs.values():
            if pair.name.startswith("C,") or pair.loses_tail:
                continue
            for messages in (few, many) if pair.name == "zmqcli" else (few,):
                push, pull = _peaks(pair, plan, int(messages * pair.share))
                peaks.setdefault(f"{pair.name} push, {messages * 100 // 1_000_000} MB", []).append(push)
                peaks.setdefault(f"{pair.name} pull, {messages * 100 // 1_000_000} MB", []).append(pull)
    rows = [
        compare(name, values, IMPORT, peaks[IMPORT], unit="MiB", target=_target(name))
        for name, values in peaks.items()
        if name != IMPORT
    ]
    small, large = (peaks[f"zmqcli pull, {messages * 100 // 1_000_000} MB"] for messages in (few, many))
    rows.append(compare("zmqcli pull, ten times as much", large, "the smaller", small, unit="MiB", target=1.05))
    return Section("Peak memory over tcp, lines of 100 bytes", rows)


def _peaks(pair: Pair, plan: Plan, messages: int) -> list[float]:
    endpoint = free_endpoint("tcp", plan.directory)
    with lines_file(plan.directory, 100, messages).open("rb") as lines:
        receiver = started(pair.pull(endpoint, messages))
        return peak_bytes([started(pair.push(endpoint), stdin=lines), receiver])


def _target(name: str) -> float | None:
    return TARGET if name.startswith("zmqcli pull") else None
