"""The programs of `examples/`. docs/examples.md runs each against `zmqcli`; here is what has no fixed output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.processes import Zmqcli

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = sorted(path.name for path in (ROOT / "examples").glob("*.py"))


def run(zmqcli: Zmqcli, program: str, *arguments: str) -> list[str]:
    """Run an example to its end and return its lines."""
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / program, *arguments],
        env=zmqcli.environment,
        cwd=zmqcli.directory,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_program_is_run_by_the_page(program: str) -> None:
    page = (ROOT / "docs" / "examples.md").read_text()

    assert f"](../examples/{program})" in page
    assert f"$ python examples/{program}" in page or f"$ timeout 20 python examples/{program}" in page


def test_not_copying_is_measured(zmqcli: Zmqcli) -> None:
    copied, uncopied = run(zmqcli, "zero_copy.py", "measure")

    assert copied.startswith("copied: 16 MiB in ")
    assert uncopied.startswith("not copied: 16 MiB in ")


def test_shared_memory_is_measured(zmqcli: Zmqcli) -> None:
    head, *rows = run(zmqcli, "shared_memory.py", "measure")

    assert head.split() == ["SIZE", "MESSAGE", "SHARED", "MEMORY", "SAVED"]
    assert [row.split()[0] for row in rows] == ["1000", "100000", "1000000", "16000000"]


@pytest.mark.parametrize("program", [name for name in PROGRAMS if name != "inproc.py"])
def test_without_arguments_a_program_says_how_it_is_called(program: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / program], capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert f"    python {program} " in done.stderr
    assert "Traceback" not in done.stderr
