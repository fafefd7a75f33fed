"""When a waiting user gets a notice (what the command waits for) or a hint (what is wrong). hints.py has the words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import FILES_HINT, TOO_MANY_FILES

if TYPE_CHECKING:
    from zmqcli.engine.hints import Hints, Sending
    from zmqcli.engine.socket_engine import SocketEngine
    from zmqcli.message import Frame

__all__ = ["Waiting"]

NOTICE_SECONDS = 1.0
"""Seconds without a peer before the notice that says what the command waits for."""
STUCK_SECONDS = 2.0
"""Seconds without any event before a hint."""
NO_FILES = f"{TOO_MANY_FILES}; {FILES_HINT}"


class NothingSent:
    """The answers of a command that sends nothing."""

    accepted = 0
    delimited = False
    peer_has_left = False


class Waiting:
    """The timers of the notice and the hint."""

    def __init__(self, engine: SocketEngine) -> None:
        self._engine = engine
        self.sending: Sending = NothingSent()
        """What was sent so far; the Session names its outbox."""
        self._notice_at: float | None = None
        self._noticed = False
        self._hints: Hints | None = None
        self.at: float | None = None
        """When to look whether something is wrong; None while nothing new can be known."""
        self.first: bytes | None = None
        """The first frame that a publisher waits for a subscriber to."""
        self.rearm()

    def notice(self, first: Frame | None, count: int) -> float | None:
        """Say once, when it is time, what is being waited for; return when that time is."""
        engine = self._engine
        self.first = None if first is None else bytes(first)
        if self._noticed:
            return None
        now = engine.now()
        if self._notice_at is None:
            self._notice_at = now + NOTICE_SECONDS
        if now < self._notice_at:
            return self._notice_at
        self._noticed = True
        what = f"{count} peers"
        try:
            from zmqcli.engine.hints import awaited

            what = awaited(engine, first, count)
        except OSError:  # no descriptor is left to read a module with
            pass
        engine.environment.note(f"waiting for {what} ({engine.situation()})")
        return None

    def rearm(self) -> None:
        """Something has happened: if nothing comes of it, see in a while what is wrong."""
        if self.at is None and not self._engine.environment.quiet:
            self.at = self._engine.now() + STUCK_SECONDS

    def ring(self, now: float) -> None:
        """Say what is known to be wrong, if nothing has moved for long enough."""
        engine = self._engine
        stuck_at = engine.quiet_since + STUCK_SECONDS
        if now < stuck_at:
            self.at = stuck_at
            return
        self._look_into()

    def last_hint(self) -> None:
        """Say what is known to be wrong with a DEALER that ends without an answer: afterwards it is too late."""
        engine = self._engine
        if engine.environment.quiet or engine.connection.config.type != "DEALER":
            return
        if self.sending.accepted and not engine.received:
            self._look_into()
            while self.at is not None:
                engine.sleep(max(0.0, self.at - engine.now()))
                self._look_into()

    def _look_into(self) -> None:
        engine = self._engine
        self.at = None
        if engine.stopping:
            return
        try:
            from zmqcli.engine.hints import Hints

            self._hints = self._hints or Hints(engine)
            self.at = self._hints.give(self.sending, self.first)
        except OSError:  # as above
            engine.environment.note(f"hint: {NO_FILES}")
