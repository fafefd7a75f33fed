"""Subscribe to everything for a while, and count what comes: `probe --listen`.

Unlike the rest of a probe this takes part: the publisher sees a subscriber come and go. So it is done only for who asks
for it by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zmqcli.engine.ending import report_end, run
from zmqcli.engine.limits import Limits
from zmqcli.engine.session import Session
from zmqcli.errors import ZmqcliError
from zmqcli.exchange.topics import Topics
from zmqcli.sockets.config import SocketConfig
from zmqcli.sockets.connection import Connection
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from zmqcli.endpoint import Endpoint
    from zmqcli.environment import Environment
    from zmqcli.exchange.topics import Topic
    from zmqcli.security.config import SecurityConfig

__all__ = ["MOST_TOPICS", "Heard", "listen"]

MOST_TOPICS = 1000
"""At most this many topics are told apart, so that memory stays bounded."""


class Heard(NamedTuple):
    """What a publisher has sent."""

    seconds: float
    messages: int
    topics: list[Topic]
    """The topics with the most messages first."""
    others: int
    """Messages of topics that came after the first MOST_TOPICS."""


def listen(environment: Environment, endpoint: Endpoint, security: SecurityConfig | None, seconds: float) -> Heard:
    """Return what is published at `endpoint` within `seconds`, or until a signal.

    Raise ZmqcliError when no handshake is done in this time.
    """
    environment.signals.defer()
    config = SocketConfig("SUB", connects=[endpoint], subscriptions=[b""], security=security)
    connection = Connection(config, environment.context)  # type: ignore[arg-type] # only sockets/ knows the type
    session = Session(environment, connection, Limits(duration=seconds), shows=True)
    begun = session.now()
    topics = Topics(session.now, environment.time_ns, maximum=MOST_TOPICS)
    try:
        connection.open()
        end = run(lambda: _count(session, topics))  # after a signal, what was heard so far is worth showing
        report_end(environment, end, late=None)
    finally:
        session.abandon()
    if not connection.peers.handshakes:
        raise ZmqcliError(
            "it lets no subscriber in",
            why="the handshake was not finished",
            hint=f"see why: zmqcli monitor sub -c {endpoint.address}",
        )
    found = topics.snapshot(final=True)
    return Heard(session.now() - begun, found.messages, [topic for topic, _ in found.topics], found.others)


def _count(session: Session, topics: Topics) -> None:
    """Count messages until something ends the command."""
    while True:
        session.wait(Wake.RECEIVE)
        batch, _ = session.connection.receive_batch()
        session.arrived(batch)
        topics.add(batch)
