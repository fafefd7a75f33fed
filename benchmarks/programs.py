"""What is measured, and what it is measured beside: each as the command lines that do the same job.

The C programs are built when a compiler and libzmq's headers are there, PyPI's zmqcli is installed into an environment
of its own when PyPI can be reached; what cannot be had is said, and the run goes on without it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from machine import clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PYTHON", "Pair", "Programs", "find_programs"]

HERE = Path(__file__).parent
BUILD = HERE / "build"
PYTHON = sys.executable
ZMQCLI = str(Path(PYTHON).with_name("zmqcli"))
PLAIN = [PYTHON, str(HERE / "plain.py")]
PYPI_VERSION = "0.9.7"


@dataclass(frozen=True, slots=True)
class Pair:
    """A sender and a receiver: lines on stdin become messages, and lines on stdout again."""

    name: str
    push: Callable[[str], list[str]]
    """The command line of the sender, which connects and ends with its stdin."""
    pull: Callable[[str, int], list[str]]
    """That of the receiver, which binds and ends after so many messages."""
    share: float = 1.0
    """Of the messages, how many it gets: the slow one would take minutes."""
    loses_tail: tuple[str, ...] = ()
    """On which transports the end is lost when the sender ends: there it is kept until all has arrived."""


@dataclass
class Programs:
    """All that could be had."""

    pairs: dict[str, Pair] = field(default_factory=dict)
    latency: str | None = None
    """The C program of round trips."""
    pypi: list[str] | None = None
    notes: list[str] = field(default_factory=list)
    """What is missing, and which libzmq C uses."""


def zmqcli(*push: str, pull: tuple[str, ...] = (), name: str = "zmqcli") -> Pair:
    """Return the pair of this program, with options."""
    return Pair(
        name,
        lambda endpoint: [ZMQCLI, "push", "-q", "-c", endpoint, *push],
        lambda endpoint, count: [ZMQCLI, "pull", "-q", "-b", endpoint, "-n", str(count), *pull],
    )


def c_pair(path: str, name: str, delimiter: tuple[str, ...] = ()) -> Pair:
    """Return the pair of C programs."""
    return Pair(
        name,
        lambda endpoint: [path, "push", endpoint, "0", *delimiter],
        lambda endpoint, count: [path, "pull", endpoint, str(count)],
        loses_tail=("ipc",),
    )


def find_programs() -> Programs:
    """Build and install what can be had."""
    BUILD.mkdir(exist_ok=True)
    programs = Programs()
    programs.pairs["zmqcli"] = zmqcli()
    programs.pairs["plain pyzmq"] = Pair(
        "plain pyzmq",
        lambda endpoint: [*PLAIN, "push", endpoint],
        lambda endpoint, count: [*PLAIN, "pull", endpoint, str(count)],
        loses_tail=("ipc",),
    )
    _add_c(programs)
    _add_pypi(programs)
    return programs


def _add_c(programs: Programs) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        programs.notes.append("C is missing: no compiler (cc)")
        return
    wheel = _wheel_library()
    if wheel is not None and _build(compiler, "pair", "pair", wheel) and _build(compiler, "latency", "latency", wheel):
        programs.notes.append(f"C uses the very libzmq of pyzmq's wheel, {_version('pair')}")
    elif _build(compiler, "pair", "pair") and _build(compiler, "latency", "latency"):
        programs.notes.append(f"C uses the system's libzmq, {_version('pair')}; pyzmq's wheel has its own inside")
        wheel = None
    else:
        programs.notes.append("C is missing: libzmq's headers were not found")
        return
    programs.pairs["C"] = c_pair(str(BUILD / "pair"), "C")
    programs.pairs["C, two frames"] = c_pair(str(BUILD / "pair"), "C, two frames", ("|",))
    programs.latency = str(BUILD / "latency")
    if wheel is not None and _build(compiler, "pair", "pair-system"):
        programs.pairs["C, system"] = c_pair(
            str(BUILD / "pair-system"), f"C, system's libzmq {_version('pair-system')}"
        )


def _wheel_library() -> Path | None:
    """Return pyzmq's own libzmq, when its wheel brings it as a shared library."""
    import zmq

    libraries = Path(zmq.__file__).parent.with_name("pyzmq.libs")
    return next(iter(sorted(libraries.glob("libzmq*.so*"))), None)


def _build(compiler: str, source: str, target: str, library: Path | None = None) -> bool:
    linked = ["-lzmq"] if library is None else [str(library), f"-Wl,-rpath,{library.parent}"]
    command = [compiler, "-O2", "-o", str(BUILD / target), str(HERE / f"{source}.c"), *linked]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _version(program: str) -> str:
    return subprocess.run([str(BUILD / program), "version"], capture_output=True, text=True, check=True).stdout.strip()


def _add_pypi(programs: Programs) -> None:
    environment = BUILD / f"zmqcli-{PYPI_VERSION}"
    script = environment / "bin" / "zmqcli"
    if not script.exists():
        try:
            _install_pypi(environment)
        except (OSError, subprocess.SubprocessError):
            shutil.rmtree(environment, ignore_errors=True)
            programs.notes.append(f"zmqcli {PYPI_VERSION} of PyPI is missing: it could not be installed")
            return
    # Its warnings about pkg_resources would stand between our lines.
    command = [str(environment / "bin" / "python"), "-W", "ignore", str(script)]
    programs.pypi = command
    programs.pairs["PyPI's zmqcli"] = Pair(
        "PyPI's zmqcli",
        lambda endpoint: [*command, "-w", "-c", "PUSH", endpoint],
        lambda endpoint, count: [*command, "-r", "-b", "-n", str(count), "PULL", endpoint],
        share=0.02,
        loses_tail=("tcp", "ipc"),
    )
    found = [str(environment / "bin" / "python"), "-c", "import zmq; print(zmq.__version__, zmq.zmq_version())"]
    pyzmq, libzmq = subprocess.run(found, capture_output=True, text=True, check=True).stdout.split()
    programs.notes.append(
        f"zmqcli {PYPI_VERSION} of PyPI runs with pyzmq {pyzmq}, libzmq {libzmq}; its sender drops what is queued when "
        "stdin ends, so it is kept until all has arrived"
    )


def _install_pypi(environment: Path) -> None:
    """Make the environment with this environment's own pip: Debian splits venv from pip."""
    _quietly(PYTHON, "-m", "venv", "--without-pip", str(environment))
    python = str(environment / "bin" / "python")
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "-q", "--python", python]
    # It imports pkg_resources, which newer setuptools do not have, and does not say so.
    _quietly(*pip, "install", f"zmqcli=={PYPI_VERSION}", "setuptools<81")
    _quietly(str(environment / "bin" / "zmqcli"), "--help")


def _quietly(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=120, env=clean_environment())
