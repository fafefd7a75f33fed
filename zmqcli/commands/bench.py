"""zmqcli bench."""

from enum import StrEnum
from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.options.bench import BenchLoad, Tuning
from zmqcli.options.command import command
from zmqcli.options.groups import Endpoints, Security
from zmqcli.options.types import ArgumentRow


class Kind(StrEnum):
    """What is measured."""

    THROUGHPUT = "throughput"
    LATENCY = "latency"


@command(
    examples=[
        "zmqcli bench throughput",
        "zmqcli bench latency --size 1K -O jsonl",
        "zmqcli bench latency --role local -b 'tcp://*:5555'",
        "zmqcli bench latency --role remote -c other-host:5555",
    ]
)
def bench(
    environment: Environment,
    benchmark: Annotated[Kind, ArgumentRow("throughput|latency", "What to measure.")],
    endpoints: Endpoints,
    load: BenchLoad,
    tuning: Tuning,
    security: Security,
) -> None:
    """Measure ZeroMQ here, over inproc, ipc and tcp, or between two machines; libzmq's own programs fit either end."""
    from zmqcli.bench.job import Benchmark

    Benchmark(environment, benchmark.value, endpoints, load, tuning, security).run()
