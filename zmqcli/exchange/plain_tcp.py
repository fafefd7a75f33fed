"""What STREAM does differently: empty messages mark connections, and each body needs a routing id in front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import DataError
from zmqcli.formats.routing_id import show_routing_id

if TYPE_CHECKING:
    from zmqcli.engine.session import Session
    from zmqcli.engine.source import Source
    from zmqcli.message import Batch, Message

__all__ = ["PlainTcp"]

_FRAMES = 2
"""An id and bytes (zmq_socket(3))."""


class PlainTcp:
    """Who is connected to a STREAM socket. libzmq sends `[id, b""]` when a peer comes and again when it goes."""

    def __init__(self, session: Session, *, bodies_only: bool) -> None:
        """Show messages without their ids where `bodies_only`: with one peer they say nothing."""
        self._session = session
        self._bodies_only = bodies_only

    def incoming(self, batch: Batch) -> Batch:
        """Take out the notices of coming and going; they are for `-v`."""
        data = [message for message in batch if not self._is_notice(message)]
        return [message[1:] for message in data] if self._bodies_only else data

    def addressed(self, source: Source) -> Source:
        """Return the source with the id of the latest peer put in front of messages that are a body alone."""
        return _Addressed(source, self._session)

    def _is_notice(self, message: Message) -> bool:
        if len(message) != _FRAMES or len(message[1]):
            return False
        peer = bytes(message[0])
        came = self._session.connection.peers.handle_name(peer)
        name = show_routing_id(peer).decode("utf-8", "backslashreplace")
        self._session.environment.detail(f"{name} {'connected' if came else 'disconnected'}")
        if came:
            self._session.touch()
            self._session.announce()
        return True


class _Addressed:
    """A source whose one-frame messages go to the latest peer."""

    def __init__(self, source: Source, session: Session) -> None:
        self._source = source
        self._session = session

    @property
    def first_frame(self) -> None:
        return None

    @property
    def due(self) -> float:
        return self._source.due

    @property
    def reads_input(self) -> bool:
        return self._source.reads_input

    @property
    def reads_ahead(self) -> bool:
        return self._source.reads_ahead

    @property
    def ended(self) -> bool:
        return self._source.ended

    @property
    def exhausted(self) -> bool:
        return self._source.exhausted

    def take(self, limit: int | None = None) -> Batch:
        return self._with_ids(self._source.take(limit))

    def stop(self) -> Batch:
        return self._with_ids(self._source.stop())

    def fill(self) -> None:
        self._source.fill()

    def _with_ids(self, batch: Batch) -> Batch:
        names = self._session.connection.peers.names
        latest = names[-1] if names else b""
        addressed = [[latest, *message] if len(message) == 1 else message for message in batch]
        for message in addressed:
            if len(message) > _FRAMES:  # libzmq would take the third for an id
                error = DataError(
                    f"a message of {len(message)} frames cannot be sent", why="a STREAM's are an id and bytes"
                )
                self._session.environment.fail(error)
        return [message for message in addressed if len(message) == _FRAMES]
