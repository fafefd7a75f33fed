"""One small request after the other over tcp.

As a client every program asks the same plain pyzmq server: its whole run is timed with many trips and with one, and the
difference counts, so that start-up does not. As a server every program answers the same plain pyzmq client, which times
each trip by itself.
"""

from __future__ import annotations

import subprocess
from statistics import quantiles
from typing import TYPE_CHECKING

from machine import clean_environment
from measure import LIMIT_SECONDS, alternate, serving, timed
from programs import PLAIN, ZMQCLI
from table import Section, compare
from throughput import free_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from measure import Plan
    from programs import Programs

__all__ = ["roundtrips"]

SIZE = 16
PLAIN_NAME = "plain pyzmq"
TARGET = 1.2


def roundtrips(programs: Programs, plan: Plan) -> list[Section]:
    """Measure every program as a client, then as a server."""
    trips = plan.messages(20_000)
    return [_clients(programs, plan, trips), _servers(programs, plan, trips)]


def _clients(programs: Programs, plan: Plan, trips: int) -> Section:
    endpoint = free_endpoint("tcp", plan.directory)
    commands: dict[str, Callable[[int], list[str]]] = {
        PLAIN_NAME: lambda number: [*PLAIN, "req", endpoint, str(number), str(SIZE)],
        "zmqcli req": lambda number: [
            *[ZMQCLI, "req", "-q", "-c", endpoint, "-O", "none", "-n", str(number)],
            "x" * SIZE,
        ],
    }
    if programs.latency:
        path = programs.latency
        commands["C"] = lambda number: [path, "req", endpoint, str(number), str(SIZE)]
    with serving([*PLAIN, "rep", endpoint]):
        seconds = alternate({name: _trip(command, trips) for name, command in commands.items()}, plan.rounds)
    title = f"Round trips as a client: mean of {trips:,} requests of {SIZE} bytes to the same plain pyzmq server"
    rows = [
        compare(name, seconds[name], PLAIN_NAME, seconds[PLAIN_NAME], unit="us", target=_target(name))
        for name in commands
        if name != PLAIN_NAME
    ]
    return Section(title, rows)


def _trip(command: Callable[[int], list[str]], trips: int) -> Callable[[], float]:
    return lambda: (timed(command(trips)) - timed(command(1))) / (trips - 1)


def _servers(programs: Programs, plan: Plan, trips: int) -> Section:
    servers: dict[str, Callable[[str], list[str]]] = {
        PLAIN_NAME: lambda endpoint: [*PLAIN, "rep", endpoint],
        "zmqcli rep --echo": lambda endpoint: [ZMQCLI, "rep", "-q", "-b", endpoint, "--echo", "-O", "none"],
    }
    if programs.latency:
        path = programs.latency
        servers["C"] = lambda endpoint: [path, "rep", endpoint, str(trips)]
    measured: dict[str, list[Sequence[float]]] = {name: [] for name in servers}
    for _ in range(plan.rounds):
        for name, server in servers.items():
            measured[name].append(_percentiles(server, plan, trips))
    rows = []
    for index, label in ((0, "p50"), (1, "p99")):
        values = {name: [percentiles[index] for percentiles in rounds] for name, rounds in measured.items()}
        rows += [
            compare(
                f"{name}, {label}",
                values[name],
                PLAIN_NAME,
                values[PLAIN_NAME],
                unit="us",
                target=_target(name) if label == "p50" else None,
            )
            for name in servers
            if name != PLAIN_NAME
        ]
    return Section(f"Round trips as a server: {trips:,} requests of the same plain pyzmq client", rows)


def _percentiles(server: Callable[[str], list[str]], plan: Plan, trips: int) -> Sequence[float]:
    endpoint = free_endpoint("tcp", plan.directory)
    with serving(server(endpoint)):
        done = subprocess.run(
            [*PLAIN, "req", endpoint, str(trips), str(SIZE)],
            stdout=subprocess.PIPE,
            env=clean_environment(),
            timeout=LIMIT_SECONDS,
            check=True,
        )
    # The first one waits for the server's start.
    hundredths = quantiles([int(line) / 1e9 for line in done.stdout.split()][1:], n=100)
    return hundredths[49], hundredths[98]


def _target(name: str) -> float | None:
    return TARGET if name.startswith("zmqcli") else None
