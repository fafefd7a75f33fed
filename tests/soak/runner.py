"""What is run in a soak, and one run of it."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.soak.faults import FAULTS, Fault
from tests.soak.judge import Outcome, judge
from tests.soak.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Run", "one", "plan"]

ATTEMPTS = 3
"""For a run that fails by itself, without a word about the command."""


@dataclass(frozen=True)
class Run:
    """What came of one run, in plain values."""

    fault: str
    number: int
    verdict: str
    shape: str
    notes: str
    code: int | None
    sent: int
    missing: int
    late: int
    seconds: float
    stderr: str

    def __str__(self) -> str:
        end = self.stderr.strip().splitlines()
        return (
            f"{self.verdict.upper()}: {self.fault!r} run {self.number}: {self.shape} ({self.notes}): code {self.code}, "
            f"{self.missing} of {self.sent} missing, {self.late} late, {self.seconds:.1f} s; {(end or ['no word'])[-1]}"
        )


def plan(faults: Sequence[Fault], runs: int, seed: int) -> list[tuple[Fault, int]]:
    """Share the runs out, and mix them: slow ones shall not come all together."""
    shares = sum(fault.share for fault in faults)
    counts = [fault.share * runs // shares for fault in faults]
    # What is left goes to those that have none, then to those that are furthest from their share.
    order = sorted(range(len(faults)), key=lambda at: (counts[at] > 0, -(faults[at].share * runs % shares)))
    for at in order[: runs - sum(counts)]:
        counts[at] += 1
    planned = [(fault, number) for fault, count in zip(faults, counts, strict=True) for number in range(count)]
    random.Random(seed).shuffle(planned)  # noqa: S311 # no secret
    return planned


def one(name: str, number: int, seed: int, loads: str) -> Run:
    """Do one run: what it is made of depends on the seed, the fault and the number alone."""
    fault = next(fault for fault in FAULTS if fault.name == name)
    for attempt in range(1, ATTEMPTS + 1):
        rng = random.Random(f"{seed} {name} {number}")  # noqa: S311 # no secret
        shape = fault.shape(rng)
        started = time.monotonic()
        with World(rng, shape, Path(loads)) as world:
            try:
                outcome = fault.script(world)
            except Exception as error:  # noqa: BLE001 # one run shall not end all of them
                # A connection that does not come, say. The machine may have been busy; if it happens again it counts.
                if attempt < ATTEMPTS:
                    continue
                world.notes.append(f"the soak failed: {error!r}")
                said = " / ".join(command.stderr.strip() for command in world.commands)
                outcome = Outcome(sent=frozenset(), received=frozenset(), code=None, stderr=said)
        break
    return Run(
        fault=name,
        number=number,
        verdict=judge(outcome).value,
        shape=str(shape),
        notes=" ".join(world.notes),
        code=outcome.code,
        sent=len(outcome.sent),
        missing=outcome.missing,
        late=outcome.late,
        seconds=time.monotonic() - started,
        stderr=outcome.stderr[-1000:],
    )
