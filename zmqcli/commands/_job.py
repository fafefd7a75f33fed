"""From option groups to an open session, a source and a sink: what all socket commands do first."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zmqcli.codecs.pipeline import MAX_DECODED, RAW, FrameCodecs
from zmqcli.commands._announce import checked_endpoints, say_endpoints, write_ready_file
from zmqcli.commands._arguments import fixed_messages, heartbeat_ms, routing_id, socket_options, unescaped
from zmqcli.commands._option_types import ReadyWhen
from zmqcli.errors import UsageError
from zmqcli.exchange.limits import Limits as SessionLimits
from zmqcli.exchange.session import Session
from zmqcli.exchange.sink import Sink
from zmqcli.exchange.source import FixedSource, InputSource, NoSource
from zmqcli.records._api import RecordOptions
from zmqcli.records._registry import load as load_format
from zmqcli.sockets.config import SocketConfig
from zmqcli.sockets.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zmqcli.commands._options import (
        Block,
        Body,
        Delivery,
        Endpoints,
        Input,
        Limits,
        Output,
        Pace,
        Records,
        Socket,
    )
    from zmqcli.environment import Environment
    from zmqcli.exchange.source import Source
    from zmqcli.message import Batch, Frame
    from zmqcli.records._api import Writer

__all__ = ["Job"]

MAX_SIZE = 1 << 30
"""Bytes of a received frame, unless `--max-size` says otherwise."""
FOR_EVER = 1e9
"""Seconds, for libzmq's -1."""


