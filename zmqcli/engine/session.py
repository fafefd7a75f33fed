"""One command at work on one socket: the engine, what it sends, and the notices for a user who waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.outbox import Outbox
from zmqcli.engine.overtime import bound_work
from zmqcli.engine.socket_engine import SocketEngine
from zmqcli.engine.waiting import Waiting

if TYPE_CHECKING:
    from zmqcli.engine.limits import Limits
    from zmqcli.environment import Environment
    from zmqcli.sockets.connection import Connection

__all__ = ["Session"]


class Session(SocketEngine):
    """One command at work on one socket."""

    def __init__(
        self, environment: Environment, connection: Connection, limits: Limits, *, shows: bool, publishes: bool = False
    ) -> None:
        """Start the clocks. `shows`, `publishes`: see SocketEngine."""
        super().__init__(environment, connection, limits, shows=shows, publishes=publishes)
        self.waiting = Waiting(self)
        self.outbox = Outbox(self, self.waiting)
        self.waiting.sending = self.outbox
        self.alarms.append(self.waiting)
        bound_work(self)
        if environment.verbose:
            from zmqcli.engine.events import tell_everything

            tell_everything(self)

    def reopen(self, connection: Connection) -> None:
        """Go on with a fresh socket (`req --retry`)."""
        self.use([connection])
        self.touch()
        self.outbox.drop()
