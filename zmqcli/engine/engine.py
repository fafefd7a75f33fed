"""A command at work on one socket or several: the only place that sleeps, and what it does on waking.

A loop calls `wait`, which takes monitor events, signals, the closing of stdout and the clock into account. What ends
the command ends the loop: `run` (ending.py) returns the reason. `Session` (session.py) adds what a command with one
socket needs, `Relay` (relay.py) what a proxy does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zmqcli.engine.ending import End, Ended, EndReason
from zmqcli.engine.memory import MemoryWatch
from zmqcli.errors import OutputClosed, Stopped, TimeRanOut, ZmqcliError
from zmqcli.sockets.poller import Poller, Wake
from zmqcli.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.diagnosis.events import ConnectionEvent
    from zmqcli.engine.limits import Limits
    from zmqcli.environment import Environment
    from zmqcli.sockets.connection import Connection

__all__ = ["Alarm", "Engine"]


class Alarm(Protocol):
    """A timer that anything that happens restarts."""

    @property
    def at(self) -> float | None:
        """When; None: not before `rearm`."""

    def ring(self, now: float) -> None:
        """Run the timer's action, and set the next time."""

    def rearm(self) -> None:
        """Restart the timer: something has happened."""


class Engine:
    """The open sockets, the environment and the limits of one command."""

    def __init__(
        self, environment: Environment, connections: Sequence[Connection], limits: Limits, *, writes: bool
    ) -> None:
        """Start the clocks. `writes`: something goes to stdout, so its closing ends the command."""
        self.environment = environment
        self.connections = list(connections)
        """The open ones."""
        self.limits = limits
        self.now = environment.monotonic
        self.stopping = False
        """Whether the command is ending: only `--linger` limits it now."""
        self.patience: float | None = None
        """When to give up on a peer that left; None while there is one, or more to read."""
        self.paced_until = 0.0
        """When the next send is due; until then nothing has to happen for `-t`."""
        self.on_ready: Callable[[], None] | None = None
        """Called once, at the first peer (`--ready-when peer`)."""
        self.on_event: Callable[[Connection, ConnectionEvent], None] | None = None
        """Called with each event, for `-v` and `monitor`."""
        self.alarms: list[Alarm] = []
        self.writes = writes
        self.poller = Poller(self.connections, environment, watch_output=writes)
        self.memory = MemoryWatch(environment, self._own_connections)
        self._interest = 0
        """What every sleep is for, whatever its caller asks."""
        self._woken_at = 0.0
        self._idle_since = self.now()
        self._duration_ends = None if limits.duration is None else self._idle_since + limits.duration

    # The loop

    def wait(self, interest: int = 0, until: float | None = None) -> int:
        """Sleep until something of `interest` is there (Wake flags, returned) or the clock says `until`.

        Raise Ended at the first signal, at the end of `-t`, `--duration` or the patience; OutputClosed.
        """
        interest |= self._interest
        deadline = self._deadline(until)
        ends = self._soonest(deadline)
        self.memory.rest()
        woken = self.poller.wait(interest, None if ends is None else max(0.0, ends - self.now()) * 1000)
        self._take_into_account(woken)
        now = self._woken_at = self.now()
        for alarm in self.alarms:
            if alarm.at is not None and now >= alarm.at:
                alarm.ring(now)
        if self._duration_ends is not None and now >= self._duration_ends and not self.stopping:
            raise Ended(EndReason(End.DURATION))  # also under load, when there is always something to do
        if not woken & interest and deadline is not None and now >= deadline:
            if self.patience is not None and now >= self.patience:
                raise Ended(EndReason(End.PATIENCE))
            self.check_idle()
        return woken

    def sleep(self, seconds: float, interest: int = 0) -> None:
        """Sleep for `seconds`. Take events into account, but nothing that ends a command: it is ending already."""
        woken = self.poller.wait(interest, seconds * 1000)
        self._handle_woken(woken)
        if woken & Wake.SIGNAL:
            self.environment.signals.clear()

    def _deadline(self, until: float | None) -> float | None:
        """Return when the caller, or a limit of the command, wants the sleep to end."""
        for at in (self._idle_ends(), None if self.stopping else self._duration_ends, self.patience):
            if at is not None and (until is None or at < until):
                until = at
        return until

    def _soonest(self, deadline: float | None) -> float | None:
        """Return when to wake up: at `deadline`, to look at what was sent, or at an alarm."""
        for connection in self._watched():
            pause = connection.peers.ledger.pause()
            if pause is not None:
                look_at = self.now() + pause
                deadline = look_at if deadline is None else min(look_at, deadline)
        for alarm in self.alarms:
            if alarm.at is not None and (deadline is None or alarm.at < deadline):
                deadline = alarm.at
        return deadline

    def _watched(self) -> Sequence[Connection]:
        """Return the connections whose ledgers are looked at: what is lost there is reported."""
        return self.connections

    def _own_connections(self) -> Sequence[Connection]:
        """Return the connections whose sockets belong to this thread now."""
        return self.connections

    def _take_into_account(self, woken: int) -> None:
        """Handle all that has woken us but what was asked for."""
        self._handle_woken(woken)
        for connection in self._watched():
            connection.peers.ledger.look_if_due()
        signals = self.environment.signals
        if signals.received and not self.stopping:
            self.stopping = True
            raise Ended(EndReason(End.STOPPED, Stopped(signals.received)))
        if woken & Wake.SIGNAL:
            signals.clear()
            self.memory.look()
        if woken & Wake.OUTPUT_CLOSED and self.writes:
            self.writes = False  # say it once: the ending may still have to sleep
            self.poller.ignore_output()
            raise OutputClosed("stdout is closed")

    # The limits

    def touch(self) -> None:
        """Something has happened: `-t` counts from here."""
        self._idle_since = self.now()

    @property
    def quiet_since(self) -> float:
        """When something last happened, as `-t` counts it."""
        return max(self._idle_since, self.paced_until)

    @property
    def ends_at(self) -> float | None:
        """When `-t` or `--duration` ends it, as things stand."""
        return min((at for at in (self._idle_ends(), self._duration_ends) if at is not None), default=None)

    def _idle_ends(self) -> float | None:
        if self.limits.timeout is None or self.stopping or self.environment.output.blocked:
            return None
        return self.quiet_since + self.limits.timeout

    def check_idle(self) -> None:
        """Raise Ended when `-t` is over. For loops that are kept awake by what does not count."""
        if (idle_ends := self._idle_ends()) is not None and self.now() >= idle_ends:
            waited = format_duration(self.limits.timeout or 0.0)
            raise Ended(EndReason(End.IDLE, TimeRanOut(f"nothing happened for {waited}", why=self.situation())))

    def situation(self) -> str:
        """Return what a person should know when nothing happens; empty for nothing."""
        return ""

    # Events

    def handle_events(self) -> None:
        """Process the events of all monitors."""
        for connection in list(self.connections):
            self._handle(connection)

    def _handle_woken(self, woken: int) -> None:
        for index, connection in enumerate(list(self.connections)):
            if Wake.of(index, woken) & Wake.MONITOR:
                self._handle(connection)

    def _handle(self, connection: Connection) -> None:
        """Process the events of one connection, and report what is wrong with it."""
        peers = connection.peers
        before, shaken = peers.count, peers.handshakes
        if connection.zap_handler is not None:
            connection.zap_handler.serve(self.environment, self.prefix(connection))
        for event in connection.monitor.drain():
            seen = peers.handle(event)
            if self.on_event is not None:
                self.on_event(connection, seen)
        for alarm in self.alarms:
            alarm.rearm()
        met = peers.handshakes > shaken
        if met and connection.pattern.exclusive and peers.count > 1:
            where = f" to the {name}" if (name := self.name(connection)) else ""
            self.environment.note(f"another peer has connected{where}; a PAIR talks to the first alone", repeats=True)
        self._handled(connection, met=met, left=peers.count < before or (met and peers.count == before))
        self._report_troubles(connection)

    def _handled(self, connection: Connection, *, met: bool, left: bool) -> None:
        """Act on events of a connection: its peers have changed. `met`: one has come; `left`: one has left."""

    def _report_troubles(self, connection: Connection) -> None:
        environment, peers, prefix = self.environment, connection.peers, self.prefix(connection)
        if (unwatched := peers.take_unwatched()) is not None:
            environment.note(f"{prefix}{unwatched}")
        for trouble in peers.troubles:
            environment.fail(ZmqcliError(f"{prefix}{trouble}"), repeats=True)
        peers.troubles.clear()
        for lost in peers.unread:
            if self.limits.messages is None:
                environment.fail(ZmqcliError(f"{prefix}{lost}"))
            else:  # more may have come than was wanted; -n decides whether enough did
                environment.note(f"{prefix}{lost}")
        peers.unread.clear()
        for refusal in peers.take_refusals():
            environment.note(f"{prefix}{refusal}", repeats=True)
        if complaint := connection.monitor.take_complaint():
            environment.note(f"{prefix}{complaint}")

    def announce(self) -> None:
        """Announce the first peer to `--ready-when`."""
        if self.on_ready is not None:
            announce, self.on_ready = self.on_ready, None  # once, also when it fails
            announce()

    def name(self, connection: Connection) -> str:  # noqa: ARG002 # a relay has several
        """Return what a person calls a connection; empty where there is only one."""
        return ""

    def prefix(self, connection: Connection) -> str:
        """Return what stands in front of a report about a connection."""
        name = self.name(connection)
        return f"{name}: " if name else ""

    # Ending

    def release(self, connection: Connection) -> None:
        """Close one connection without waiting for anything."""
        connection.close(0.0)
        connection.peers.close()
        if connection in self.connections:
            self.use([other for other in self.connections if other is not connection])

    def use(self, connections: Sequence[Connection]) -> None:
        """Go on with these connections."""
        self.connections[:] = connections
        self.poller = Poller(self.connections, self.environment, watch_output=self.writes)
