"""Side by side: this program, plain pyzmq, C on libzmq, and the zmqcli of PyPI, all in one run.

python benchmarks/run.py               everything, about five minutes
python benchmarks/run.py --quick       a tenth of the messages, under a minute
python benchmarks/run.py --only throughput
python benchmarks/run.py --write       and docs/benchmarks.md from it
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from machine import describe
from measure import Plan
from memory import memory
from programs import find_programs
from proxies import proxies
from roundtrips import roundtrips
from startup import startup
from table import markdown, text
from throughput import throughput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from programs import Programs
    from table import Section

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"

PARTS: dict[str, Callable[[Programs, Plan], Iterable[Section]]] = {
    "startup": lambda programs, plan: [startup(programs, plan)],
    "throughput": throughput,
    "roundtrips": roundtrips,
    "proxy": lambda programs, plan: [proxies(programs, plan)],
    "memory": lambda programs, plan: [memory(programs, plan)],
}

HOW = """\
A ratio is the median of the ratios round by round: programs take turns, so that what disturbs one disturbs its
neighbour too. Times of pipes are from the start of both processes until both have ended, start-up included, from a
file to /dev/null; in runs that are not timed the lines that arrive are counted."""


def main() -> int:
    """Measure, print, and write the page when asked to."""
    arguments = _arguments()
    facts = describe()
    programs = find_programs()
    sections: list[Section] = []
    print("\n".join([*facts, *programs.notes]), flush=True)
    with tempfile.TemporaryDirectory(prefix="zmqcli-bench-") as directory:
        plan = Plan(arguments.rounds or (2 if arguments.quick else 5), arguments.quick, Path(directory))
        for name, part in PARTS.items():
            if arguments.only in (None, name):
                for section in part(programs, plan):
                    print(text(section), flush=True)
                    sections.append(section)
    missed = [
        f"  {result.what} ({section.title})" for section in sections for result in section.results if result.missed
    ]
    print("\n".join(["\ntargets missed:", *(missed or ["  none"])]))
    if arguments.write:
        PAGE.write_text(_page([*facts, *programs.notes, f"{plan.rounds} rounds"], sections), encoding="utf-8")
        print(f"wrote {PAGE.relative_to(PAGE.parents[1])}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages and two rounds")
    parser.add_argument("--only", choices=PARTS, help="one part")
    parser.add_argument("--rounds", type=int, help="how often each program is run (default 5)")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md from this run")
    return parser.parse_args()


def _page(facts: list[str], sections: Iterable[Section]) -> str:
    about = "\n".join(f"- {fact}" for fact in facts)
    head = f"# Benchmarks\n\nMade by `make bench ARGS=--write`.\n\n{HOW}\n\nThe machine of this run:\n\n{about}"
    return "\n\n".join([head, *map(markdown, sections)]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
