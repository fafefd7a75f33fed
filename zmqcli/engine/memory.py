"""Looks now and then at the memory that peers make this process use; endless_messages.py judges the connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import ZmqcliError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.environment import Environment
    from zmqcli.sockets.connection import Connection
    from zmqcli.sockets.protection.endless_messages import Hoard

__all__ = ["MemoryWatch"]


class MemoryWatch:
    """Looks at the memory after each bit of processor time, and reports the peers that were dropped."""

    def __init__(
        self,
        environment: Environment,
        connections: Callable[[], Sequence[Connection]],
    ) -> None:
        """Begin. `connections` returns the open ones whose sockets belong to this thread."""
        self._environment = environment
        self._connections = connections
        self._hoards: dict[Connection, Hoard] = {}
        self.discards = False
        """Whether this command never receives. Then messages are thrown away before they take much memory."""
        environment.signals.watch()

    def rest(self) -> None:
        """Work on what was received is done. Call it before a sleep."""
        for hoard in self._hoards.values():
            if hoard.suspicious:
                hoard.rest()

    def look(self) -> None:
        """Look, if it is time. Call it when a signal has ended a sleep."""
        signals = self._environment.signals
        if not signals.spent:
            return
        signals.spent = False
        from zmqcli.sockets.protection.endless_messages import Hoard  # most commands end before

        for connection in self._connections():
            hoard = self._hoards.get(connection)
            if hoard is None:
                hoard = self._hoards[connection] = Hoard(connection)
            for reason in hoard.look():
                self._environment.fail(ZmqcliError(reason))
            if self.discards and hoard.suspicious:
                while connection.receive_batch()[0]:
                    pass
