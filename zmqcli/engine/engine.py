"""One command at work on one socket: the only place that sleeps, and what it does on waking.

Every loop calls `wait`, which takes monitor events, signals, the closing of stdout and the clock into account, and
raises what ends the command: so the loops read as straight lines. `Session` (session.py) adds what is sent and what
somebody who waits is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from zmqcli.engine.limits import DurationOver, PatienceOver
from zmqcli.engine.memory import MemoryWatch
from zmqcli.errors import TOO_MANY_FILES, OutputClosed, Stopped, TimeRanOut, ZmqcliError
from zmqcli.sockets.batches import BATCH_MESSAGES
from zmqcli.sockets.poller import Poller, Wake
from zmqcli.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zmqcli.delivery.link import Link
    from zmqcli.diagnosis.events import Event
    from zmqcli.engine.limits import Limits
    from zmqcli.environment import Environment
    from zmqcli.message import Batch, Frame, Message, ReceivedFrame
    from zmqcli.sockets.connection import Connection

__all__ = ["Alarm", "Engine", "Held"]

GLANCE_SECONDS = 0.001
"""Longest gap between looks at events and signals in a loop that never has to wait."""


class Held(Protocol):
    """A sink that may hold messages back for a moment."""

    due: float | None
    """When it lets go of them; None while it holds none."""

    def let_go(self, write: Callable[[Iterable[Frame]], None]) -> None:
        """Print them with `write`."""


class Alarm(Protocol):
    """A timer that anything that happens restarts."""

    at: float | None
    """When; None: not before `rearm`."""

    def ring(self, now: float) -> None:
        """Run the timer's action, and set the next time."""

    def rearm(self) -> None:
        """Restart the timer: something has happened."""


