"""Out of descriptors: said before libzmq aborts the process over it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from zmqcli.sockets.protection.descriptors import NEEDED, check_descriptors

PROGRAM = """
import resource, sys
from zmqcli.errors import ZmqcliError
from zmqcli.sockets.protection.descriptors import check_descriptors
import zmq
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[1])))
try:
    check_descriptors()
except ZmqcliError as error:
    sys.exit(f"refused: {error}")
context = zmq.Context()
context.socket(zmq.PUSH).get_monitor_socket()
print("opened", flush=True)
"""


def test_looking_leaves_nothing_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    check_descriptors()

    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("limit", range(3, 3 + NEEDED))
def test_too_few_are_said_and_libzmq_does_not_abort(limit: int) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(limit)], capture_output=True, text=True, check=False, timeout=20
    )

    assert run.returncode == 1, run.stderr
    assert run.stderr.startswith("refused: cannot open a socket (too many open files); raise the limit")


def test_just_enough_are_enough() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(3 + NEEDED)], capture_output=True, text=True, check=True, timeout=20
    )

    assert run.stdout == "opened\n"
