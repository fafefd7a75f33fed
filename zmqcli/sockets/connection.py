"""One socket: open, send a batch, receive a batch, close. The hot path; its loops are in batches.py."""

from __future__ import annotations

import errno
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import zmq

from zmqcli.delivery.ledger import Doubt, Ledger
from zmqcli.errors import FILES_HINT, UndeliveredError, UsageError, ZmqcliError
from zmqcli.sockets.batches import BATCH_MESSAGES, PythonBatches, batches_for
from zmqcli.sockets.ending import GRACE_SECONDS, end_context
from zmqcli.sockets.monitor import Monitor
from zmqcli.sockets.patterns import DRAFT_TYPES, PATTERNS, Ready
from zmqcli.sockets.peers import Peers
from zmqcli.sockets.protection.descriptors import LISTENS, check_descriptors
from zmqcli.sockets.reasons import bind_hint, bind_reason, reason
from zmqcli.sockets.setup import MECHANISMS, count_bytes, set_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.endpoint import Endpoint
    from zmqcli.message import Batch, Frame
    from zmqcli.sockets.config import SocketConfig
    from zmqcli.sockets.zap import ZapHandler

__all__ = ["FRAME_BYTES", "Connection", "Unroutable", "has_transport"]

FRAME_BYTES = 160
"""Memory that a received frame takes in addition to its bytes."""

_LONGEST_LINGER = (1 << 31) - 1
"""Milliseconds: libzmq has an int."""


class Unroutable(UndeliveredError):
    """A ROUTER or STREAM has no peer of that routing id."""

    def __init__(self, index: int, routing_id: bytes) -> None:
        super().__init__("no peer has this routing id")
        self.index = index
        """Which message of the batch."""
        self.routing_id = routing_id


def has_transport(name: str) -> bool:
    """Whether the linked libzmq was built with that transport. tcp, ipc and inproc always are."""
    return name in {"tcp", "ipc", "inproc"} or bool(zmq.has(name))


