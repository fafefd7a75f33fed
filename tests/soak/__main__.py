"""Run the soak: `python -m tests.soak --seed 1 --runs 1000`; exit 0 when nothing was lost unsaid and nothing hung."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

from tests.soak.faults import FAULTS, Fault
from tests.soak.judge import Verdict
from tests.soak.report import table
from tests.soak.runner import Run, one, plan

GOOD = frozenset({Verdict.COMPLETE, Verdict.SAID})
ALARMS_PER_CENT = 1


def main() -> int:
    """Run what the command line says, and print the table; of what has been run until then on Ctrl-C."""
    options = _options()
    faults = [fault for fault in FAULTS if not options.only or any(_names(part, fault) for part in options.only)]
    if not faults:
        sys.exit(f"no fault is named so; these are: {', '.join(fault.name for fault in FAULTS)}")
    if options.run is None:
        jobs = plan(faults, options.runs, options.seed)
    else:
        jobs = [(fault, options.run) for fault in faults] * options.times
    started = time.monotonic()
    runs: list[Run] = []
    try:
        _run(jobs, options, runs)
    except KeyboardInterrupt:
        pass
    if options.json:
        options.json.write_text("".join(json.dumps(asdict(run)) + "\n" for run in runs))
    verdicts = [(run.fault, Verdict(run.verdict)) for run in runs]
    _say(f"\nseed {options.seed}, {len(runs)} runs, {options.jobs} at a time, {time.monotonic() - started:.0f} s\n")
    _say(table(verdicts, [fault.name for fault in FAULTS]))
    alarms = sum(verdict is Verdict.ALARM for _, verdict in verdicts)
    bad = sum(verdict not in GOOD for _, verdict in verdicts) - alarms
    return 1 if bad or alarms * 100 > len(runs) * ALARMS_PER_CENT else 0


def _run(jobs: list[tuple[Fault, int]], options: argparse.Namespace, runs: list[Run]) -> None:
    with tempfile.TemporaryDirectory(prefix="zkload") as loads, ProcessPoolExecutor(options.jobs) as pool:
        futures = [pool.submit(one, fault.name, number, options.seed, loads) for fault, number in jobs]
        try:
            for future in as_completed(futures):
                run = future.result()
                runs.append(run)
                if options.verbose or Verdict(run.verdict) not in GOOD:
                    _say(str(run))
                if sys.stderr.isatty():
                    sys.stderr.write(f"\r{len(runs)} of {len(jobs)} ")
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise


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


if __name__ == "__main__":
    sys.exit(main())
