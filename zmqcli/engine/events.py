"""libzmq's events as they come: `-v` on any socket command, and `zmqcli monitor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zmqcli.diagnosis.narration import Narrator
from zmqcli.engine.ending import End, Ended, EndReason, report_end, run
from zmqcli.engine.last_output import flush
from zmqcli.errors import TimeRanOut
from zmqcli.sockets.poller import Wake
from zmqcli.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.diagnosis.events import ConnectionEvent
    from zmqcli.diagnosis.narration import Told
    from zmqcli.engine.engine import Engine
    from zmqcli.engine.socket_engine import SocketEngine
    from zmqcli.environment import Environment
    from zmqcli.message import Batch
    from zmqcli.sockets.connection import Connection

__all__ = ["clock", "narrate", "tell_everything", "watch"]

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


def tell_everything(engine: SocketEngine) -> None:
    """Report each event, and the type of each peer once a message of its has arrived (`-v`)."""
    environment = engine.environment
    seen: set[tuple[str, str]] = set()

    def meet(batch: Batch) -> None:
        peer = _sender(batch)
        if peer is not None and peer not in seen and len(seen) < MOST_PEERS:
            seen.add(peer)
            _say(environment, f"the first message from {peer[0]}, a {peer[1]}")

    narrate(engine)
    engine.on_message = meet
    engine.connection.keeps_properties = True


def narrate(engine: Engine) -> None:
    """Report each event of each connection. Repeated retries are reported once."""
    narrators: dict[str, Narrator] = {}
    retries: dict[str, set[tuple[str, str]]] = {}

    def happen(connection: Connection, event: ConnectionEvent) -> None:
        prefix = engine.prefix(connection)
        if prefix not in narrators:  # kept when `req --retry` goes on with another connection
            narrators[prefix], retries[prefix] = _narrator(connection), set()
        told = narrators[prefix].tell(event)
        key = (told.event, told.endpoint)
        if told.event not in _RETRIES:
            retries[prefix].clear()
        elif key in retries[prefix]:
            return  # the same again, ten times a second
        else:
            retries[prefix].add(key)
        _say(engine.environment, f"{prefix}{told.text}")

    engine.on_event = happen


def _say(environment: Environment, text: str) -> None:
    environment.detail(f"{clock(environment.time_ns())} {text}")


def _narrator(connection: Connection) -> Narrator:
    return Narrator(lambda: connection.mechanism)


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


def watch(
    engine: SocketEngine, show: Callable[[int, Told], bytes], *, count: int | None, timeout: float | None
) -> None:
    """Show each event on stdout until `count` of them, `timeout` without one, --duration, a signal, or its closing.

    `show` makes a line of an event's number, from 1 on, and what is known about it.
    """
    environment = engine.environment
    narrator = _narrator(engine.connection)
    lines: list[bytes] = []
    seen, last, unshown = 0, engine.now(), 0

    def tell(_connection: Connection, event: ConnectionEvent) -> None:
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

    def loop() -> None:
        while count is None or seen < count:
            engine.wait(until=None if timeout is None else last + timeout)
            _write(engine, lines)
            if timeout is not None and engine.now() - last >= timeout:
                why = f"no event for {format_duration(timeout)}"
                raise Ended(EndReason(End.IDLE, TimeRanOut(why)))

    engine.on_event = tell
    pattern = engine.connection.pattern
    engine.memory.discards = pattern.can_receive and pattern.batches
    end = run(loop)
    if end.kind is not End.OUTPUT_CLOSED:
        environment.output.write(lines)
        flush(engine)
    missing = count is not None and seen < count
    report_end(environment, end, late="the duration is over" if missing else None)
    if missing and end.kind is not End.OUTPUT_CLOSED:
        environment.note(f"{seen} of {count} events")
    engine.abandon()
    if unshown:
        environment.note(f"{unshown} events came while stdout was not read, and are not shown")


def _write(engine: SocketEngine, lines: list[bytes]) -> None:
    """Write to stdout, waiting for a slow reader. Unlike a message, an event does not show that all is well."""
    output = engine.environment.output
    output.write(lines)
    lines.clear()
    while output.blocked:
        engine.wait(Wake.OUTPUT)
        output.flush()
