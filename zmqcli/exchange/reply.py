"""Answer each request: `rep`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.ending import End, Ended, run
from zmqcli.errors import DataError, UndeliveredError, UsageError
from zmqcli.exchange.finish import finish
from zmqcli.exchange.receive import batch_limit
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.engine.session import Session
    from zmqcli.engine.source import Source
    from zmqcli.exchange.sink import Sink
    from zmqcli.message import Message

__all__ = ["no_answer", "reply"]

REST_SECONDS = 0.02
"""Requests on their way get this long when stdout is closed: the command ends within 0.2 s."""


def no_answer(why: str) -> UsageError:
    """Return the error for a `rep` that could not answer any request."""
    hint = "give frames, --file PATH, --echo or --exec COMMAND, or pipe records in"
    return UsageError("rep has no answer to give", why=why, hint=hint)


def reply(
    session: Session,
    source: Source,
    sink: Sink,
    answer: Callable[[Message], Message | None] | None,
    *,
    at_once: bool = True,
) -> None:
    """Show each request and answer it, with `answer` or with the next record of `source`.

    `at_once`: whether `answer` takes no time. If it takes some, the last requests get empty replies when stdout is
    closed.

    Every request that was received gets a reply, an empty one if there is no other: a REQ without a reply waits for
    ever.
    """
    session.counts_sends = sink.filters is None

    def loop() -> None:
        while batch_limit(session, sink) > 0:
            gone = session.limits.transient and session.connection.peers.gone
            if answer is None and source.reads_input and not source.ended:
                # Check stdin before taking a request: at its end there is no answer left.
                woken = 0 if gone else session.wait(Wake.RECEIVE | Wake.INPUT)
            else:
                woken = 0 if gone else session.wait(Wake.RECEIVE)
            if woken & Wake.INPUT and _at_end(source):
                break
            batch, size = session.connection.receive_batch(1)
            if batch:
                _answer(session, source, sink, batch[0], size, answer)
            elif gone:
                break
            if answer is None and source.ended:
                break

    end = run(loop)
    if end.kind is End.OUTPUT_CLOSED:
        _answer_rest(session, answer if at_once else None)
    if end.kind is End.DONE:
        _judge_answers(session, sink, ended=answer is None and source.ended)
    finish(session, end, sink=sink)


def _judge_answers(session: Session, sink: Sink, *, ended: bool) -> None:
    """Report that stdin `ended` without any answer, or with fewer than `-n` asks for: a peer may wait for one."""
    count, environment = session.limits.messages, session.environment
    if not ended or sink.met or (count is not None and sink.shown >= count):
        return
    if not session.received and not environment.input.is_terminal():
        environment.fail(no_answer("stdin is empty"))
    elif count is not None:
        environment.fail(DataError("stdin ended before -n was met", why=f"answered {sink.shown} of {count}"))


def _at_end(source: Source) -> bool:
    source.fill()
    return source.ended


def _answer(
    session: Session,
    source: Source,
    sink: Sink,
    message: Message,
    size: int,
    answer: Callable[[Message], Message | None] | None,
) -> None:
    made: Message = [b""]
    shown = 0
    requester = session.requester(message)
    try:
        session.arrived([message])
        shown = sink.show([message], size, session.write)
        if shown:
            session.touch()
        made = (answer(message) or made) if answer else _next_record(session, source)
    except Ended as end:
        made = end.reply or made
        raise
    finally:
        # Also when stdout is closed or a signal came: the peer must not wait for ever.
        session.outbox.add([made])
        if session.has_left(requester):
            _reply_to_nobody(session)
        elif requester is not None:
            session.connection.peers.ledger.asked(requester, again=session.is_req(message))
        session.outbox.push_some()
    while session.outbox.pending:
        session.outbox.wait_to_send()
        session.outbox.push_some()
    if not shown:
        session.check_idle()


def _reply_to_nobody(session: Session) -> None:
    """Send the pending reply, without which a REP cannot receive again, and report that it is lost."""
    ledger = session.connection.peers.ledger
    alone = ledger.settled
    session.outbox.push_some()
    if alone:  # otherwise another reply is on its way
        ledger.write_off()
    session.environment.fail(UndeliveredError("undelivered: the requester had left before its reply"), repeats=True)


def _answer_rest(session: Session, answer: Callable[[Message], Message | None] | None) -> None:
    """Answer the requests that have arrived but cannot be shown any more."""
    session.sleep(REST_SECONDS, Wake.RECEIVE)
    while batch := session.connection.receive_batch(1)[0]:
        session.outbox.add([(answer(message) if answer else None) or [b""] for message in batch])
        session.outbox.push_some()


def _next_record(session: Session, source: Source) -> Message:
    while not source.ended:
        while source.reads_input and not session.wait(Wake.INPUT) & Wake.INPUT:
            pass
        for message in source.take(1):
            return message
    session.environment.fail(DataError("stdin ended before a request was answered", hint="an empty reply was sent"))
    return [b""]
