"""From the options of `pipe` to two open sockets and what happens between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.codecs.pipeline import MAX_DECODED, RAW, FrameCodecs
from zmqcli.errors import UsageError
from zmqcli.exec.child import MAX_OUTPUT
from zmqcli.exec.execute import CommandLine
from zmqcli.filters.expression import Expression
from zmqcli.formats._api import RecordOptions
from zmqcli.jobs.arguments import delimiters
from zmqcli.jobs.execution import arguments, printed_frames
from zmqcli.options.groups import Output
from zmqcli.options.groups import Records as NoRecords
from zmqcli.options.proxy import FaultOptions, Looks
from zmqcli.pipe.loop import pipe
from zmqcli.pipe.transform import CommandTransform, InProcess
from zmqcli.proxy.job import ProxyJob

if TYPE_CHECKING:
    from zmqcli.environment import Environment
    from zmqcli.options.exec import Execution
    from zmqcli.options.groups import Records, Security
    from zmqcli.options.pipe import PipeLimits, Transform
    from zmqcli.options.proxy import ProxyLimits, ProxySocket, Sides
    from zmqcli.pipe.transform import InOrder

__all__ = ["PipeJob"]

MOST_PROCESSES = 1000
"""The most workers. More would use up the memory, and the system would kill some process."""
ONE_WAY = {("PULL", "PUSH"), ("SUB", "PUB"), ("SUB", "PUSH"), ("PULL", "PUB")}


class PipeJob(ProxyJob):
    """One `zmqcli pipe`: a proxy with something in between."""

    def __init__(
        self,
        environment: Environment,
        sides: Sides,
        transform: Transform,
        execution: Execution,
        records: Records,
        counts: PipeLimits,
        limits: ProxyLimits,
        socket: ProxySocket,
        security: Security,
        printed: str | None,
    ) -> None:
        sides = sides._replace(types=sides.types or "PULL/PUSH")
        super().__init__(
            environment,
            None,
            sides,
            Looks(),
            FaultOptions(),
            Output(),
            NoRecords(),
            limits,
            socket,
            security,
            name="pipe",
        )
        if self.types not in ONE_WAY:
            legal = ", ".join(sorted("/".join(pair) for pair in ONE_WAY))
            raise UsageError(f"a pipe cannot be {sides.types}", why="messages go one way in it", hint=f"legal: {legal}")
        if execution.given is (transform.expression is not None):
            raise UsageError("pipe needs either -e or --exec", hint="say what is done with each message")
        if transform.processes is not None and not 1 <= transform.processes <= MOST_PROCESSES:
            raise UsageError(f"-P cannot be {transform.processes}", hint=f"say 1 to {MOST_PROCESSES}")
        self._counts = counts
        self._limits = self._limits._replace(timeout=counts.timeout)
        self._pipe_records = records
        self._max_decoded = MAX_DECODED if socket.max_size is None else socket.max_size
        records_given = records.codec is not None or records.typed is not None
        codecs = FrameCodecs.parse(records.codec or "raw", self._max_decoded, records.typed) if records_given else RAW
        if codecs.hands_over:
            raise UsageError("pipe cannot send with -x shm")
        self._processes = transform.processes
        self._expression = transform.expression
        self._compiled: Expression | None = None
        self._command: CommandLine | None = None
        options = self._pipe_options()
        if transform.expression is not None:
            self._compiled = Expression("-e", transform.expression, options, codecs)
            return
        self._command = CommandLine(
            arguments(str(execution.exec)),
            options,
            codecs,
            printed_frames(printed or ("jsonl" if records.jsonl else "text"), options, codecs),
            execution.on_error.value if execution.on_error else "drop",
            MAX_OUTPUT if socket.max_size is None else socket.max_size,
        )

    def _pipe_options(self) -> RecordOptions:
        records = self._pipe_records
        delimiter, frame_delimiter = delimiters(records)
        splits = records.frame_delimiter is not None
        return RecordOptions(delimiter=delimiter, frame_delimiter=frame_delimiter, split_frames=splits)

    def run(self) -> None:
        """Open the sockets and pass messages until something ends it."""
        with self._relay(writes=False) as relay:
            transform, descriptor = self._transform()
            try:
                pipe(relay, transform, descriptor=descriptor)
            finally:
                transform.close()

    def _transform(self) -> tuple[InOrder, int | None]:
        environment, count = self._environment, self._counts.messages
        if self._command is not None:
            commands = CommandTransform(environment, count, self._command, self._processes or 1, environment.monotonic)
            return commands, commands.descriptor
        if self._processes is None:
            assert self._compiled is not None  # noqa: S101 # as made above
            return InProcess(environment, count, self._compiled, self._limits.linger), None
        from zmqcli.pipe.workers import Setup, Workers

        records = self._pipe_records
        setup = Setup(str(self._expression), records.codec, self._max_decoded, records.typed)
        workers = Workers(environment, count, setup, self._processes)
        return workers, workers.descriptor
