"""What one command costs a shell script: from its start to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq
from measure import alternate, timed
from programs import PYTHON, ZMQCLI
from table import Result, Section, compare

if TYPE_CHECKING:
    from collections.abc import Callable

    from measure import Plan
    from programs import Programs

__all__ = ["startup"]

IMPORT = "import zmq"
COMPLETION = {"_ZMQCLI_COMPLETE": "complete_bash", "COMP_WORDS": "zmqcli su", "COMP_CWORD": "1"}
TARGETS = {"push of one message": 2.3, "TAB completion": 2.6}


def startup(programs: Programs, plan: Plan) -> Section:
    """Time each command beside `import zmq` in the same interpreter and environment."""
    with zmq.Context() as context, context.socket(zmq.PULL) as peer:
        port = peer.bind_to_random_port("tcp://127.0.0.1")
        jobs: dict[str, Callable[[], float]] = {
            IMPORT: lambda: timed([PYTHON, "-c", "import zmq"]),
            "python -c pass": lambda: timed([PYTHON, "-c", "pass"]),
            "push of one message": lambda: timed([ZMQCLI, "push", "-q", "-c", f"tcp://127.0.0.1:{port}", "hello"]),
            "TAB completion": lambda: timed([ZMQCLI], COMPLETION, codes=(0, 1)),
            "--version": lambda: timed([ZMQCLI, "--version"]),
            "--help": lambda: timed([ZMQCLI, "--help"]),
        }
        if programs.pypi is not None:
            push = [*programs.pypi, "-w", "-c", "PUSH", f"tcp://127.0.0.1:{port}"]
            jobs["PyPI's zmqcli, push of one message"] = lambda: timed(push, stdin=b"hello\n")
        for job in jobs.values():
            job()  # byte code and the page cache
        rounds = 5 if plan.quick else max(21, 3 * plan.rounds)
        seconds = alternate(jobs, rounds)
        if peer.poll(1000):
            received = 1 + sum(1 for _ in iter(lambda: _next(peer), None))
            assert received >= rounds, f"{received} of {rounds + 1} messages arrived"  # noqa: S101 # else the times mean nothing
    return Section(f"Start-up ({rounds} rounds)", [_row(name, seconds) for name in jobs if name != IMPORT])


def _next(peer: zmq.Socket[bytes]) -> bytes | None:
    return peer.recv() if peer.poll(0) else None


def _row(name: str, seconds: dict[str, list[float]]) -> Result:
    return compare(name, seconds[name], IMPORT, seconds[IMPORT], target=TARGETS.get(name))
