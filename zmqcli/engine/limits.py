"""How much and how long: what the user said about `-n -t --duration -i --delay -w --linger --transient`.

And when somebody who waits is told something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zmqcli.errors import FILES_HINT, TOO_MANY_FILES

if TYPE_CHECKING:
    from zmqcli.engine.hints import Hints
    from zmqcli.engine.session import Session
    from zmqcli.message import Frame, Message

__all__ = ["Cut", "DurationOver", "Limits", "PatienceOver", "Waiting"]

NOTICE_SECONDS = 1.0
"""After so long without a peer, say what is being waited for."""
STUCK_SECONDS = 2.0
"""After so long without anything happening, say what is known to be wrong."""
NO_FILES = f"{TOO_MANY_FILES}; {FILES_HINT}"


class DurationOver(Exception):  # no error: the time the user gave has passed
    """`--duration` has passed."""


class PatienceOver(Exception):  # no error by itself: what was not sent is counted afterwards
    """Linger has passed while everything that is left waits for a peer to come back."""


class Cut(Exception):  # carries what ends the command past those who still have a peer to answer
    """What ends the command came while an answer was being made."""

    def __init__(self, by: Exception, reply: Message) -> None:
        super().__init__("cut short")
        self.by = by
        """What it was: to be raised once the reply is on its way."""
        self.reply = reply
        """What the peer gets instead, envelope included."""


class Limits(NamedTuple):
    """Times in seconds. None is "no limit"; 0 is 0."""

    messages: int | None = None
    """Messages to receive, or to send."""
    timeout: float | None = None
    """Give up when nothing has happened for so long: exit 124."""
    duration: float | None = None
    """Stop after so long in all."""
    interval: float | None = None
    """From one send to the next."""
    delay: float = 0.0
    """Before the first send."""
    wait: int = 1
    """Peers to wait for before the first send; 0: none, ever."""
    linger: float = 5.0
    """To get everything out after the last send."""
    transient: bool = False
    """Whether to stop when every peer that had connected is gone."""
    retry: int = 0
    """`req`: how often to send again when no reply came within `timeout`."""


class Waiting:
    """When somebody who waits is told what for (`notice`), and what is wrong (`hint`). The words are in hints.py."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notice_at: float | None = None
        self._noticed = False
        self._hints: Hints | None = None
        self.hint_at: float | None = None
        """When to look whether something is wrong; None while nothing new can be known."""
        self.first: bytes | None = None
        """The first frame that a publisher waits for a subscriber to."""
        self.rearm()

    def notice(self, first: Frame | None, count: int) -> float | None:
        """Say once, when it is time, what is being waited for; return when that time is."""
        session = self._session
        self.first = None if first is None else bytes(first)
        if self._noticed:
            return None
        now = session.now()
        if self._notice_at is None:
            self._notice_at = now + NOTICE_SECONDS
        if now < self._notice_at:
            return self._notice_at
        self._noticed = True
        what = f"{count} peers"
        try:
            from zmqcli.engine.hints import awaited

            what = awaited(session, first, count)
        except OSError:  # no descriptor is left to read a module with
            pass
        session.environment.note(f"waiting for {what} ({self.situation()})")
        return None

    def situation(self) -> str:
        """Return where the socket is and what libzmq last said about it, for a person."""
        try:
            from zmqcli.engine.hints import situation

            return situation(self._session)
        except OSError:  # as above
            return TOO_MANY_FILES

    def rearm(self) -> None:
        """Something has happened: if nothing comes of it, see in a while what is wrong."""
        if self.hint_at is None and not self._session.environment.quiet:
            self.hint_at = self._session.now() + STUCK_SECONDS

    def hint(self, now: float) -> None:
        """Say what is known to be wrong, if nothing has moved for long enough."""
        session = self._session
        stuck_at = session.quiet_since + STUCK_SECONDS
        if now < stuck_at:
            self.hint_at = stuck_at
            return
        self._look_into()

    def last_hint(self) -> None:
        """Say what is known to be wrong with a DEALER that ends without an answer: afterwards it is too late."""
        session = self._session
        if session.environment.quiet or session.connection.config.type != "DEALER":
            return
        if session.outbox.accepted and not session.received:
            self._look_into()
            while self.hint_at is not None:
                session.sleep(max(0.0, self.hint_at - session.now()))
                self._look_into()

    def _look_into(self) -> None:
        session = self._session
        self.hint_at = None
        if session.stopping:
            return
        try:
            from zmqcli.engine.hints import Hints

            self._hints = self._hints or Hints(session)
            self.hint_at = self._hints.give()
        except OSError:  # as above
            session.environment.note(f"hint: {NO_FILES}")
