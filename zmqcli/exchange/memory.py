"""What peers make this process keep, looked at now and then: the connections are sockets/hoard.py's matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import ZmqcliError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.environment import Environment
    from zmqcli.sockets.connection import Connection
    from zmqcli.sockets.hoard import Hoard

__all__ = ["MemoryWatch"]


class MemoryWatch:
    """Has the memory looked at whenever the process has used some of the processor, and says who was dropped."""

    def __init__(
        self,
        environment: Environment,
        connections: Callable[[], Sequence[Connection]],
    ) -> None:
        """Begin. `connections`: those of the moment whose sockets are this thread's, and may be asked."""
        self._environment = environment
        self._connections = connections
        self._hoards: dict[Connection, Hoard] = {}
        self.discards = False
        """Whether nobody ever receives: then messages are thrown away before they take much memory."""
        environment.signals.watch()

    def rest(self) -> None:
        """Work on what was received is done. To be called before a sleep."""
        for hoard in self._hoards.values():
            if hoard.suspicious:
                hoard.rest()

    def look(self) -> None:
        """Look, if it is time. To be called when a signal has woken somebody."""
        signals = self._environment.signals
        if not signals.spent:
            return
        signals.spent = False
        from zmqcli.sockets.hoard import Hoard  # most commands end before

        for connection in self._connections():
            hoard = self._hoards.get(connection)
            if hoard is None:
                hoard = self._hoards[connection] = Hoard(connection)
            for reason in hoard.look():
                self._environment.fail(ZmqcliError(reason))
            if self.discards and hoard.suspicious:
                while connection.receive_batch()[0]:
                    pass
