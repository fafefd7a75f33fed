"""A proxy between a sender and a receiver: zmqcli's beside plain `zmq.proxy`, with and without looking at messages.

The receiver and the proxy are up when the clock starts; it stops when the receiver has everything.
"""

from __future__ import annotations

import socket
import subprocess
import time
from functools import partial
from typing import TYPE_CHECKING

from measure import LIMIT_SECONDS, alternate, ended, started
from programs import PLAIN, ZMQCLI
from table import Section, compare
from throughput import free_endpoint, lines_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from measure import Plan
    from programs import Pair, Programs

__all__ = ["proxies"]

PLAIN_NAME = "zmq.proxy of pyzmq"
NATIVE, TAPPED, JSONL, HARMED = "zmqcli proxy", "--tap, to a file", "--tap -O jsonl, to a file", "--corrupt 0.1%"
TARGETS = {NATIVE: 1.1, TAPPED: 6.0}


def proxies(programs: Programs, plan: Plan) -> Section:
    """Measure every proxy with the same sender and receiver."""
    messages = plan.messages(500_000)
    file = lines_file(plan.directory, 100, messages)
    ends = programs.pairs.get("C", programs.pairs["plain pyzmq"])
    ours: dict[str, list[str]] = {
        NATIVE: [],
        TAPPED: ["--tap", "-O", "text"],
        JSONL: ["--tap", "-O", "jsonl"],
        HARMED: ["--corrupt", "0.1%", "--seed", "1"],
    }

    def command(options: list[str], frontend: str, backend: str) -> list[str]:
        ways = ["--frontend", frontend, "--backend-connect", backend]
        return [ZMQCLI, "proxy", "streamer", "-q", *ways, *options]

    commands: dict[str, Callable[[str, str], list[str]]] = {
        PLAIN_NAME: lambda frontend, backend: [*PLAIN, "proxy", frontend, backend],
        **{name: partial(command, options) for name, options in ours.items()},
    }
    jobs = {name: partial(_run, made, ends, file, messages, plan) for name, made in commands.items()}
    seconds = alternate(jobs, plan.rounds)
    results = [
        compare(name, seconds[name], PLAIN_NAME, seconds[PLAIN_NAME], unit="s", target=TARGETS.get(name))
        for name in ours
    ]
    return Section(f"Proxy: {messages:,} lines of 100 bytes over tcp, push and pull by {ends.name}", results)


def _run(proxy: Callable[[str, str], list[str]], ends: Pair, lines: Path, messages: int, plan: Plan) -> float:
    frontend, backend = (free_endpoint("tcp", plan.directory) for _ in range(2))
    with (plan.directory / "tapped").open("wb") as shown:
        receiver = started(ends.pull(backend, messages))
        _await(backend)
        between = started(proxy(frontend, backend), stdout=shown.fileno())
        try:
            _await(frontend)
            with lines.open("rb") as file:
                before = time.perf_counter()
                sender = started(ends.push(frontend), stdin=file)
                code = ended(receiver)
                taken = time.perf_counter() - before
            ended(sender)
        finally:
            between.terminate()
            receiver.kill()
            between.wait(LIMIT_SECONDS)
    if code:
        raise RuntimeError(f"the receiver ended with {code}")
    return taken


def _await(endpoint: str) -> None:
    """Wait until somebody listens there."""
    host, port = endpoint.removeprefix("tcp://").split(":")
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(endpoint, LIMIT_SECONDS) from None
            time.sleep(0.01)
        else:
            return