class Engine:
    """The socket, the environment and the limits of one command."""

    def __init__(
        self, environment: Environment, connection: Connection, limits: Limits, *, shows: bool, publishes: bool = False
    ) -> None:
        """Start the clocks.

        `shows`: messages go to stdout, so its closing ends the command. `publishes`: the XPUB's subscriptions are for
        this session to read, not messages to show.
        """
        self.environment = environment
        self.connection = connection
        self.limits = limits
        self.now = environment.monotonic
        self.on_ready: Callable[[], None] | None = None
        """Called once, at the first peer (`--ready-when peer`)."""
        self.stopping = False
        """Whether the command is draining: only `--linger` limits it now."""
        self.patience: float | None = None
        """When to give up on a peer that left; None while there is one, or more to read."""
        self._woken_at = 0.0
        self.departures = 0
        """How often a peer has left."""
        self.held: Held | None = None
        self.alarms: list[Alarm] = []
        self.counts_sends = True
        """Whether a send restarts the clock of `-t`. It does not where sends only answer what was received."""
        self.publishes, self._shows = publishes, shows
        self.reads_subscriptions = publishes
        """Whether an XPUB's subscriptions are read, so that `peers.subscriptions` is complete."""
        self.poller = Poller(connection, environment, watch_output=shows)
        self._idle_since = self.now()
        self.paced_until = 0.0
        """When the next send is due; until then nothing has to happen for `-t`."""
        self._ends = None if limits.duration is None else self._idle_since + limits.duration
        self.received = 0
        """Messages that have arrived."""
        self.most = BATCH_MESSAGES
        """Messages to receive at once, at most."""
        self.memory = MemoryWatch(environment, lambda: [self.connection])
        self.on_event: Callable[[Event], None] | None = None
        self.on_message: Callable[[Batch], None] | None = None
        """Both are called for `-v` and `monitor`; None otherwise."""

    def sent(self) -> None:
        """Something was sent."""
        if self.counts_sends:
            self.touch()
        self._rearm()

    def _rearm(self) -> None:
        for alarm in self.alarms:
            alarm.rearm()

    # Waiting

    def touch(self) -> None:
        """Something has happened: `-t` counts from here."""
        self._idle_since = self.now()

    def glance(self) -> None:
        """Take events, signals and the clock into account, unless that was just done. For loops that never wait."""
        now = self.now()
        if now - self._woken_at >= GLANCE_SECONDS:
            self.wait(until=now)

    def arrived(self, batch: Batch) -> None:
        """Messages have arrived. The caller decides whether that counts for `-t`."""
        self.received += len(batch)
        if self.on_message is not None:
            self.handle_events()  # events that came before the message are shown before it
            self.on_message(batch)

    def wait(self, interest: int = 0, until: float | None = None) -> int:
        """Sleep until something of `interest` is there (Wake flags, returned) or the clock says `until`.

        Raise Stopped at the first signal, OutputClosed, TimeRanOut (`-t`), DurationOver, PatienceOver.
        """
        deadline = self._deadline(until)
        ends = self._soonest(deadline)
        if self.publishes:
            interest |= Wake.RECEIVE
        self.memory.rest()
        woken = self.poller.wait(interest, None if ends is None else max(0.0, ends - self.now()) * 1000)
        self._housekeeping(woken)
        now = self._woken_at = self.now()
        for alarm in self.alarms:
            if alarm.at is not None and now >= alarm.at:
                alarm.ring(now)
        if self._ends is not None and now >= self._ends and not self.stopping:
            raise DurationOver  # also under load, when there is always something to do
        if not woken & interest and deadline is not None and now >= deadline:
            if self.patience is not None and now >= self.patience:
                raise PatienceOver
            self.check_idle()
        self._let_go(now)
        return woken

    def _soonest(self, deadline: float | None) -> float | None:
        """Return when to wake up: at `deadline`, to look at what was sent, or at an alarm."""
        pause = self.connection.peers.ledger.pause()
        if pause is not None:
            look_at = self.now() + pause
            deadline = look_at if deadline is None else min(look_at, deadline)
        for alarm in self.alarms:
            if alarm.at is not None and (deadline is None or alarm.at < deadline):
                deadline = alarm.at
        return deadline

    def _let_go(self, now: float) -> None:
        """Print what the sink holds back, when its time has come."""
        if self.held is not None and self.held.due is not None and now >= self.held.due:
            idle_since = self._idle_since
            self.held.let_go(self.write)
            self._idle_since = idle_since  # the held messages came at that time

    def _deadline(self, until: float | None) -> float | None:
        held = None if self.held is None else self.held.due
        for at in (self._idle_ends(), self._ends, self.patience, held):
            if at is not None and (until is None or at < until):
                until = at
        return until

    @property
    def ends_at(self) -> float | None:
        """When `-t` or `--duration` ends it, as things stand."""
        return min((at for at in (self._idle_ends(), self._ends) if at is not None), default=None)

    def pause(self, until: float) -> None:
        """Sleep until the clock says `until`. `-t` does not count this time: the pause is ours."""
        self.paced_until = until
        while self.now() < until:
            self.wait(until=until)

    def _housekeeping(self, woken: int) -> None:
        if woken & Wake.MONITOR:
            self.handle_events()
        self.connection.peers.ledger.look_if_due()
        signals = self.environment.signals
        if signals.received and not self.stopping:
            self.stopping = True
            raise Stopped(signals.received)
        if woken & Wake.SIGNAL:
            signals.clear()
            self.memory.look()
        if woken & Wake.OUTPUT_CLOSED and self._shows:
            self._shows = False  # say it once: the ending may still have to sleep
            self.poller.ignore_output()
            raise OutputClosed("stdout is closed")
        if self.publishes and woken & Wake.RECEIVE:
            self._read_subscriptions()

    def handle_events(self) -> None:
        """Process the monitor's events."""
        peers = self.connection.peers
        before, shaken = peers.count, peers.handshakes
        if self.connection.zap_handler is not None:
            self.connection.zap_handler.serve(self.environment)
        for event in self.connection.monitor.drain():
            peers.handle(event)
            if self.on_event is not None:
                self.on_event(event)
        self._rearm()
        if peers.handshakes > shaken:
            if self.connection.pattern.can_send:
                self.touch()
            if self.connection.pattern.exclusive and peers.count > 1:
                self.environment.note("another peer has connected; a PAIR talks to the first alone", repeats=True)
            if not self.publishes:
                self.announce()
        if peers.count < before or (peers.handshakes > shaken and peers.count == before):
            self.departures += 1
            peers.ledger.let_leave()
        self._tell_troubles()

    def requester(self, message: Message) -> Link | None:
        """Return the connection that a request has come over; None over inproc, or when it has already closed."""
        frame = cast("ReceivedFrame", message[0])
        link = self.connection.peers.link_of(frame)
        if link is None and self.connection.monitor.has_events():  # the message arrived before the event about its peer
            self.handle_events()
            link = self.connection.peers.link_of(frame)
        return link

    def is_req(self, message: Message) -> bool:
        """Whether a request has come from a REQ. A REQ asks again only after it has its reply."""
        return self.connection.peers.type_of(cast("ReceivedFrame", message[0])) == "REQ"

    def has_left(self, link: Link | None) -> bool:
        """Whether the peer that `requester` returned is known to have left."""
        if self.connection.monitor.has_events():
            self.handle_events()
        peers = self.connection.peers
        return not peers.unseen and (link is None or peers.links.get(link.number) is not link)

    def _tell_troubles(self) -> None:
        peers = self.connection.peers
        if (unwatched := peers.take_unwatched()) is not None:
            self.environment.note(unwatched)
        for trouble in peers.troubles:
            self.environment.fail(ZmqcliError(trouble), repeats=True)
        peers.troubles.clear()
        for lost in peers.unread:
            if self.limits.messages is None:
                self.environment.fail(ZmqcliError(lost))
            else:  # more may have come than was wanted; -n decides whether enough did
                self.environment.note(lost)
        peers.unread.clear()
        for refusal in peers.take_refusals():
            self.environment.note(refusal, repeats=True)
        if complaint := self.connection.monitor.take_complaint():
            self.environment.note(complaint)

    def sleep(self, seconds: float, interest: int = 0) -> None:
        """Sleep for `seconds`. Take events into account, but nothing that ends a command: it is ending already."""
        woken = self.poller.wait(interest, seconds * 1000)
        if woken & Wake.MONITOR:
            self.handle_events()
        if woken & Wake.SIGNAL:
            self.environment.signals.clear()

    def announce(self) -> None:
        """Announce the first peer to `--ready-when`."""
        if self.on_ready is not None:
            announce, self.on_ready = self.on_ready, None  # once, also when it fails
            announce()

    def situation(self) -> str:
        """Return where the socket is and what libzmq last reported about it, for a person."""
        try:
            config, peers = self.connection.config, self.connection.peers
            where = ", ".join([*self.connection.endpoints, *(endpoint.text for endpoint in config.connects)])
            report = peers.report
            if not report and config.binds and not peers.links:
                report = "nobody has connected"
        except OSError:  # no descriptor is left to read a module with
            return TOO_MANY_FILES
        return f"{where}: {report}" if report else where

    def _read_subscriptions(self) -> None:
        self.connection.read_subscriptions()
        self.touch()
        if self.connection.peers.subscribed(None):
            self.announce()

    @property
    def quiet_since(self) -> float:
        """When something last happened, as `-t` counts it."""
        return max(self._idle_since, self.paced_until)

    def _idle_ends(self) -> float | None:
        if self.limits.timeout is None or self.stopping or self.environment.output.blocked:
            return None
        return self.quiet_since + self.limits.timeout

    def check_idle(self) -> None:
        """Raise TimeRanOut when `-t` is over. For loops that are kept awake by what does not count."""
        if (idle_ends := self._idle_ends()) is not None and self.now() >= idle_ends:
            waited = format_duration(self.limits.timeout or 0.0)
            raise TimeRanOut(f"nothing happened for {waited}", why=self.situation())

    def write(self, chunks: Iterable[Frame]) -> None:
        """Write to stdout. Wait for a slow reader, which in turn holds the sender back."""
        output, signals = self.environment.output, self.environment.signals
        signals.sheltered = True  # a write must not be torn; and `wait` sees everything that ends us
        try:
            output.write(chunks)
            while output.blocked:
                self.wait(Wake.OUTPUT)
                output.flush()
        finally:
            signals.sheltered = False
        self.touch()

    def abandon(self) -> None:
        """Close without waiting: nothing was sent, or its fate is known, or the command failed."""
        self.connection.close(0.0)
        self.connection.peers.close()

    def reopen(self, connection: Connection) -> None:
        """Go on with a fresh socket (`req --retry`)."""
        self.connection = connection
        self.poller = Poller(connection, self.environment, watch_output=self._shows)
        self.touch()