class Connection:
    """An open socket with its monitor and what is known of its peers."""

    def __init__(self, config: SocketConfig, context: zmq.Context[Any] | None = None) -> None:
        """Make the socket and attach the monitor; `open` binds and connects. Raise UsageError for a draft type."""
        if config.type in DRAFT_TYPES and not zmq.DRAFT_API:
            raise UsageError(
                f"{config.type} is a draft socket type and this pyzmq has no draft API",
                hint="build one: ZMQ_PREFIX=bundled ZMQ_BUILD_DRAFT=1 pip install --no-binary pyzmq pyzmq",
            )
        self.config = config
        self.pattern = PATTERNS[config.type]
        ledger = Ledger(_doubt(config), keeps=_keeps(config))
        self.peers = Peers(shakes_hands=config.type != "STREAM", security=config.security, ledger=ledger)
        self.peers.only_receives = not self.pattern.can_send
        self.endpoints: list[str] = []
        """What was really bound, ports filled in."""
        self.zap_handler: ZapHandler | None = None
        """Answers ZAP's questions about clients, for a server with security. The caller's poller serves it."""
        # A context has one ZAP handler: a guarded socket does not share one, and has no use for inproc.
        self._own_context = context is None or config.security is not None
        self._claims = ExitStack()
        check_descriptors()
        try:
            self._context = zmq.Context() if context is None or self._own_context else context
            for option in config.options:
                option.apply_to_context(self._context)
            self.socket: zmq.Socket[bytes] = self._context.socket(getattr(zmq, config.type))
            self.monitor = Monitor(self.socket)
        except zmq.ZMQError as error:
            if hasattr(self, "socket"):  # left open, it would keep a context that is shared from ending
                self.socket.close(linger=0)
            hint = FILES_HINT if error.errno == errno.EMFILE else ""
            raise ZmqcliError("cannot open a socket", why=reason(error), hint=hint) from error
        ledger.events_wait = self.monitor.has_events
        self.on_receive: Callable[[Batch, int], None] | None = None
        """Called with each received batch while endless_messages.py looks for connections that bring no messages."""
        self.keeps_properties = not self.pattern.batches
        """Whether received frames know their properties (`frame.get`), which the compiled path does not give them."""
        self._batches = batches_for(self.socket)
        self._python_batches = PythonBatches(self.socket)

    def open(self) -> None:
        """Set the options, bind, then connect. Raise ZmqcliError when an endpoint cannot be had."""
        self.zap_handler = set_options(self.socket, self.config)
        count_bytes(self.socket, self.config, self.peers.ledger)
        self.peers.unseen = self.config.in_process
        if any(endpoint.transport == "ipc" for endpoint in self.config.binds):
            check_descriptors(LISTENS)
        for endpoint in self.config.binds:
            self._bind(endpoint)
        if any(endpoint.transport != "inproc" for endpoint in self.config.binds):
            from zmqcli.sockets.protection.connection_limit import Room

            room = Room()
            self.peers.ledger.has_spare = room.has_spare
            self.monitor.guard(room)
        for endpoint in self.config.connects:
            try:
                self.socket.connect(endpoint.address)
            except zmq.ZMQError as error:
                raise ZmqcliError(f"cannot connect {endpoint.text}", why=reason(error)) from error
        if self.peers.unseen:
            from zmqcli.sockets.context import SharedContext  # of inproc alone

            if isinstance(self._context, SharedContext):
                self._context.remember(self.config, can_send=self.pattern.can_send)
        if self.config.type == "XSUB":
            for prefix in self.config.subscriptions:
                self.socket.send(b"\x01" + prefix)

    def send_batch(self, batch: Batch, start: int = 0, end: int | None = None) -> int:
        """Hand messages to libzmq from index `start` on, up to `end` (all), as many as it takes without waiting.

        Return the index of the first one not taken. Raise Unroutable at one that has no peer to go to.
        """
        end = len(batch) if end is None else end
        refused = _first_of_several_frames(batch, start, end) if self.config.conflate else None
        end = end if refused is None else refused
        # Sending alone makes libzmq look only once a millisecond whether a peer has gone (max_command_delay in
        # config.hpp), and what it puts into a dead peer's queue is lost; asking for EVENTS makes it look now.
        self.socket.getsockopt(zmq.EVENTS)
        ledger = self.peers.ledger
        ledger.about_to_take(batch, start, end)
        sent = self._batches.send(batch, start, end, ledger.framing)
        ledger.took(sent.reached - start, sent.wire_bytes)
        if not sent.errno and refused is not None:
            raise UsageError(
                f"a message of {len(batch[refused])} frames cannot be sent with --conflate",
                why="libzmq would keep its last frame alone",
            )
        if not sent.errno:
            return sent.reached
        if sent.errno == errno.EAGAIN:
            # In the middle of a message its peer died. libzmq drops the frames up to the last one (lb.cpp), so end
            # the message there; the caller sends it again, whole.
            if 0 < sent.frames < len(batch[sent.reached]) - 1:
                self._end_broken_message()
            return sent.reached
        if sent.errno in {errno.EHOSTUNREACH, errno.EINVAL} and self.pattern.routing_ids:
            raise Unroutable(sent.reached, bytes(batch[sent.reached][0]))
        raise ZmqcliError(f"cannot send on this {self.config.type}", why=reason(zmq.ZMQError(sent.errno)))

    def _end_broken_message(self) -> None:
        try:
            self.socket.send(b"", zmq.NOBLOCK)
        except zmq.ZMQError:  # PAIR: there is nothing to end
            pass

    def receive_batch(self, limit: int = BATCH_MESSAGES) -> tuple[Batch, int]:
        """Take what has arrived, without waiting: at most `limit` messages, about 1 MiB and 16,384 frames.

        Return the messages and the bytes in them.
        """
        known = self.keeps_properties or self.on_receive is not None
        batches = self._python_batches if known else self._batches
        batch, size, code = batches.receive(limit if self.pattern.batches else 1)
        if code and code != errno.EAGAIN:
            raise ZmqcliError(f"cannot receive on this {self.config.type}", why=reason(zmq.ZMQError(code)))
        if self.on_receive is not None:
            self.on_receive(batch, size)
        return batch, size

    @property
    def mechanism(self) -> str:
        """The security mechanism: NULL, PLAIN, CURVE or GSSAPI; `?` for one that this program does not know."""
        return MECHANISMS.get(int(self.socket.getsockopt(zmq.MECHANISM)), "?")

    @property
    def uses_ipv6(self) -> bool:
        """Whether the socket connects to IPv6 addresses, too."""
        return bool(self.socket.getsockopt(zmq.IPV6))

    @property
    def drops(self) -> bool:
        """Whether libzmq drops messages for subscribers that are slow, by design: a publisher without `--block`."""
        return self.config.type in {"PUB", "XPUB"} and not self.config.block

    def enough_peers(self, first: Frame | None, count: int) -> bool:
        """Whether `count` peers are there and, for a publisher, one of them wants a message with frame `first`."""
        peers = self.peers
        if peers.count < count and not peers.unseen:
            return False
        if self.pattern.ready_when is not Ready.SUBSCRIPTION:
            return True
        return sum(peers.subscriptions.values()) >= count and peers.subscribed(None if first is None else bytes(first))

    def read_subscriptions(self) -> None:
        """Take what subscribers told an XPUB that only publishes."""
        batch, _ = self.receive_batch()
        for message in batch:
            self.peers.handle_subscription(bytes(message[0]))

    def turn_senders_away(self) -> None:
        """Let no new peer in, and tell the present ones that this end closes. What they had sent still arrives.

        They see the end of the connection, close their side, and keep or report what they have not sent. (`unbind`
        would lose what has arrived: it ends the connections of the endpoint, too.)
        """
        self.monitor.admit_no_more()
        for link in self.peers.links.values():
            link.end_sending()

    def close(self, linger: float) -> None:
        """Close, giving libzmq `linger` seconds to get its queue out, and end a context of our own.

        Peers stay known: their connections may still hold data (see closing.py). Never blocks for much longer.
        """
        if self.socket.closed:
            return
        if self.zap_handler is not None:
            self.zap_handler.close()
        if not self._own_context:
            self.monitor.detach()
        self.socket.close(linger=min(int(linger * 1000), _LONGEST_LINGER))
        self.release_paths()  # first: a second Ctrl-C may interrupt what follows
        if self._own_context and self.monitor.finish(linger + GRACE_SECONDS):
            end_context(self._context, 0.0)

    def release_paths(self) -> None:
        """Remove our socket files, and nothing else: the socket itself may belong to another thread."""
        self._claims.close()

    def _bind(self, endpoint: Endpoint) -> None:
        try:
            if endpoint.transport == "ipc":
                self._bind_ipc(endpoint)
            else:
                self.socket.bind(endpoint.address)
        except zmq.ZMQError as error:
            # Emitting the event overwrites errno; the event itself has the true one.
            codes = [event.value for event in self.monitor.drain() if event.kind == zmq.EVENT_BIND_FAILED]
            true = zmq.ZMQError(codes[-1]) if codes else error
            raise ZmqcliError(
                f"cannot bind {endpoint.text}", why=bind_reason(true, endpoint), hint=bind_hint(true, endpoint)
            ) from error
        self.endpoints.append(self.socket.getsockopt_string(zmq.LAST_ENDPOINT))

    def _bind_ipc(self, endpoint: Endpoint) -> None:
        from zmqcli.sockets.ipc import claim

        with claim(endpoint.address) as claimed:
            self.socket.bind(endpoint.address)
            claimed.bound()
        self._claims.callback(claimed.release)


def _first_of_several_frames(batch: Batch, start: int, end: int) -> int | None:
    return next((index for index in range(start, end) if len(batch[index]) > 1), None)


def _doubt(config: SocketConfig) -> Doubt:
    """Return what it means when a peer of such a socket leaves with something on its way."""
    if config.in_process or config.conflate:  # no peer is seen there, or messages are dropped by design
        return Doubt.NONE
    if config.type == "XPUB" and config.block:
        return Doubt.COPIED
    if config.type == "REP":
        return Doubt.REPLIED
    return Doubt.SHARED if PATTERNS[config.type].doubtful else Doubt.NONE


def _keeps(config: SocketConfig) -> bool:
    """Whether libzmq keeps messages for a peer that is not connected. With IMMEDIATE it does not (setup.py)."""
    pattern = PATTERNS[config.type]
    keeps = pattern.exclusive or (pattern.balances and len(config.connects) == 1)
    return bool(config.connects) and keeps and not config.in_process
