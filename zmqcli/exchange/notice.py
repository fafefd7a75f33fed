"""What a sender says while nobody is there to send to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.sockets.patterns import Ready

if TYPE_CHECKING:
    from zmqcli.exchange.session import Session
    from zmqcli.message import Frame

__all__ = ["Notice"]

NOTICE_SECONDS = 1.0
"""After so long without a peer, say what is being waited for."""


class Notice:
    """One line on stderr, once in a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notice_at: float | None = None
        self._noticed = False

    def say(self, first: Frame | None, count: int) -> float | None:
        """Say once, when it is time, what is being waited for; return when that time is."""
        if self._noticed:
            return None
        now = self._session.now()
        if self._notice_at is None:
            self._notice_at = now + NOTICE_SECONDS
        if now < self._notice_at:
            return self._notice_at
        self._noticed = True
        self._session.environment.note(f"waiting for {self._awaited(first, count)} ({self._session.situation()})")
        return None

    def _awaited(self, first: Frame | None, count: int) -> str:
        ready_when = self._session.connection.pattern.ready_when
        what = ready_when.value
        if count > 1:
            what = f"{count} {what.removeprefix('a ')}s, of which {self._session.connection.peers.count} are here,"
        if first is None or ready_when is not Ready.SUBSCRIPTION:
            return what
        return f"{what} to '{bytes(first)[:64].decode('utf-8', 'backslashreplace')}'"
