"""Starting processes and timing them."""

from __future__ import annotations

import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from machine import clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["LIMIT_SECONDS", "Plan", "alternate", "ended", "peak_bytes", "serving", "started", "timed"]

LIMIT_SECONDS = 60.0


class Plan(NamedTuple):
    """How much is to be measured."""

    rounds: int
    quick: bool
    directory: Path
    """For inputs and unix sockets; removed at the end."""

    def messages(self, full: int) -> int:
        """Return how many messages of `full` a run has."""
        return full // 10 if self.quick else full


def alternate(jobs: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Run all jobs once a round, in turn, so that a slow moment of the machine is shared fairly."""
    results: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            results[name].append(job())
    return results


def started(
    command: Sequence[str], *, stdin: IO[bytes] | int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start a process in the clean environment."""
    return subprocess.Popen(command, stdin=stdin, stdout=stdout, env=clean_environment())


def timed(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    codes: Sequence[int] = (0,),
) -> float:
    """Return how long a process takes from start to end; any exit code but `codes` is an error."""
    before = time.perf_counter()
    done = subprocess.run(
        command,
        input=stdin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=clean_environment(**(environment or {})),
        timeout=LIMIT_SECONDS,
        check=False,
    )
    seconds = time.perf_counter() - before
    if done.returncode not in codes:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise RuntimeError(f"exit code {done.returncode}: {' '.join(command)}: {said}")
    return seconds


def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process and return its exit code; kill it after a minute.

    Without the argument of `wait`, which looks only every 50 ms (subprocess.py): a tenth of what is measured here.
    """
    alarm = threading.Timer(LIMIT_SECONDS, process.kill)
    alarm.start()
    try:
        return process.wait()
    finally:
        alarm.cancel()


@contextmanager
def serving(command: Sequence[str]) -> Iterator[None]:
    """Run a process that never ends by itself."""
    process = started(command)
    try:
        yield
    finally:
        process.terminate()
        process.wait(LIMIT_SECONDS)


def peak_bytes(processes: Sequence[subprocess.Popen[bytes]]) -> list[float]:
    """Wait for the processes; return the most memory each has had.

    VmHWM only grows, so looking often is enough. Not ru_maxrss: it counts the memory of this process, which started
    them, too.
    """
    peaks = [0.0] * len(processes)
    while any(process.poll() is None for process in processes):
        for index, process in enumerate(processes):
            peaks[index] = max(peaks[index], _high_water(process.pid))
        time.sleep(0.003)
    return peaks


def _high_water(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0.0)