class Job:
    """One socket command: its options, and what is made of them."""

    def __init__(
        self,
        environment: Environment,
        kind: str,
        endpoints: Endpoints,
        limits: Limits,
        socket: Socket,
        *,
        command: str | None = None,
        records: Records | None = None,
        input: Input | None = None,  # noqa: A002 # the group's name
        output: Output | None = None,
        pace: Pace | None = None,
        delivery: Delivery | None = None,
        block: Block | None = None,
        subscriptions: Sequence[bytes] = (),
        routing_ids: int = 0,
        delimited: bool = False,
        bare_bodies: bool = False,
        retry: int = 0,
    ) -> None:
        self.environment = environment
        self._endpoints = endpoints
        self._records = records
        self._max_decoded = MAX_DECODED if socket.max_size is None else socket.max_size
        self._input = input
        self._output = output
        self._interactive = False
        self._command = command or kind.lower()
        self._routing_ids = routing_ids
        self._delimited = delimited
        self._bare_bodies = bare_bodies
        options = socket_options(socket.option or ())
        linger = delivery.linger if delivery else 0.0
        for option in options:
            if option.name == "LINGER":  # closing sets libzmq's own: what the user says there is meant here
                linger = int(option.value) / 1000 if int(option.value) >= 0 else FOR_EVER
        self.limits = SessionLimits(
            messages=limits.messages,
            timeout=limits.timeout,
            duration=limits.duration,
            interval=pace.interval if pace else None,
            delay=pace.delay if pace else 0.0,
            wait=1 if delivery is None or delivery.wait is None else delivery.wait,
            linger=linger,
            transient=output.transient if output else False,
            retry=retry,
        )
        self._wait_said = delivery is not None and delivery.wait is not None
        self.config = SocketConfig(
            type=kind,
            binds=checked_endpoints(environment, kind, endpoints.bind, bind=True),
            connects=checked_endpoints(environment, kind, endpoints.connect, bind=False),
            subscriptions=subscriptions,
            linger=self.limits.linger,
            hwm=socket.hwm,
            max_size=MAX_SIZE if socket.max_size is None else socket.max_size,
            identity=None if socket.identity is None else routing_id(socket.identity),
            heartbeat_ms=None if socket.heartbeat is None else heartbeat_ms(socket.heartbeat),
            conflate=socket.conflate,
            correlate=retry > 0 and socket.identity is not None,
            block=bool(block and block.block),
            options=options,
        )
        if not self.config.binds and not self.config.connects:
            raise UsageError(
                f"{self._command} needs an endpoint",
                hint=f"listen with: zmqcli {self._command} -b tcp://*:5555; "
                f"or connect with: zmqcli {self._command} -c tcp://localhost:5555",
            )

    # What goes in and out

    def source(
        self, fixed: Batch | None, *, envelope: Sequence[Frame] = (), repeats: bool = True, service: bool = False
    ) -> Source:
        """Return what is sent: `fixed` messages when there are some (stdin is then never touched), else stdin.

        `envelope` goes in front of every message; `repeats`: `-n` counts what is sent; `service`: /dev/null as
        stdin means that there is nothing to send.
        """
        count = self.limits.messages if repeats else None
        if fixed is not None:
            return FixedSource([[*envelope, *message] for message in fixed], 1 if count is None else count)
        stream = self.environment.input
        if service and stream.is_null():
            return NoSource()
        self._interactive = stream.is_terminal()
        codecs, options = self._send_codecs(), self._record_options("out", has_ids=not envelope)
        record_format = load_format(self._input_format())
        return InputSource(
            self.environment,
            record_format.reader(options, codecs),
            None if record_format.encodes or codecs.is_raw else codecs,
            count=count,
            strict=bool(self._input and self._input.strict),
            skip_empty=self._interactive,
            envelope=envelope,
            routing_ids=0 if envelope or self._bare_bodies else self._routing_ids,
        )

    def sink(self, *, tapped: bool = False, decodes: bool = True) -> Sink:
        """Return what shows received messages; `tapped` ones (records/tapped.py) with what is known of their passage.

        Not `decodes`: as bytes, whatever codecs there are.
        """
        assert self._output is not None, "a command that shows has output options"  # noqa: S101 # a mistake in a command file
        output = self.environment.output
        options = self._record_options("in")
        codecs = self._codecs(self._output.receive_codec) if decodes else RAW
        name = self.output_format
        guards = output.is_terminal() and not self._output.raw_tty and name in {"raw", "text"}

        def make(options: RecordOptions) -> Writer:
            writer = load_format(name).writer(options, codecs)
            if guards:
                from zmqcli.records.terminal_guard import guarded

                writer = guarded(writer, name)
            return writer

        if tapped:
            from zmqcli.records.tapped import TappedWriter

            return Sink(self.environment, TappedWriter(make, name, options, codecs), codecs, options)
        writer = make(options)
        return Sink(self.environment, writer, codecs, options)

    @property
    def writes(self) -> bool:
        """Whether messages go to stdout, so that its closing ends the command."""
        return self.output_format != "none"

    def _input_format(self) -> str:
        if self._records and self._records.jsonl:
            return "jsonl"
        return self._input.input if self._input else "text"

    @property
    def output_format(self) -> str:
        """The name of the record format that messages are shown in."""
        if self._output and self._output.output:
            return self._output.output
        if self._records and self._records.jsonl:
            return "jsonl"
        return "pretty" if self.environment.output.is_terminal() else "text"

    def _send_codecs(self) -> FrameCodecs:
        return self._codecs(self._input.send_codec if self._input else None)

    def _codecs(self, own: str | None) -> FrameCodecs:
        """Return the codecs of one direction: its own, else those of both."""
        spec = own or (self._records.codec if self._records else None)
        return FrameCodecs.parse(spec, self._max_decoded) if spec else RAW

    def fixed(self, body: Body) -> Batch | None:
        """Return the messages of the command line, frames through the codecs; None when stdin is to be read."""
        return fixed_messages(self.environment, body, self._send_codecs())

    def _record_options(self, direction: str, *, has_ids: bool = True) -> RecordOptions:
        records, output = self._records, self._output
        splits = bool(records and records.frame_delimiter is not None)
        if direction == "out" and self._bare_bodies and not splits:
            has_ids = False  # a record of text is a body alone
        delimiter, frame_delimiter = b"\n", b"\t"
        if records is not None:
            delimiter = b"\0" if records.null else unescaped(records.delimiter)
            if records.frame_delimiter is not None:
                frame_delimiter = unescaped(records.frame_delimiter)
            if not delimiter or not frame_delimiter:
                raise UsageError("a delimiter cannot be empty", hint="for none on output say -N")
        shown = {} if direction == "out" or output is None else _look(self.environment, output)
        if direction == "in" and output is not None and output.no_delimiter:
            delimiter = b""
        return RecordOptions(
            delimiter=delimiter,
            frame_delimiter=frame_delimiter,
            split_frames=splits,
            socket=self._command.upper(),
            direction=direction,
            routing_ids=self._routing_ids if has_ids else 0,
            delimited=self._delimited,
            **shown,
        )

    # The session

    @contextmanager
    def session(self, *, shows: bool = False, publishes: bool = False) -> Iterator[Session]:
        """Open the socket and yield the session; whatever happens, nothing is left open."""
        connection = Connection(self.config, self.environment.context)  # type: ignore[arg-type] # only sockets/ knows the type
        limits = self.limits
        if self._interactive and not self._wait_said:
            limits = limits._replace(wait=0)
        session = Session(self.environment, connection, limits, shows=shows, publishes=publishes)
        try:
            if self._endpoints.ready_file and self._endpoints.ready_when is ReadyWhen.PEER:
                session.on_ready = lambda: write_ready_file(str(self._endpoints.ready_file), connection)
            connection.open()
            say_endpoints(self.environment, connection)
            if self._endpoints.ready_file and self._endpoints.ready_when is ReadyWhen.BOUND:
                write_ready_file(self._endpoints.ready_file, connection)
            # What the start made stays; from here on, garbage is looked for (see __main__.py).
            gc.freeze()
            gc.enable()
            yield session
        finally:
            session.abandon()

    def reopen(self) -> Connection:
        """Return a fresh connection of the same kind (`req --retry`)."""
        connection = Connection(self.config, self.environment.context)  # type: ignore[arg-type] # as above
        connection.open()
        return connection


def _look(environment: Environment, output: Output) -> dict[str, Any]:
    if not environment.output.is_terminal() and output.color.value != "always":
        return {"full": output.full}
    from zmqcli.terminal import wants_color, width

    descriptor = environment.output.descriptor
    color = wants_color(output.color.value, descriptor, environment.variables)
    return {"color": color, "width": width(descriptor), "full": output.full}
