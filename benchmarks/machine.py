"""The machine a run was made on, and the environment that what is measured gets."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

__all__ = ["clean_environment", "describe"]

# They change what is measured: buffering, byte code, colours; and a shell's completion hooks.
DISTURBING = ("PYTHON", "FORCE_COLOR", "NO_COLOR", "GITHUB_ACTIONS", "_ZMQCLI", "ZMQCLI_", "LD_PRELOAD")

NAMED = ("pyzmq", "typer", "zmq-toolkit")
"""Distributions whose versions are named; zmq-toolkit is this one."""


def clean_environment(**more: str) -> dict[str, str]:
    """Return this process's environment without what disturbs, and with `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(DISTURBING)}
    return {**kept, **more}


def describe() -> list[str]:
    """Return what a reader of the results has to know of the machine."""
    return [
        f"{os.cpu_count()} cores, {_model()}, Linux {platform.release()}"
        if sys.platform == "linux"
        else f"{os.cpu_count()} cores, {platform.platform()}",
        f"load average at the start {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in NAMED)}",
    ]


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
