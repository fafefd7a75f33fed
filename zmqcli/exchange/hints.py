"""What is said to somebody who waits: what is waited for, and, once a command is stuck, what is known to be wrong.

Loaded only then. What takes a look at the network runs in a thread, so that signals, messages and the closing of stdout
are still seen; the session asks again every few milliseconds whether it is through.
"""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

from zmqcli.sockets import look
from zmqcli.sockets.course import State, course
from zmqcli.sockets.diagnosis import diagnose
from zmqcli.sockets.facts import Evidence, Facts
from zmqcli.sockets.narration import mechanism_of
from zmqcli.sockets.patterns import Ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.exchange.session import Session
    from zmqcli.message import Frame

__all__ = ["Hints", "awaited", "situation"]

TICK_SECONDS = 0.02
LOOK_SECONDS = 0.75
"""So long a closer look is waited for: a hint is there 3 s after the command has got stuck."""
TAP_SECONDS = 0.7
_STUCK = (State.SILENT, State.HUNG_UP, State.MISFIT, State.PROTOCOL)


def situation(session: Session) -> str:
    """Return where the socket is and what libzmq last said about it, for a person."""
    config, peers = session.connection.config, session.connection.peers
    where = ", ".join([*session.connection.endpoints, *(endpoint.text for endpoint in config.connects)])
    report = peers.report
    if not report and config.binds and not peers.links:
        report = "nobody has connected"
    return f"{where}: {report}" if report else where


def awaited(session: Session, first: Frame | None, count: int) -> str:
    """Return what is being waited for: a peer, or a subscriber to the `first` frame."""
    ready_when = session.connection.pattern.ready_when
    what = ready_when.value
    if count > 1:
        what = f"{count} {what.removeprefix('a ')}s, of which {session.connection.peers.count} are here,"
    if first is None or ready_when is not Ready.SUBSCRIPTION:
        return what
    return f"{what} to '{bytes(first)[:64].decode('utf-8', 'backslashreplace')}'"


class Hints:
    """What is known to be wrong with one stuck session, each fault said once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._said: set[str] = set()
        self._asked: set[tuple[str, str]] = set()
        self._looks: Looks | None = None
        self._evidence: dict[str, Evidence] = {}
        self._tapped: list[bytes] = []

    def give(self) -> float | None:
        """Say what is wrong, if anything is known to be; return when to be asked again, None when something happens."""
        now = self._session.now()
        if self._looks is None:
            questions = self._questions(self._facts())
            if questions:
                self._looks = Looks(questions, now + LOOK_SECONDS)
        if self._looks is not None:
            if self._looks.running and now < self._looks.until:
                return now + TICK_SECONDS
            self._evidence.update(self._looks.evidence)
            self._tapped = self._looks.tapped
            self._looks = None
        peers = self._session.connection.peers
        verdict = diagnose(self._facts(), peers.history, self._evidence)
        if verdict is not None and verdict.code not in self._said | peers.explained:
            self._said.add(verdict.code)
            self._session.environment.note(f"hint: {verdict}")
        return None

    def _facts(self) -> Facts:
        session = self._session
        connection, outbox = session.connection, session.outbox
        config, peers = connection.config, connection.peers
        identity = next((option.value for option in config.options if option.name == "ROUTING_ID"), config.identity)
        return Facts(
            kind="PUB" if session.publishes else config.type,
            fits=sorted(connection.pattern.fits),
            binds=connection.endpoints,
            connects=[endpoint.address for endpoint in config.connects],
            mechanism=mechanism_of(connection.socket),
            server=config.security is not None and config.security.server,
            ipv6=look.uses_ipv6(connection.socket),
            shakes_hands=config.type != "STREAM",
            peers=peers.count,
            handshakes=peers.handshakes,
            sent=outbox.accepted,
            received=session.received,
            subscriptions=config.subscriptions,
            subscribed=list(peers.subscriptions),
            awaited=session.waiting.first,
            tapped=self._tapped,
            delimited=outbox.delimited,
            expects=session.limits.messages is not None,
            identity=identity if isinstance(identity, bytes) else None,
            request_lost=outbox.peer_has_left,
            out_of_descriptors=look.out_of_descriptors(),
        )

    def _questions(self, facts: Facts) -> list[Question]:
        """Return what to look at more closely, nothing twice."""
        wanted: dict[tuple[str, str], Question] = {}
        if facts.out_of_descriptors:
            return []
        for endpoint in facts.connects:
            events = self._session.connection.peers.history.get(endpoint, ())
            question = _question(facts, endpoint, course(events, shakes_hands=facts.shakes_hands).state)
            if question is not None:
                wanted[question[0], endpoint] = (endpoint, question[1])
        config = self._session.connection.config
        if facts.kind in {"SUB", "XSUB"} and facts.peers and config.connects and not facts.received:
            prefixes = tuple(facts.subscriptions)
            if prefixes and b"" not in prefixes and all(e.transport != "inproc" for e in config.connects):
                wanted["tap", ""] = (
                    "",
                    lambda: look.tap(config, TAP_SECONDS, lambda frame: frame.startswith(prefixes)),
                )
        new = {key: question for key, question in wanted.items() if key not in self._asked}
        self._asked.update(new)
        return list(new.values())


Question = tuple[str, "Callable[[], Evidence | list[bytes]]"]
"""An endpoint, and how to take a look at it; the tap is of no endpoint."""


def _question(facts: Facts, endpoint: str, state: State) -> tuple[str, Callable[[], Evidence]] | None:
    """Return the kind of a closer look that tells more about an endpoint in this state, and how to take it."""
    found: tuple[str, Callable[[], Evidence]] | None = None
    if endpoint.startswith("ipc://") and state is State.REFUSED:
        path = look.look_at_path(endpoint)
        found = path, lambda: Evidence(path=path)
    elif not endpoint.startswith("tcp://"):
        pass
    elif state is State.UNREACHABLE:
        found = "name", lambda: look.look_at_name(endpoint, ipv6=facts.ipv6)
    elif state is State.REFUSED:
        found = "listener", lambda: look.find_listener(endpoint)
    elif state in _STUCK or (state is State.FINE and _unanswered(facts)):
        found = f"peer {state.name}", lambda: look.look_at_peer(endpoint)
    return found


def _unanswered(facts: Facts) -> bool:
    """Whether something was sent, and nothing ever came back."""
    return facts.kind in {"REQ", "DEALER"} and facts.sent > facts.received == 0


class Looks:
    """Closer looks going on, one after the other in a thread; what they have found can be read at any time."""

    def __init__(self, questions: list[Question], until: float) -> None:
        self.until = until
        self.evidence: dict[str, Evidence] = {}
        self.tapped: list[bytes] = []
        self._questions = questions
        self._thread = Thread(target=self._run, daemon=True)  # the resolver may take half a minute: nobody waits for it
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether there is more to come."""
        return self._thread.is_alive()

    def _run(self) -> None:
        for endpoint, ask in self._questions:
            try:
                found = ask()
            except Exception:  # noqa: BLE001, S112 # a hint is no reason for an error
                continue
            if isinstance(found, Evidence):
                self.evidence[endpoint] = found
            else:
                self.tapped = found
