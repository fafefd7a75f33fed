"""Run the unit tests with other versions: the oldest libraries that pyproject.toml allows, or every Python there is.

`make test-oldest` and `make test-pythons` run it; arguments are passed on to pytest. The unit tests are those that
start no zmqcli process. Each set of versions has a virtual environment of its own in .venvs, made by uv.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["UNIT_TESTS", "find_pythons", "main"]

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ROOT / ".venvs"
KNOWN = ("3.11", "3.12", "3.13", "3.14")
"""The versions that are named when the machine does not have them. Newer ones are used where they are found."""

ABOUT_THE_SOURCE = (
    "test_architecture.py",
    "test_architecture_page.py",
    "test_completions.py",
    "test_contributing.py",
    "test_docs.py",
    "test_hot_path.py",
    "test_layout.py",
    "test_manpage.py",
    "test_startup.py",
)
"""Tests of the source, of the pages and of whole processes: `make test` runs them with the versions of the day."""

UNIT_TESTS = (
    "-m",
    "not process",
    *(f"--ignore=tests/{name}" for name in ("e2e", "faults", "soak", *ABOUT_THE_SOURCE)),
)


def find_pythons() -> dict[str, Path]:
    """Return the interpreters of this machine by minor version, from PATH and from pyenv.

    pyenv puts a name for every version on PATH that fails unless the version is selected, so each is run once.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    patches = sorted(
        (path for path in pyenv.glob("3.*") if re.fullmatch(r"3\.\d+\.\d+", path.name)),
        key=lambda path: [int(number) for number in path.name.split(".")],
        reverse=True,
    )
    minors = {*KNOWN, *(path.name.rpartition(".")[0] for path in patches)}
    found: dict[str, Path] = {}
    for minor in sorted(minors, key=lambda name: int(name.partition(".")[2])):
        if int(minor.partition(".")[2]) < int(KNOWN[0].partition(".")[2]):
            continue
        on_path = shutil.which(f"python{minor}")
        candidates = [Path(on_path)] if on_path else []
        candidates += [path / "bin" / "python" for path in patches if path.name.rpartition(".")[0] == minor]
        for candidate in candidates:
            if works(candidate, minor):
                found[minor] = candidate
                break
    return found


def works(python: Path, minor: str) -> bool:
    """Return whether an interpreter starts and has this minor version."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == minor


def uv(*arguments: str | Path) -> None:
    """Run uv, which stands beside the Python that runs this; the end of the program if it fails."""
    program = Path(sys.executable).with_name("uv")
    if subprocess.run([program, *arguments], cwd=ROOT, check=False).returncode:
        sys.exit(f"uv failed: {' '.join(map(str, arguments))}")


def run(name: str, python: Path, arguments: list[str], *, oldest: bool = False) -> bool:
    """Make an environment, run the unit tests in it, and return whether they passed."""
    environment = ENVIRONMENTS / name
    inside = environment / "bin" / "python"
    constraints = ENVIRONMENTS / f"{name}.txt"
    uv("venv", "--quiet", "--clear", "--python", python, environment)
    resolution = "lowest-direct" if oldest else "highest"
    project = ("--quiet", "--all-extras", "--resolution", resolution, "--python", python, "--output-file", constraints)
    uv("pip", "compile", *project, "pyproject.toml")
    uv("pip", "install", "--quiet", "--python", inside, "--constraint", constraints, "--editable", ".[zstd,lz4]")
    uv("pip", "install", "--quiet", "--python", inside, "--constraint", constraints, "--group", "test")
    print(f"unit tests: {name} ({python})", flush=True)  # noqa: T201 - a command of the Makefile
    processes = str(len(os.sched_getaffinity(0)))
    command: list[str | Path] = [inside, "-m", "pytest", "-q", "-n", processes, *UNIT_TESTS, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main() -> int:
    """Run what the command line asks for; the exit code is 1 when a test failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["oldest", "pythons"])
    what, arguments = parser.parse_known_args()
    if what.what == "oldest":
        return 0 if run("oldest", Path(sys.executable), arguments, oldest=True) else 1
    found = find_pythons()
    failed = [minor for minor, python in found.items() if not run(minor, python, arguments)]
    print("passed:", ", ".join(minor for minor in found if minor not in failed) or "none")  # noqa: T201 - a command of the Makefile
    for words, minors in (("failed:", failed), ("not found:", [minor for minor in KNOWN if minor not in found])):
        if minors:
            print(words, ", ".join(minors))  # noqa: T201 - a command of the Makefile
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
