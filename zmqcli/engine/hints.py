"""Notices and hints for a user who waits: what the command waits for and, once it is stuck, what is wrong.

Loaded only then. Nothing here connects to anything (see look.py). Names are resolved in a thread, so that signals,
messages and the closing of stdout are still seen; the session asks again every few milliseconds whether that is done.
"""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Protocol

from zmqcli.diagnosis import look
from zmqcli.diagnosis.endpoint_state import State, endpoint_state
from zmqcli.diagnosis.facts import Evidence, Facts
from zmqcli.diagnosis.rules import diagnose
from zmqcli.sockets.patterns import Ready

if TYPE_CHECKING:
    from zmqcli.engine.socket_engine import SocketEngine
    from zmqcli.message import Frame

__all__ = ["Hints", "Sending", "awaited"]

TICK_SECONDS = 0.02
LOOKUP_SECONDS = 0.75
"""How long to wait for a name, so that a hint comes at most 3 s after the command has got stuck."""


class Sending(Protocol):
    """What a hint wants to know of the messages that were sent."""

    @property
    def accepted(self) -> int:
        """Messages that libzmq has taken."""

    @property
    def delimited(self) -> bool:
        """Whether the last message begins with an empty frame, as a REP expects it."""

    @property
    def peer_has_left(self) -> bool:
        """Whether a peer has left since the last send, and another one is there."""


def awaited(engine: SocketEngine, first: Frame | None, count: int) -> str:
    """Return what is being waited for: a peer, or a subscriber to the `first` frame."""
    ready_when = engine.connection.pattern.ready_when
    what = ready_when.value
    if count > 1:
        what = f"{count} {what.removeprefix('a ')}s, of which {engine.connection.peers.count} are here,"
    if first is None or ready_when is not Ready.SUBSCRIPTION:
        return what
    return f"{what} to '{bytes(first)[:64].decode('utf-8', 'backslashreplace')}'"


class Hints:
    """Hints about one stuck session. Each fault is reported once."""

    def __init__(self, engine: SocketEngine) -> None:
        self._engine = engine
        self._said: set[str] = set()
        self._names: dict[str, NameLookup] = {}

    def give(self, sending: Sending, first: bytes | None) -> float | None:
        """Say what is wrong, if anything is known to be; return when to be asked again, None when something happens."""
        now = self._engine.now()
        facts = self._facts(sending, first)
        unreached = {} if facts.out_of_descriptors else self._unreached(facts)
        for endpoint, state in unreached.items():
            if state is State.UNREACHABLE and endpoint.startswith("tcp://") and endpoint not in self._names:
                self._names[endpoint] = NameLookup(endpoint, now + LOOKUP_SECONDS, ipv6=facts.ipv6)
        if any(lookup.is_waited_for(now) for lookup in self._names.values()):
            return now + TICK_SECONDS
        evidence = {endpoint: self._evidence(endpoint, state) for endpoint, state in unreached.items()}
        peers = self._engine.connection.peers
        verdict = diagnose(facts, peers.history, evidence)
        told = self._said | peers.explained
        if peers.explained:
            told.add("handshake-fails")  # knows less
        if verdict is not None and verdict.code not in told:
            self._said.add(verdict.code)
            self._engine.environment.note(f"hint: {verdict}")
        return None

    def _facts(self, sending: Sending, first: bytes | None) -> Facts:
        engine = self._engine
        connection = engine.connection
        config, peers = connection.config, connection.peers
        subscribed = list(peers.subscriptions)
        identity = next((option.value for option in config.options if option.name == "ROUTING_ID"), config.identity)
        return Facts(
            kind="PUB" if engine.publishes else config.type,
            fits=sorted(connection.pattern.fits),
            binds=connection.endpoints,
            connects=[endpoint.address for endpoint in config.connects],
            mechanism=connection.mechanism,
            server=config.security is not None and config.security.server,
            ipv6=connection.uses_ipv6,
            shakes_hands=config.type != "STREAM",
            peers=peers.count,
            handshakes=peers.handshakes,
            sent=sending.accepted,
            received=engine.received,
            subscriptions=config.subscriptions,
            # Over inproc libzmq does not report whether there is a peer.
            subscribed=subscribed if engine.reads_subscriptions and (subscribed or not peers.unseen) else None,
            awaited=first,
            delimited=sending.delimited,
            identity=identity if isinstance(identity, bytes) else None,
            request_lost=sending.peer_has_left,
            out_of_descriptors=look.out_of_descriptors(),
        )

    def _unreached(self, facts: Facts) -> dict[str, State]:
        """Return the endpoints that cannot be connected to, and how libzmq fails."""
        history = self._engine.connection.peers.history
        states = {
            endpoint: endpoint_state(history.get(endpoint, ()), shakes_hands=facts.shakes_hands).state
            for endpoint in facts.connects
        }
        return {endpoint: state for endpoint, state in states.items() if state in {State.REFUSED, State.UNREACHABLE}}

    def _evidence(self, endpoint: str, state: State) -> Evidence:
        """Return what can be known about an endpoint without connecting to it."""
        if endpoint.startswith("ipc://"):
            return Evidence(path=look.look_at_path(endpoint))
        if not endpoint.startswith("tcp://"):
            return Evidence()
        return look.find_listener(endpoint) if state is State.REFUSED else self._names[endpoint].evidence


class NameLookup:
    """Resolves one endpoint's name in the background, since that may take half a minute."""

    def __init__(self, endpoint: str, until: float, *, ipv6: bool) -> None:
        """Start it. `until`: how long it is worth waiting for."""
        self.evidence = Evidence()
        """What is known by now."""
        self._endpoint = endpoint
        self._until = until
        self._ipv6 = ipv6
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def is_waited_for(self, now: float) -> bool:
        """Whether an answer may still come in time."""
        return now < self._until and self._thread.is_alive()

    def _run(self) -> None:
        self.evidence = look.look_at_name(self._endpoint, ipv6=self._ipv6)
