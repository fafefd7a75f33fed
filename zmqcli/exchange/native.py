"""Let libzmq's own proxy pass the messages, and see to everything else meanwhile: signals, events, the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import ZmqcliError
from zmqcli.sockets.native_proxy import NativeProxy
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from zmqcli.exchange.relay import Relay
    from zmqcli.sockets.connection import Connection

__all__ = ["Native"]

ANSWER_SECONDS = 0.5
"""What a proxy that is not stuck may take to hear that it is to end, also with `--linger 0`."""


class Native:
    """The native proxy at work on the sockets of a relay."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        relay.in_other_hands = True
        self._proxy = NativeProxy(relay.frontend, relay.backend, relay.capture)
        relay.watch(self._proxy.descriptor)
        relay.counters.append(self._sent)

    def run(self) -> None:
        """Wait until something ends it: raise as `Relay.wait` does, or ZmqcliError when libzmq's proxy fails."""
        while not self._relay.wait().rest & Wake.INPUT:
            pass
        self.take_back()
        raise ZmqcliError("libzmq's proxy has ended by itself", why=self._proxy.failure)

    def stop(self, deadline: float) -> bool:
        """Have it end, and take the sockets back. Return False when it could not until `deadline`.

        It cannot while it waits for room in the middle of a burst of messages (libzmq reads up to 1000 in a row).
        """
        self._proxy.stop()
        deadline = max(deadline, self._relay.now() + ANSWER_SECONDS)
        while not self._relay.wait(until=deadline).rest & Wake.INPUT:
            if self._relay.now() >= deadline:
                return False
        self.take_back()
        return True

    def take_back(self) -> None:
        """Tidy up after the thread has ended: the sockets are ours again."""
        self._relay.watch(None)
        self._proxy.close()
        self._relay.in_other_hands = False

    def _sent(self, side: Connection) -> int:
        return self._proxy.sent()[0 if side is self._relay.frontend else 1]
