"""What `zmqcli pipe` does with messages between its two sides, in the order they came.

A transform stands where a proxy's faults stand (forward.py): it takes what was read, has it in hand for a while, and
releases what goes on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING

from zmqcli.errors import DataError, StoppedAtOnce
from zmqcli.exec.child import Children
from zmqcli.signals import Work
from zmqcli.sockets.batches import BATCH_MESSAGES
from zmqcli.sockets.connection import FRAME_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.environment import Environment
    from zmqcli.exec.child import Child
    from zmqcli.exec.execute import CommandLine
    from zmqcli.filters.expression import Expression
    from zmqcli.message import Batch, Message

__all__ = ["CommandTransform", "InOrder", "InProcess", "Slot"]

HELD_BYTES = 64 << 20
"""What is in hand at most before nothing more is read."""
AHEAD = 4
"""Messages in hand for each command that may run: a slow one holds up those behind it, and only them."""


class Slot:
    """A message in hand, at its place in the order."""

    __slots__ = ("done", "message", "result", "seq", "size", "tries")

    def __init__(self, seq: int, message: Message) -> None:
        self.seq = seq
        self.message = message
        self.size = sum(map(len, message)) + FRAME_BYTES * len(message)
        self.tries = 0
        self.done = False
        self.result: Message | None = None
        """What goes on, once `done`; None: nothing."""

    def finish(self, result: Message | None) -> None:
        """Note what goes on in the message's place."""
        self.done, self.result = True, result


class InOrder(ABC):
    """Messages in progress, released in the order they arrived. A subclass defines the work."""

    def __init__(self, environment: Environment, count: int | None, window: int) -> None:
        """`count`: messages to take in all; `window`: in hand at most."""
        self.environment = environment
        self.left = count
        """How many messages are still to be taken; None: no limit."""
        self.stopped = False
        """Whether nothing more is to be taken: `--on-error stop`."""
        self.taken = self.dropped = self.failed = 0
        self._window = window
        self._slots: deque[Slot] = deque()
        self._size = 0

    @property
    def closed(self) -> bool:
        """Whether no more messages are to be read, ever."""
        return self.left == 0 or self.stopped

    @property
    def held(self) -> int:
        """How many messages are in hand."""
        return len(self._slots)

    @property
    def full(self) -> bool:
        """Whether no more may be read now."""
        return self.room <= 0

    @property
    def room(self) -> int:
        """How many messages may be read at once."""
        if self.closed or self._size >= HELD_BYTES:
            return 0
        room = min(BATCH_MESSAGES, self._window - len(self._slots))
        return room if self.left is None else min(room, self.left)

    due: float | None = None

    def take(self, batch: Batch, now: float) -> Batch:
        """Take messages in hand; return what goes on at once."""
        slots = [Slot(seq, message) for seq, message in enumerate(batch, self.taken + 1)]
        self.taken += len(slots)
        self._size += sum(slot.size for slot in slots)
        self._slots += slots  # all of them first: one that ends it all leaves those behind it in hand
        for slot in slots:
            self.submit(slot)
        if self.left is not None:
            self.left -= len(batch)
        self.advance(now)
        return self.release(now)

    def release(self, _now: float) -> Batch:
        """Return what goes on: of the messages at the front, those that are done with."""
        released: list[Message] = []
        while self._slots and self._slots[0].done:
            slot = self._slots.popleft()
            self._size -= slot.size
            if slot.result is None:
                self.dropped += 1
            else:
                released.append(slot.result)
        return released

    def summary(self) -> str:
        """Return what has happened so far, for a person."""
        parts = [f"{self.taken} messages" if self.taken != 1 else "1 message"]
        parts += [f"{self.dropped} dropped"] if self.dropped else []
        parts += [f"{self.failed} failed"] if self.failed else []
        return ", ".join(parts)

    @abstractmethod
    def submit(self, slot: Slot) -> None:
        """Begin with a message, or queue it."""

    @abstractmethod
    def advance(self, now: float) -> None:
        """Do what can be done without waiting."""

    @abstractmethod
    def close(self) -> None:
        """Leave nothing behind."""


class InProcess(InOrder):
    """An expression, here and now."""

    def __init__(self, environment: Environment, count: int | None, expression: Expression, linger: float) -> None:
        """`linger`: seconds in which what is in hand is seen out after a signal."""
        super().__init__(environment, count, BATCH_MESSAGES)
        self._expression = expression
        self._linger = linger

    def submit(self, slot: Slot) -> None:
        """Evaluate it. Raise StoppedAtOnce when a signal came too long ago for that."""
        signals = self.environment.signals
        if signals.received and signals.since() > self._linger:
            raise StoppedAtOnce(signals.received)
        try:
            with Work(signals):
                result = self._expression.apply(slot.message, slot.seq)
            slot.finish(result)
        except DataError as error:
            self.failed += 1
            self.environment.fail(error)
            slot.finish(None)

    def advance(self, now: float) -> None:
        """Nothing: it is done as it is submitted."""

    def close(self) -> None:
        """Nothing: there is nothing but this process."""


class CommandTransform(InOrder):
    """A command for each message, several at once."""

    def __init__(
        self, environment: Environment, count: int | None, command: CommandLine, parallel: int, now: Callable[[], float]
    ) -> None:
        super().__init__(environment, count, AHEAD * parallel)
        self._command = command
        self._parallel = parallel
        self._now = now
        self._children = Children(command.limit)
        environment.at_abandon.append(self._children.kill)
        self._waiting: deque[Slot] = deque()
        self._at_work: dict[Child, Slot] = {}

    @property
    def descriptor(self) -> int:
        """What to sleep over."""
        return self._children.descriptor

    @property
    def due(self) -> float | None:  # type: ignore[override] # read only here
        """When to check the commands; None: only when the descriptor is readable."""
        return None if self._children.tick is None else self._now() + self._children.tick

    def submit(self, slot: Slot) -> None:
        """Queue it; `advance` begins."""
        self._waiting.append(slot)

    def advance(self, _now: float) -> None:
        """Look after the commands at work, and begin with others."""
        for child in self._children.step():
            self._end(child, self._at_work.pop(child))
        while self._waiting and len(self._at_work) < self._parallel:
            self._begin(self._waiting.popleft())

    def _begin(self, slot: Slot) -> None:
        command = self._command
        message = slot.message
        with Work(self.environment.signals):
            values = None if command.codecs.is_raw else command.codecs.decode(message, 0)[0]
        child = self._children.start(
            command.argv,
            command.stdin(message, values),
            command.variables(self.environment.variables, message, slot.seq),
        )
        if child.outcome is None:
            self._at_work[child] = slot
        else:
            self._end(child, slot)

    def _end(self, child: Child, slot: Slot) -> None:
        assert child.outcome is not None  # noqa: S101 # that is why it is here
        made = self._command.made(child.outcome, slot.seq, self.environment)
        if made.failed:
            self.failed += 1
            if self._command.on_error == "stop":
                self.stopped = True
                slot.finish(None)
                return
        slot.finish(made.frames)

    def close(self) -> None:
        """Kill what still runs."""
        self._children.close()
