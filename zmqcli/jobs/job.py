"""From option groups to a socket's configuration and an open session: what all socket commands do first."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zmqcli.engine.limits import Limits
from zmqcli.engine.session import Session
from zmqcli.errors import UsageError
from zmqcli.jobs.announce import (
    checked_endpoints,
    remember_endpoints,
    say_conflation,
    say_endpoints,
    write_ready_file,
)
from zmqcli.jobs.arguments import heartbeat_ms, routing_id, security_config, socket_options
from zmqcli.jobs.traffic import Traffic
from zmqcli.options.types import ReadyWhen
from zmqcli.sockets.config import SocketConfig, default_max_size
from zmqcli.sockets.connection import Connection
from zmqcli.sockets.setup import CONFLATING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from zmqcli.environment import Environment
    from zmqcli.message import Message
    from zmqcli.options.groups import (
        Block,
        Delivery,
        Endpoints,
        Input,
        LimitOptions,
        Output,
        Pace,
        Records,
        Security,
        Socket,
    )
    from zmqcli.sockets.options.option import SocketOption

__all__ = ["Job"]

DEFAULT_HWM = 1000
"""libzmq's own, zmq_setsockopt(3)."""
SMALLEST_HWM = 2
"""With 1 a server that asks ZAP about its clients never gets their first message (libzmq 4.3.5)."""
FOR_EVER = 1e9
"""Seconds, for libzmq's -1."""


class Job(Traffic):
    """One socket command: its options, and what is made of them."""

    def __init__(
        self,
        environment: Environment,
        kind: str,
        endpoints: Endpoints,
        limits: LimitOptions,
        socket: Socket,
        *,
        command: str | None = None,
        records: Records | None = None,
        input: Input | None = None,  # noqa: A002 # the group's name
        output: Output | None = None,
        pace: Pace | None = None,
        delivery: Delivery | None = None,
        block: Block | None = None,
        security: Security | None = None,
        subscriptions: Sequence[bytes] = (),
        routing_ids: int = 0,
        delimited: bool = False,
        bare_bodies: bool = False,
        retry: int = 0,
    ) -> None:
        super().__init__(
            environment,
            command or kind.lower(),
            records=records,
            input=input,
            output=output,
            max_decoded=socket.max_size,
            count=limits.messages,
            routing_ids=routing_ids,
            delimited=delimited,
            bare_bodies=bare_bodies,
        )
        self._endpoints = endpoints
        options = socket_options(socket.option or ())
        self.limits = _limits(limits, output, pace, delivery, options)._replace(retry=retry)
        self._wait_said = delivery is not None and delivery.wait is not None
        self.config = self._socket_config(kind, endpoints, limits, socket, options)._replace(
            subscriptions=subscriptions,
            correlate=retry > 0 and socket.identity is not None,
            block=bool(block and block.block),
            security=security_config(environment, security),
        )
        if not self.config.binds and not self.config.connects:
            raise UsageError(
                f"{self._command} needs an endpoint",
                hint=f"listen with: zmqcli {self._command} -b 'tcp://*:5555'; "
                f"or connect with: zmqcli {self._command} -c tcp://localhost:5555",
            )

    def _socket_config(
        self, kind: str, endpoints: Endpoints, limits: LimitOptions, socket: Socket, options: list[SocketOption]
    ) -> SocketConfig:
        """Return what the groups Endpoints and Socket say, and `-o`."""
        max_size, hwm = socket.max_size, socket.hwm
        if max_size is None:
            max_size = default_max_size(kind, shows_upstream=self._command == "xpub")
        if hwm is None and kind == "PULL":
            hwm = _prefetch(limits.messages)
        conflates = any(option.name == "CONFLATE" and bool(option.value) for option in options)
        return SocketConfig(
            type=kind,
            binds=checked_endpoints(self.environment, kind, endpoints.bind, bind=True),
            connects=checked_endpoints(self.environment, kind, endpoints.connect, bind=False),
            linger=self.limits.linger,
            hwm=hwm,
            max_size=max_size,
            identity=None if socket.identity is None else routing_id(socket.identity),
            heartbeat_ms=None if socket.heartbeat is None else heartbeat_ms(socket.heartbeat),
            conflate=socket.conflate or (conflates and kind in CONFLATING),
            options=options,
        )

    def answer(self, answer: Callable[[Message], Message | None] | None) -> Callable[[Message], Message | None] | None:
        """Return `answer`, each reply as `-E` makes it."""
        expression = self.expression(sends=True)
        if answer is None or expression is None:
            return answer
        from zmqcli.exchange.evaluated import evaluated_answer

        return evaluated_answer(answer, self.environment, expression)

    # The session

    @contextmanager
    def session(self, *, shows: bool = False, publishes: bool = False) -> Iterator[Session]:
        """Open the socket and yield the session; whatever happens, nothing is left open."""
        self.environment.signals.defer()
        connection = Connection(self.config, self.environment.context)  # type: ignore[arg-type] # only sockets/ knows the type
        self.environment.at_abandon.append(connection.release_paths)
        limits = self.limits
        if self._interactive and not self._wait_said:
            limits = limits._replace(wait=0)
        session = Session(self.environment, connection, limits, shows=shows, publishes=publishes)
        session.held = self.held
        try:
            if self._endpoints.ready_file and self._endpoints.ready_when is ReadyWhen.PEER:
                session.on_ready = lambda: write_ready_file(str(self._endpoints.ready_file), connection)
            connection.open()
            say_endpoints(self.environment, connection)
            if self._output is not None:
                say_conflation(self.environment, self.config)
            if self._endpoints.ready_file and self._endpoints.ready_when is ReadyWhen.BOUND:
                write_ready_file(self._endpoints.ready_file, connection)
            remember_endpoints(self.environment, connection)
            # What the start made stays; from here on, garbage is looked for (see __main__.py).
            gc.freeze()
            gc.enable()
            yield session
        finally:
            session.abandon()

    def reopen(self) -> Connection:
        """Return a fresh connection of the same kind (`req --retry`)."""
        connection = Connection(self.config, self.environment.context)  # type: ignore[arg-type] # as above
        # `req` has nothing else there, and may retry for ever.
        self.environment.at_abandon[:] = [connection.release_paths]
        connection.open()
        return connection


def _limits(
    limits: LimitOptions,
    output: Output | None,
    pace: Pace | None,
    delivery: Delivery | None,
    options: Sequence[SocketOption],
) -> Limits:
    """Return how many and how long, as the groups say that the command has."""
    linger = delivery.linger if delivery else 0.0
    for option in options:
        if option.name == "LINGER":  # closing sets libzmq's own: what the user says there is meant here
            linger = int(option.value) / 1000 if int(option.value) >= 0 else FOR_EVER
    return Limits(
        messages=limits.messages,
        timeout=limits.timeout,
        duration=limits.duration,
        interval=pace.interval if pace else None,
        delay=pace.delay if pace else 0.0,
        wait=1 if delivery is None or delivery.wait is None else delivery.wait,
        linger=linger,
        transient=output.transient if output else False,
    )


def _prefetch(wanted: int | None) -> int | None:
    """Return the high-water mark of a PULL that takes `wanted` messages: what it has taken more nobody else gets."""
    return None if wanted is None or wanted >= DEFAULT_HWM else max(SMALLEST_HWM, wanted)
