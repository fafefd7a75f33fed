"""Measuring: how many messages a second, and how long a round trip takes. `bench`.

The roles are those of libzmq's perf/: for throughput a PULL that measures (local_thr) and a PUSH (remote_thr), for
latency a REP that echoes (local_lat) and a REQ that measures (remote_lat). The wire is theirs too: `count` messages of
`size` bytes and nothing else, so either end may be one of those programs.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import perf_counter_ns
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.bench.loops import Perf
from zmqcli.errors import ZmqcliError
from zmqcli.sockets.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zmqcli.engine.session import Session
    from zmqcli.sockets.config import SocketConfig
    from zmqcli.sockets.context import Context

__all__ = ["Load", "Measured", "echo", "measure_latency", "measure_throughput", "other_end", "send"]

CHUNK_MESSAGES = 1000
CHUNK_BYTES = 1 << 20
CHUNK_NS = 50_000_000
"""Between two looks at signals, the clock and the progress bar: so many messages, bytes or nanoseconds."""
FOR_EVER_NS = 10**18
LOOK_SECONDS = 0.2
"""While a peer is waited for, whether the process that should be it is still there is asked so often."""


class Load(NamedTuple):
    """What is sent to and fro."""

    size: int
    """Bytes of a message."""
    messages: int
    """Messages, or round trips, that are measured."""
    warmup: int = 0
    """Those before, that are not."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.messages + self.warmup


class Measured(NamedTuple):
    """What came out."""

    messages: int
    """Messages, or round trips, within `seconds`."""
    seconds: float
    trips_ns: list[int]
    """Of each round trip, when those were measured."""


class Bench:
    """One end at work: between chunks it looks at signals and the clock, and says how far it has come."""

    def __init__(
        self, session: Session, load: Load, progress: Callable[[int], None], alive: Callable[[], bool] | None = None
    ) -> None:
        """`alive` tells whether a process of our own that is the other end is still there."""
        self._session = session
        self._load = load
        self._progress = progress
        self._alive = alive
        self.done = 0
        self.perf = Perf(session.connection, load.size, self._silent)

    @property
    def chunk(self) -> int:
        """How many messages to send or receive in a row."""
        return min(CHUNK_MESSAGES, max(1, CHUNK_BYTES // max(1, self._load.size)), self._load.total - self.done)

    @property
    def ended(self) -> bool:
        """Whether all are through."""
        return self.done == self._load.total

    def advance(self, count: int) -> None:
        """Count what is through. Raise what ends the command: a signal, that the time is over."""
        self.done += count
        self._session.touch()
        self._session.wait(until=self._session.now())
        self._progress(self.done)

    def await_peer(self) -> None:
        """Wait for the other end. inproc tells of none, and needs none: what is sent waits for it there."""
        session = self._session
        config = session.connection.config
        if any(endpoint.transport == "inproc" for endpoint in (*config.binds, *config.connects)):
            return
        while not session.connection.peers.handshakes:
            self._check_alive()
            notice = session.waiting.notice(None, 1)
            look = session.now() + LOOK_SECONDS
            session.wait(until=look if notice is None else min(notice, look))

    def _silent(self) -> None:
        """Nothing for a while: look at the clock, and whether anybody is left."""
        session = self._session
        if session.connection.peers.gone:
            raise ZmqcliError(
                f"the other end left before {self._load.total} messages were through",
                hint="give both ends the same --count",
            )
        self._check_alive()
        session.wait(until=session.now())

    def _check_alive(self) -> None:
        if self._alive is not None and not self._alive():
            raise ZmqcliError("the other end could not be started", hint="what it said stands above this line")


def measure_throughput(
    session: Session, load: Load, progress: Callable[[int], None], alive: Callable[[], bool] | None = None
) -> Measured:
    """Receive; the clock runs from the last message of the warm-up, or the first of all, to the last.

    That first one counts, as local_thr counts it.
    """
    bench = Bench(session, load, progress, alive)
    bench.await_peer()
    untimed = max(1, load.warmup)
    while bench.done < untimed:
        receive(bench, min(bench.chunk, untimed - bench.done))
    started = perf_counter_ns()
    while not bench.ended:
        receive(bench, bench.chunk)
    return Measured(load.messages, max(1, perf_counter_ns() - started) / 1e9, [])


def receive(bench: Bench, count: int) -> None:
    """Take one chunk."""
    bench.perf.receive(count)
    bench.advance(count)


def send(session: Session, load: Load, progress: Callable[[int], None]) -> None:
    """Send all, and see it out; exit code 5 when it is not known to be."""
    bench = Bench(session, load, progress)
    bench.await_peer()
    while not bench.ended:
        chunk = bench.chunk
        bench.perf.send(chunk)
        session.outbox.accepted += chunk
        bench.advance(chunk)
    session.outbox.finish()


def measure_latency(
    session: Session, load: Load, progress: Callable[[int], None], alive: Callable[[], bool] | None = None
) -> Measured:
    """Ask one after the other, and time each."""
    bench = Bench(session, load, progress, alive)
    bench.await_peer()
    trips: list[int] = []
    while not bench.ended:
        made = bench.perf.ask(load.total - bench.done, perf_counter_ns() + CHUNK_NS)
        trips += made
        bench.advance(len(made))
    trips = trips[load.warmup :]
    return Measured(len(trips), sum(trips) / 1e9, trips)


def echo(session: Session, load: Load, progress: Callable[[int], None]) -> None:
    """Answer all requests with themselves, and see the last answer out."""
    bench = Bench(session, load, progress)
    bench.await_peer()
    while not bench.ended:
        made = bench.perf.echo(load.total - bench.done, perf_counter_ns() + CHUNK_NS)
        session.outbox.accepted += made
        bench.advance(made)
    session.outbox.finish()


class _Ended(Exception):
    """The measuring end needs this one no more."""


@contextmanager
def other_end(config: SocketConfig, context: Context, load: Load) -> Iterator[Callable[[], bool]]:
    """Be the other end in a thread of its own, for inproc, until the block is left; yield whether it is still there.

    Asking raises what that end has failed by, if it has.
    """
    stop = threading.Event()
    failures: list[Exception] = []

    def silent() -> None:
        if stop.is_set():
            raise _Ended

    def work() -> None:
        try:
            connection = Connection(config, context)
            try:
                connection.open()
                perf = Perf(connection, load.size, silent)
                if config.type == "REP":
                    perf.echo(load.total, perf_counter_ns() + FOR_EVER_NS)
                else:
                    perf.send(load.total)
                stop.wait()
            finally:
                connection.close(0.0)
        except _Ended:
            pass
        except Exception as error:  # noqa: BLE001 # the thread that asks is the one to report it
            failures.append(error)

    def alive() -> bool:
        if failures:
            raise failures[0]
        return thread.is_alive()

    # A daemon: a second Ctrl-C does not wait for it.
    thread = threading.Thread(target=work, name="bench", daemon=True)
    thread.start()
    try:
        yield alive
    finally:
        stop.set()
        thread.join()
