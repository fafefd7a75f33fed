"""Run the soak: `python -m tests.soak --seed 1 --runs 1000`; exit 0 when nothing was lost unsaid and nothing hung."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.soak.faults import FAULTS, Fault
from tests.soak.judge import Outcome, Verdict, judge
from tests.soak.report import table
from tests.soak.world import World

ATTEMPTS = 3


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


def main() -> int:
    """Run what the command line says."""
    options = _options()
    faults = [fault for fault in FAULTS if not options.only or any(_names(part, fault) for part in options.only)]
    if not faults:
        sys.exit(f"no fault is named so; these are: {', '.join(fault.name for fault in FAULTS)}")
    if options.run is None:
        jobs = _plan(faults, options.runs, options.seed)
    else:
        jobs = [(fault, options.run) for fault in faults] * options.times
    started = time.monotonic()
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="zkload") as loads, ProcessPoolExecutor(options.jobs) as pool:
        futures = [pool.submit(one, fault.name, number, options.seed, loads) for fault, number in jobs]
        for future in as_completed(futures):
            run = future.result()
            runs.append(run)
            if options.verbose or Verdict(run.verdict) not in (Verdict.COMPLETE, Verdict.SAID):
                _say(str(run))
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{len(runs)} of {len(jobs)} ")
    if options.json:
        options.json.write_text("".join(json.dumps(asdict(run)) + "\n" for run in runs))
    _say(f"\nseed {options.seed}, {len(runs)} runs, {options.jobs} at a time, {time.monotonic() - started:.0f} s\n")
    _say(table([(run.fault, Verdict(run.verdict)) for run in runs], [fault.name for fault in FAULTS]))
    bad = sum(Verdict(run.verdict) in (Verdict.UNSAID, Verdict.HANG) for run in runs)
    alarms = sum(Verdict(run.verdict) == Verdict.ALARM for run in runs)
    return 1 if bad or alarms * 100 > len(runs) else 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _names(part: str, fault: Fault) -> bool:
    """Whether that is the fault's name, or a part of it where no fault has just this name."""
    return part == fault.name or (part in fault.name and all(part != other.name for other in FAULTS))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--only", action="append", default=[], metavar="FAULT", help="part of a name; repeatable")
    parser.add_argument("--run", type=int, metavar="N", help="only the run of this number")
    parser.add_argument("--times", type=int, default=1, metavar="N", help="do that run so many times")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all runs there, one a line")
    parser.add_argument("--verbose", "-v", action="store_true", help="print every run")
    return parser.parse_args()


def _plan(faults: list[Fault], runs: int, seed: int) -> list[tuple[Fault, int]]:
    """Share the runs out, at least one each, and mix them: slow ones shall not come all together."""
    shares = sum(fault.share for fault in faults)
    exact = [max(1, fault.share * runs // shares) for fault in faults]
    for at in range(max(0, runs - sum(exact))):
        exact[at % len(exact)] += 1
    plan = [(fault, number) for fault, count in zip(faults, exact, strict=True) for number in range(count)]
    random.Random(seed).shuffle(plan)  # noqa: S311 # no secret
    return plan


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


if __name__ == "__main__":
    sys.exit(main())
