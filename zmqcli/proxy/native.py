"""Let libzmq's own proxy pass the messages, and see to everything else meanwhile: signals, events, the clock.

It is at work only while every side that messages wait for has a peer. Where one is missing, libzmq's proxy (4.3.5) asks
again and again whether there is room, which takes all of a core; our own loop sleeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import ZmqcliError
from zmqcli.sockets.native_proxy import NativeProxy
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from zmqcli.engine.relay import Relay
    from zmqcli.proxy.forward import Forwarder
    from zmqcli.sockets.connection import Connection

__all__ = ["Native"]

ANSWER_SECONDS = 0.5
"""What a proxy that is not stuck may take to hear that it is to end, also with `--linger 0`."""


class Native:
    """The native proxy at work on the sockets of a relay, and `forwarder` in its place."""

    def __init__(self, relay: Relay, forwarder: Forwarder) -> None:
        self._relay = relay
        self._forwarder = forwarder
        self._proxy: NativeProxy | None = None
        self._sent_before = (0, 0)
        relay.counters.append(self._sent)

    def run(self) -> None:
        """Pass messages on until something ends it: raise as `Engine.wait` does, or ZmqcliError when libzmq fails."""
        while True:
            self._forwarder.run(until=self._may_start)
            self._run_native()

    def _may_start(self) -> bool:
        return self._everybody_there() and not any(way.waiting for way in self._forwarder.ways)

    def _everybody_there(self) -> bool:
        return all(way.target.pattern.always_writable or way.target.peers.count for way in self._forwarder.ways)

    def _run_native(self) -> None:
        relay = self._relay
        relay.in_other_hands = True
        proxy = self._proxy = NativeProxy(relay.frontend, relay.backend, relay.capture)
        relay.watch(proxy.descriptor)
        while self._everybody_there():
            if relay.wait() & Wake.CHILD:
                self._take_back(proxy)
                raise ZmqcliError("libzmq's proxy has ended by itself", why=proxy.failure)
        proxy.stop()
        while not relay.wait() & Wake.CHILD:
            pass  # it waits in the middle of a send, and sleeps: until a peer comes
        self._take_back(proxy)

    def stop(self, deadline: float) -> bool:
        """Have it end, and take the sockets back. Return False when it could not until `deadline`.

        It cannot while it waits for room in the middle of a burst of messages (libzmq reads up to 1000 in a row).
        """
        if self._proxy is None:
            return True
        self._proxy.stop()
        deadline = max(deadline, self._relay.now() + ANSWER_SECONDS)
        while not self._relay.wait(until=deadline) & Wake.CHILD:
            if self._relay.now() >= deadline:
                return False
        self._take_back(self._proxy)
        return True

    def _take_back(self, proxy: NativeProxy) -> None:
        """Tidy up after the thread has ended: the sockets are ours again."""
        self._proxy = None
        proxy.close()
        frontend, backend = proxy.sent()
        self._sent_before = self._sent_before[0] + frontend, self._sent_before[1] + backend
        self._relay.enter_uncounted()
        self._relay.watch(None)
        self._relay.in_other_hands = False

    def _sent(self, side: Connection) -> int:
        now = (0, 0) if self._proxy is None else self._proxy.sent()
        index = 0 if side is self._relay.frontend else 1
        return self._sent_before[index] + now[index]
