"""How an exchange ends: what had been accepted gets out, and the user is told what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zmqcli.engine.ending import End, report_end
from zmqcli.engine.last_output import flush
from zmqcli.engine.outbox import CLOSED_SECONDS
from zmqcli.errors import ExpectationError, TimeRanOut

if TYPE_CHECKING:
    from zmqcli.engine.ending import EndReason
    from zmqcli.engine.session import Session
    from zmqcli.engine.source import Source

__all__ = ["Counts", "finish", "messages"]


class Counts(Protocol):
    """Where messages go: a sink, or a tally (top/loop.py)."""

    @property
    def shown(self) -> int:
        """How many messages were printed."""

    @property
    def met(self) -> bool:
        """Whether what `--expect` asks for has come."""

    @property
    def unmet(self) -> str | None:
        """What `--expect` asks for and has not come."""


def finish(
    session: Session,
    end: EndReason,
    *,
    source: Source | None = None,
    sink: Counts | None = None,
    awaits_reply: bool = False,
    sends_rest: bool = True,
) -> None:
    """Report how far the exchange came, send what had been accepted, within linger, and close.

    `source`, `sink`: what was sent from and shown by, if anything. `awaits_reply`: a request was sent, and has no reply
    yet. `sends_rest`: whether what libzmq has not taken yet is still sent.
    """
    environment, outbox = session.environment, session.outbox
    closed = end.kind is End.OUTPUT_CLOSED
    if source is not None and not closed:
        outbox.add(source.stop())
    if sink is not None and not closed:
        flush(session)
    if end.kind is End.IDLE and session.connection.pattern.can_send and end.error is not None:
        environment.outcome.add(end.error.exit_code)
        outbox.ended_by = end.error  # reported with what was not delivered
    else:
        late, why = _missing(session, source, sink, awaits_reply=awaits_reply)
        report_end(environment, end, late=late, why=why)
    if end.kind is End.PATIENCE and awaits_reply:
        environment.fail(TimeRanOut("no reply: the peer left, and none came back within --linger"))
    if sink is not None and not closed:
        _report_sink(session, sink, done=end.kind in {End.DONE, End.PATIENCE})
    if not session.connection.pattern.can_send:
        session.abandon()
        return
    longest = {End.OUTPUT_CLOSED: CLOSED_SECONDS, End.PATIENCE: 0.0}.get(end.kind)  # linger has passed with PATIENCE
    outbox.finish(longest=longest, sends_rest=sends_rest)


def _missing(
    session: Session, source: Source | None, sink: Counts | None, *, awaits_reply: bool
) -> tuple[str | None, str]:
    """Return what to report, and why, if --duration ends the exchange now; (None, "") if nothing is missing."""
    count, outbox = session.limits.messages, session.outbox
    if awaits_reply:
        return "no reply before the duration was over", session.situation()
    if sink is not None:
        late = sink.unmet is not None or (count is not None and sink.shown < count)
        return ("the duration is over" if late else None), ""
    sent = outbox.accepted + outbox.pending
    if source is not None and count is not None and sent < count:
        return "the duration is over", f"sent {sent} of {count}"
    return None, ""


def _report_sink(session: Session, sink: Counts, *, done: bool) -> None:
    """Report how many messages came of those that were asked for, and that none was what `--expect` asks for."""
    environment, count = session.environment, session.limits.messages
    if count is not None and sink.shown < count:
        environment.note(f"received {sink.shown} of {count}")
    if sink.unmet is not None:
        why = f"no match in {messages(sink.shown)} for '{sink.unmet}'"
        if done:
            environment.fail(ExpectationError("--expect was not met", why=why))
        else:
            environment.note(f"--expect: {why}")


def messages(count: int) -> str:
    """Return a number of messages in words."""
    return f"{count} message{'' if count == 1 else 's'}"
