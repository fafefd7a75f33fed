"""What `bench` does: one end of a benchmark, or both on each transport in turn."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import zmqcli
from zmqcli.bench.measure import Load, echo, measure_latency, measure_throughput, other_end, send
from zmqcli.bench.report import Result, report
from zmqcli.engine.ending import report_end, run
from zmqcli.errors import UsageError
from zmqcli.jobs.job import Job
from zmqcli.options.groups import Delivery, Endpoints, LimitOptions, Security, Socket
from zmqcli.sockets.context import shared_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zmqcli.bench.measure import Measured
    from zmqcli.environment import Environment
    from zmqcli.options.bench import BenchLoad, Tuning

__all__ = ["Benchmark"]

FORMATS = ("text", "jsonl")
DEFAULT_COUNTS = {"throughput": 500_000, "latency": 10_000}
MOST_BYTES = 1_000_000 << 10
"""What all messages of a throughput run have together unless --count says otherwise: large ones need fewer."""
LARGEST = 1 << 30
"""Bytes of a message: what a receiver takes (`--max-size`)."""
FEWEST = 2
"""Messages that make a rate: the clock starts at the first."""
TYPES = {("throughput", "local"): "PULL", ("throughput", "remote"): "PUSH"} | {
    ("latency", "local"): "REP",
    ("latency", "remote"): "REQ",
}
MEASURES = {"throughput": "local", "latency": "remote"}
"""The role that has the result."""
STARTING = "import sys; sys.path.append({path!r}); from zmqcli.__main__ import main; main()"


class Benchmark:
    """One command line of `bench`."""

    def __init__(
        self,
        environment: Environment,
        kind: str,
        endpoints: Endpoints,
        load: BenchLoad,
        tuning: Tuning,
        security: Security,
    ) -> None:
        """Raise UsageError for what cannot be measured."""
        self._environment = environment
        self._kind = kind
        self._endpoints = endpoints
        self._options = load
        self._tuning = tuning
        self._security = security
        if load.output not in FORMATS:
            raise UsageError(f"bench has no output format '{load.output}'", hint=f"it has {', '.join(FORMATS)}")
        if load.size > LARGEST:
            raise UsageError("a message of more than 1G cannot be measured")
        count = load.messages
        if count is None:
            count = DEFAULT_COUNTS[kind]
            if kind == "throughput":
                count = max(100, min(count, MOST_BYTES // max(1, load.size)))
        fewest = FEWEST if kind == "throughput" else 1
        if count < fewest:
            raise UsageError(f"{count} is too few", hint=f"measure at least {fewest}")
        if load.role is not None and load.warmup:
            raise UsageError("there is no warm-up with a role", hint="both ends count the same --count messages")
        warmup = count // 10 if load.warmup is None else load.warmup
        self._load = Load(load.size, count, 0 if load.role is not None else warmup)

    def run(self) -> None:
        """Measure, and report."""
        role = self._options.role
        loop = self._both_ends if role is None else partial(self._one_end, role.value)
        report_end(self._environment, run(loop), late=None)

    def _one_end(self, role: str) -> None:
        """Be one end of two, and report if it is the one that measures."""
        with self._job(role, self._endpoints).session() as session:
            self._say_load()
            transport = _transport(self._endpoints)
            with self._progress(transport) as progress:
                if role == MEASURES[self._kind]:
                    measured = self._measure()(session, self._load, progress)
                elif self._kind == "throughput":
                    send(session, self._load, progress)
                else:
                    echo(session, self._load, progress)
        if role == MEASURES[self._kind]:
            self._report([self._result(transport, role, measured)])

    def _both_ends(self) -> None:
        """Be the end that measures on inproc, ipc and tcp in turn, with a thread or a process for the other."""
        if self._endpoints != Endpoints():
            raise UsageError("endpoints need a role", hint="say --role local here and --role remote over there")
        if self._security != Security():
            raise UsageError("security needs a role", hint="say --role local here and --role remote over there")
        results = []
        self._say_load()
        self._environment.signals.defer()
        with tempfile.TemporaryDirectory(prefix="zmqcli") as directory:
            for endpoint in ("inproc://bench", f"ipc://{directory}/bench", "tcp://127.0.0.1:0"):
                transport = endpoint.partition(":")[0]
                measured = self._inproc(endpoint) if transport == "inproc" else self._processes(endpoint)
                results.append(self._result(transport, "both", measured))
                if self._options.output == "jsonl":
                    self._report(results[-1:])
        if self._options.output != "jsonl":
            self._report(results)

    def _say_load(self) -> None:
        load = self._load
        what = "messages" if self._kind == "throughput" else "round trips"
        before = f", {load.warmup} more to warm up" if load.warmup else ""
        self._environment.note(f"{load.messages} {what} of {load.size} bytes{before}")

    def _inproc(self, endpoint: str) -> Measured:
        """Measure between two threads of this process with one context: what inproc is for."""
        environment = self._environment
        mine = MEASURES[self._kind]
        own_context = environment.context
        with shared_context() as context:
            environment.context = context
            try:
                other = self._job(_other(mine), Endpoints(connect=[endpoint]))
                with (
                    self._job(mine, Endpoints(bind=[endpoint])).session() as session,
                    other_end(other.config, context, self._load) as alive,
                    self._progress("inproc") as progress,
                ):
                    return self._measure()(session, self._load, progress, alive)
            finally:
                environment.context = own_context

    def _processes(self, endpoint: str) -> Measured:
        """Measure between this process and one more, as they would stand on two machines."""
        mine = MEASURES[self._kind]
        with self._job(mine, Endpoints(bind=[endpoint])).session() as session:
            bound = session.connection.endpoints[0]
            with self._process(_other(mine), bound) as alive, self._progress(_transport_of(bound)) as progress:
                return self._measure()(session, self._load, progress, alive)

    def _measure(self) -> Callable[..., Measured]:
        return measure_throughput if self._kind == "throughput" else measure_latency

    def _job(self, role: str, endpoints: Endpoints) -> Job:
        limits = LimitOptions(timeout=self._options.timeout)
        socket = Socket(option=self._tuning.option, hwm=self._tuning.hwm)
        kind = TYPES[self._kind, role]
        return Job(
            self._environment,
            kind,
            endpoints,
            limits,
            socket,
            command="bench",
            delivery=Delivery(),
            security=self._security,
        )

    @contextmanager
    def _process(self, role: str, endpoint: str) -> Iterator[Callable[[], bool]]:
        """Run a process of this program as the other end; it is gone when the block is left."""
        code = STARTING.format(path=str(Path(zmqcli.__file__).parent.parent))
        load, tuning = self._load, self._tuning
        options = [word for option in tuning.option or () for word in ("-o", option)]
        options += [] if tuning.hwm is None else ["--hwm", str(tuning.hwm)]
        options += ["--size", str(load.size), "--count", str(load.total), "-t", str(self._options.timeout)]
        process = subprocess.Popen(  # noqa: S603 # this very program
            # -P: what lies in the working directory is none of ours
            [sys.executable, "-P", "-c", code, "bench", self._kind, "-q", "--role", role, "-c", endpoint, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self._environment.at_abandon.append(process.kill)
        try:
            yield lambda: process.poll() is None
            process.wait(self._options.timeout)
        except subprocess.TimeoutExpired:
            pass
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def _progress(self, transport: str) -> Iterator[Callable[[int], None]]:
        """Draw how far it is on stderr, when that is a terminal."""
        environment = self._environment
        if environment.quiet or not environment.error.isatty():
            yield lambda _: None
            return
        from zmqcli.terminal.drawing import Progress, wants_color

        color = wants_color("auto", environment.error.fileno(), environment.variables)
        label = f"{transport:<6}"
        bar = Progress(environment.error, self._load.total, unit="records", label=label, color=color)
        bar.start()
        environment.above = bar.above
        done = 0

        def update(now_done: int) -> None:
            nonlocal done
            done = now_done
            bar.update(done)

        try:
            yield update
        finally:
            environment.above = None
            bar.stop(done)

    def _result(self, transport: str, role: str, measured: Measured) -> Result:
        return Result(self._kind, transport, role, self._load.size, measured)

    def _report(self, results: list[Result]) -> None:
        self._environment.print(report(self._environment, results, jsonl=self._options.output == "jsonl"))


def _other(role: str) -> str:
    return "remote" if role == "local" else "local"


def _transport_of(address: str) -> str:
    return address.partition("://")[0]


def _transport(endpoints: Endpoints) -> str:
    from zmqcli.endpoint import parse_endpoint

    texts = [*(endpoints.bind or ()), *(endpoints.connect or ())]
    transports = {parse_endpoint(text, bind=text in (endpoints.bind or ())).transport for text in texts}
    return "+".join(sorted(transports))
