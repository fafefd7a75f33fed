"""What goes in and out of a socket command: its source, its sink, and the look of their records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.codecs.pipeline import MAX_DECODED, RAW, FrameCodecs
from zmqcli.errors import ExitCode, UsageError
from zmqcli.exchange.sink import Sink
from zmqcli.exchange.source import FixedSource, InputSource, NoSource
from zmqcli.formats._api import RecordOptions, TapStyle
from zmqcli.formats._registry import load as load_format
from zmqcli.formats._registry import load_reader
from zmqcli.jobs.arguments import delimiters, fixed_messages, look
from zmqcli.streams import Stdin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.engine.source import Source
    from zmqcli.environment import Environment
    from zmqcli.filters.expression import Expression
    from zmqcli.filters.filters import Filters
    from zmqcli.formats._api import Format, Writer
    from zmqcli.formats.throttle import Sampled
    from zmqcli.message import Batch, Frame
    from zmqcli.options.groups import Body, Input, Output, Records

__all__ = ["Traffic"]

TEMPLATE = "template"
"""Stands for `-T` where the name of a format would."""

_READ_ONCE = "whoever receives shared memory frees it"
_TO_MANY = {"pub", "xpub", "radio"}
_ANSWERING = {"rep", "router"}
_NOT_ARRIVED = {ExitCode.RUNTIME, ExitCode.USAGE, ExitCode.UNDELIVERED, ExitCode.TIMEOUT}


class Traffic:
    """What one command sends and shows, as its option groups say."""

    def __init__(
        self,
        environment: Environment,
        command: str,
        *,
        records: Records | None,
        input: Input | None,  # noqa: A002 # the group's name
        output: Output | None,
        max_decoded: int | None,
        count: int | None,
        routing_ids: int,
        delimited: bool,
        bare_bodies: bool,
    ) -> None:
        self.environment = environment
        self._command = command
        self._records = records
        self._input = input
        self._output = output
        self._max_decoded = MAX_DECODED if max_decoded is None else max_decoded
        self._count = count
        self._routing_ids = routing_ids
        self._delimited = delimited
        self._bare_bodies = bare_bodies
        self._interactive = False
        self._hands_over = False
        self.held: Sink | None = None
        """The sink, when it may hold something back for a while."""

    def source(self, fixed: Batch | None, *, envelope: Sequence[Frame] = (), two_way: bool = False) -> Source:
        """Return what is sent: `fixed` messages when there are some (stdin is then never touched), else stdin.

        `envelope` goes in front of every message. `two_way`: `-n` counts what is received, and without a stdin to
        read the command is a service, which is no end of input.
        """
        count = None if two_way else self._count
        replay = None if self._input is None else self._input.replay
        if replay is not None and (fixed is not None or not load_format(self.input_format).times):
            raise UsageError("--replay needs records on stdin, with -I jsonl")
        if fixed is not None:
            if self._hands_over and count is not None and count > 1:
                raise UsageError("-x shm cannot repeat a message", why=_READ_ONCE, hint="send records of stdin instead")
            messages = [[*envelope, *message] for message in fixed]
            return self._evaluated(FixedSource(messages, 1 if count is None else count))
        stdin = self.environment.input.what()
        if stdin is Stdin.BACKGROUND:
            self.environment.note(f"nothing will be sent ({stdin.value}); give frames, -f FILE or a pipe")
        if stdin is Stdin.BACKGROUND or (stdin is Stdin.NULL and two_way):
            return NoSource()
        source = self._records_of_stdin(count, envelope)
        if replay is None:
            return self._evaluated(source)
        from zmqcli.exchange.replay import ReplaySource

        return self._evaluated(ReplaySource(source, self.environment, replay))

    def _records_of_stdin(self, count: int | None, envelope: Sequence[Frame]) -> InputSource:
        self._interactive = self.environment.input.is_terminal()
        codecs, options = self.send_codecs(), self.record_options("out", has_ids=not envelope)
        record_format = load_reader(self.input_format)
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

    def _evaluated(self, source: Source) -> Source:
        expression = self.expression(sends=True)
        if expression is None:
            return source
        from zmqcli.exchange.evaluated import EvaluatedSource

        return EvaluatedSource(source, self.environment, expression, strict=bool(self._input and self._input.strict))

    def expression(self, *, sends: bool) -> Expression | None:
        """Return what `-E` (`sends`) or `-e` says; None without it."""
        sent, shown = self._input and self._input.send_expression, self._output and self._output.expression
        if (text := sent if sends else shown) is None:
            return None
        from zmqcli.filters.expression import Expression

        codecs = self.send_codecs() if sends else self.receive_codecs()
        options = self.record_options("out" if sends else "in")._replace(routing_ids=self._routing_ids)
        return Expression("-E" if sends else "-e", text, options, codecs)

    def sink(self, *, tapped: bool = False, decodes: bool = True, executed: bool = False) -> Sink:
        """Return what shows received messages; `tapped` ones (formats/tapped.py) with what is known of their passage.

        Not `decodes`: as bytes, whatever codecs there are. `executed`: what is shown is what commands have printed.
        """
        assert self._output is not None, "a command that shows has output options"  # noqa: S101 # a mistake in a command file
        options = self.record_options("in")
        codecs = self.receive_codecs() if decodes else RAW
        filters = self._filters(options, codecs)
        writer = self._tapped_writer(options, codecs) if tapped else self._writer(options, RAW if executed else codecs)
        if self._guards and self._format is not None:
            from zmqcli.formats.terminal_guard import guarded

            writer = guarded(writer, self._format.guard)
        holder = None if tapped else self._thinned_out(writer, options)
        sink = Sink(self.environment, holder or writer, codecs, options, filters, holder, self.expression(sends=False))
        self.held = sink if holder else None
        return sink

    def _tapped_writer(self, options: RecordOptions, codecs: FrameCodecs) -> Writer:
        from zmqcli.formats.tapped import TappedWriter

        made = self._format
        style = made.tap if made else TapStyle.NOTHING
        shows_ids = made is not None and made.shows_ids
        return TappedWriter(lambda look: self._writer(look, codecs), style, options, codecs, shows_ids=shows_ids)

    def _thinned_out(self, writer: Writer, options: RecordOptions) -> Sampled | None:
        """Return `writer` with what comes too fast to read left out; None where every message is shown."""
        if self._format is None or not self._format.thins_out or not options.terminal:
            return None
        # Who waits for one message wants to see it.
        if options.full or (self._output is not None and self._output.expect is not None):
            return None
        from zmqcli.formats.throttle import ALWAYS_SHOWN, Sampled

        few = self._count is not None and self._count <= ALWAYS_SHOWN
        return None if few else Sampled(writer, options)

    def _writer(self, options: RecordOptions, codecs: FrameCodecs) -> Writer:
        assert self._output is not None, "asked by sink"  # noqa: S101 # as there
        record_format = self._format
        if record_format is None:
            from zmqcli.formats.template import Template

            template = Template(str(self._output.template))
            return template.writer(options, codecs, self.environment.fail, guards=self._guards)
        if options.columns is not None and not record_format.columns:
            raise UsageError(f"{record_format.name} has no --columns", hint="-O csv has")
        if self._output.query is not None and not record_format.shows_results:
            from zmqcli.filters.filters import showing_results

            return showing_results(record_format.writer(options._replace(routing_ids=0, delimited=False), RAW))
        return record_format.writer(options, codecs)

    @property
    def _format(self) -> type[Format] | None:
        """The record format that messages are shown in; None for a template, which guards a terminal itself."""
        name = self.output_format
        return None if name == TEMPLATE else load_format(name)

    @property
    def _guards(self) -> bool:
        """Whether what is shown must not act on a terminal."""
        assert self._output is not None, "asked by sink"  # noqa: S101 # as there
        return self.environment.output.is_terminal() and not self._output.raw_tty

    def _filters(self, options: RecordOptions, codecs: FrameCodecs) -> Filters | None:
        """Return which messages are shown; None for all of them."""
        output = self._output
        if output is None or (output.grep, output.where, output.query, output.query_of, output.expect) == (None,) * 5:
            return None
        from zmqcli.filters.filters import Filters

        named = output.receive_codec or (self._records and self._records.codec)
        filters = Filters(
            options,
            codecs,
            grep=output.grep,
            where=output.where,
            query=output.query,
            query_of=output.query_of,
            expect=output.expect,
            guesses=not named,
            signals=self.environment.signals,
        )
        self.environment.at_end.append(lambda _outcome: filters.close())
        return filters

    @property
    def queries(self) -> bool:
        """Whether `--query` says what is shown."""
        return self._output is not None and self._output.query is not None

    @property
    def writes(self) -> bool:
        """Whether messages go to stdout, so that its closing ends the command."""
        return self._format is None or self._format.prints

    @property
    def bodies_only(self) -> bool:
        """Whether what is shown is a stream of bytes, without the ids of who sent them."""
        return self._format is not None and self._format.bodies_only

    @property
    def input_format(self) -> str:
        """The name of the record format that what is sent comes in."""
        if self._records and self._records.jsonl:
            return "jsonl"
        return self._input.input if self._input else "text"

    @property
    def output_format(self) -> str:
        """The name of the record format that messages are shown in."""
        if self._output and self._output.template is not None:
            return TEMPLATE
        if self._output and self._output.output is not None:
            return self._output.output
        if self._records and self._records.jsonl:
            return "jsonl"
        return "pretty" if self.environment.output.is_terminal() else "text"

    def receive_codecs(self) -> FrameCodecs:
        """Return the codecs of what arrives."""
        return self._codecs(self._output.receive_codec if self._output else None)

    def send_codecs(self) -> FrameCodecs:
        """Return the codecs of what is sent."""
        codecs = self._codecs(self._input.send_codec if self._input else None)
        if codecs.hands_over:
            if self._command in _TO_MANY:
                raise UsageError(f"{self._command} cannot send with -x shm", why=_READ_ONCE, hint="push can")
            self._hands_over = True
            self.environment.at_end.append(
                lambda outcome: None if outcome.isdisjoint(_NOT_ARRIVED) else codecs.take_back()
            )
        return codecs

    def _codecs(self, own: str | None) -> FrameCodecs:
        """Return the codecs of one direction: its own, else those of both."""
        records = self._records
        spec = own if own is not None or records is None else records.codec
        typed = records.typed if records else None
        if spec is None and typed is None:
            return RAW
        return FrameCodecs.parse("raw" if spec is None else spec, self._max_decoded, typed)

    def fixed(self, body: Body) -> Batch | None:
        """Return the messages of the command line, frames through the codecs; None when stdin is to be read."""
        codecs = self.send_codecs()
        if codecs.hands_over and self._command in _ANSWERING and (body.frames or body.file):
            raise UsageError(f"-x shm cannot give {self._command} one answer for all", why=_READ_ONCE)
        return fixed_messages(self.environment, body, codecs)

    def record_options(self, direction: str, *, has_ids: bool = True) -> RecordOptions:
        """Return the look of records that come "in" from the socket, or go "out" to it."""
        records, output = self._records, self._output
        splits = bool(records and records.frame_delimiter is not None)
        if direction == "out" and self._bare_bodies and not splits:
            has_ids = False  # a record of text is a body alone
        delimiter, frame_delimiter = delimiters(records)
        shown = {} if direction == "out" or output is None else look(self.environment, output)
        if direction == "in" and output is not None and output.no_delimiter:
            delimiter = b""
        replays = direction == "out" and self._input is not None and self._input.replay is not None
        return RecordOptions(
            recorded=replays,
            delimiter=delimiter,
            frame_delimiter=frame_delimiter,
            split_frames=splits,
            socket=self._command.upper(),
            direction=direction,
            routing_ids=self._routing_ids if has_ids else 0,
            delimited=self._delimited,
            **shown,
        )
