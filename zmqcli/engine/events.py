"""libzmq's events as they come: `-v` on any socket command, and `zmqcli monitor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zmqcli.diagnosis.narration import Narrator
from zmqcli.engine.last_output import flush
from zmqcli.engine.limits import DurationOver
from zmqcli.errors import Stopped, TimeRanOut
from zmqcli.sockets.poller import Wake
from zmqcli.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.diagnosis.events import Event
    from zmqcli.diagnosis.narration import Told
    from zmqcli.engine.engine import Engine
    from zmqcli.environment import Environment
    from zmqcli.message import Batch
    from zmqcli.sockets.connection import Connection

__all__ = ["clock", "tell_everything", "teller", "watch"]

MOST_LINES = 10_000
"""At most this many events wait for a slow reader of stdout (2 MB); further ones are only counted."""
MOST_PEERS = 1000
"""How many peers whose type was reported are remembered."""
_RETRIES = ("connect_delayed", "closed", "connect_retried")
_IPC_COLONS = 3


def clock(time_ns: int) -> str:
    """Return the local time of day, to the millisecond."""
    import time

    return f"{time.strftime('%H:%M:%S', time.localtime(time_ns // 10**9))}.{time_ns // 10**6 % 1000:03d}"


def tell_everything(engine: Engine) -> None:
    """Let the engine say each event, and the type of each peer once a message of its has arrived (`-v`)."""
    environment = engine.environment
    seen: set[tuple[str, str]] = set()

    def meet(batch: Batch) -> None:
        peer = _sender(batch)
        if peer is not None and peer not in seen and len(seen) < MOST_PEERS:
            seen.add(peer)
            _say(environment, f"the first message from {peer[0]}, a {peer[1]}")

    engine.on_event = teller(environment, lambda: engine.connection)
    engine.on_message = meet
    engine.connection.keeps_properties = True


def teller(environment: Environment, connection: Callable[[], Connection], where: str = "") -> Callable[[Event], None]:
    """Return a function that reports each event of a connection, after `where`. Repeated retries are reported once.

    `connection`: the one of the moment (`req --retry` takes a fresh one).
    """
    narrator = _narrator(connection)
    retries: set[tuple[str, str]] = set()

    def happen(event: Event) -> None:
        told = narrator.tell(event)
        key = (told.event, told.endpoint)
        if told.event not in _RETRIES:
            retries.clear()
        elif key in retries:
            return  # the same again, ten times a second
        else:
            retries.add(key)
        _say(environment, f"{where}{told.text}")

    return happen


def _say(environment: Environment, text: str) -> None:
    environment.detail(f"{clock(environment.time_ns())} {text}")


def _narrator(connection: Callable[[], Connection]) -> Narrator:
    return Narrator(lambda: connection().mechanism, shakes_hands=connection().config.type != "STREAM")


def _sender(batch: Batch) -> tuple[str, str] | None:
    """Return the address and socket type of the first message's sender; None where libzmq does not know them."""
    frame: Any = batch[0][0]
    try:
        address = str(frame.get("Peer-Address"))
        if address.count(":") == _IPC_COLONS and address.startswith("localhost:"):
            address = f"pid {address.rpartition(':')[2]}"  # ipc: uid, gid, pid (stream_engine_base.cpp)
        return address, str(frame.get("Socket-Type"))
    except Exception:  # noqa: BLE001 # zmq.ZMQError without the property, and whatever is no frame of libzmq's
        return None


def watch(engine: Engine, show: Callable[[int, Told], bytes], *, count: int | None, timeout: float | None) -> None:
    """Show each event on stdout until `count` of them, `timeout` without one, --duration, a signal, or its closing.

    `show` makes a line of an event's number, from 1 on, and what is known about it.
    """
    environment = engine.environment
    narrator = _narrator(lambda: engine.connection)
    lines: list[bytes] = []
    seen, last, unshown = 0, engine.now(), 0

    def tell(event: Event) -> None:
        nonlocal seen, last, unshown
        told = narrator.tell(event)
        if count is not None and seen >= count:
            return
        last = engine.now()
        if len(lines) >= MOST_LINES:
            unshown += 1
            return
        seen += 1
        lines.append(show(seen, told))

    engine.on_event = tell
    pattern = engine.connection.pattern
    engine.memory.discards = pattern.can_receive and pattern.batches
    try:
        while count is None or seen < count:
            engine.wait(until=None if timeout is None else last + timeout)
            _write(engine, lines)
            _check(engine.now() - last, timeout)
        flush(engine)
    except (Stopped, TimeRanOut, DurationOver) as end:
        _write(engine, lines)
        flush(engine)
        _end(environment, end, seen, count)
    engine.abandon()
    if unshown:
        environment.note(f"{unshown} events came while stdout was not read, and are not shown")


def _write(engine: Engine, lines: list[bytes]) -> None:
    """Write to stdout, waiting for a slow reader. Unlike a message, an event does not show that all is well."""
    output = engine.environment.output
    output.write(lines)
    lines.clear()
    while output.blocked:
        engine.wait(Wake.OUTPUT)
        output.flush()


def _check(quiet: float, timeout: float | None) -> None:
    if timeout is not None and quiet >= timeout:
        raise TimeRanOut(f"no event for {format_duration(timeout)}")


def _end(environment: Environment, end: Stopped | TimeRanOut | DurationOver, seen: int, count: int | None) -> None:
    """Remember the exit code of what ended the watching, and say how far it had come."""
    missing = count is not None and seen < count
    if isinstance(end, Stopped):
        environment.outcome.add(end.exit_code)
    elif isinstance(end, TimeRanOut):
        environment.fail(end)
    elif missing:
        environment.fail(TimeRanOut("the duration is over"))
    if missing:
        environment.note(f"{seen} of {count} events")
