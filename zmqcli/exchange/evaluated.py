"""What `-E` makes of what leaves."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from zmqcli.errors import DataError
from zmqcli.message import front
from zmqcli.signals import Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.engine.source import Source
    from zmqcli.environment import Environment
    from zmqcli.filters.expression import Expression
    from zmqcli.message import Batch, Frame, Message

__all__ = ["EvaluatedSource", "evaluated_answer"]


class EvaluatedSource:
    """The messages of a source, each what the expression makes of it; they are numbered as they leave the source."""

    def __init__(self, source: Source, environment: Environment, expression: Expression, *, strict: bool) -> None:
        self._source = source
        self._environment = environment
        self._expression = expression
        self._strict = strict
        self._queue: deque[Message] = deque()
        self._number = 0

    @property
    def reads_input(self) -> bool:
        """Whether stdin has to be readable before `take`."""
        return not self._queue and self._source.reads_input

    @property
    def ended(self) -> bool:
        """Whether nothing comes any more."""
        return not self._queue and self._source.ended

    @property
    def exhausted(self) -> bool:
        """Whether nothing more comes from outside."""
        return self._source.exhausted

    @property
    def reads_ahead(self) -> bool:
        """Whether `fill` may be called once more."""
        return self._source.reads_ahead

    @property
    def due(self) -> float:
        """When the next message is to go."""
        return self._source.due

    @property
    def first_frame(self) -> Frame | None:
        """The first frame of what leaves first, when that is known beforehand: each message is evaluated once."""
        while not self._queue and self._source.first_frame is not None and not self._source.ended:
            self._queue.extend(self._evaluate(self._source.take(1)))
        return self._queue[0][0] if self._queue else None

    def take(self, limit: int | None = None) -> Batch:
        """Return the next messages, at most `limit`, perhaps none yet."""
        if not self._queue:
            return self._evaluate(self._source.take(limit))
        return front(self._queue, limit)

    def stop(self) -> Batch:
        """Take nothing more from outside; return what has been accepted and not taken."""
        rest = [*self._queue, *self._evaluate(self._source.stop())]
        self._queue.clear()
        return rest

    def fill(self) -> None:
        """Read ahead once; what is read is evaluated when it is taken."""
        self._source.fill()

    def _evaluate(self, batch: Batch) -> Batch:
        made: list[Message] = []
        for message in batch:
            self._number += 1
            try:
                with Work(self._environment.signals):
                    result = self._expression.apply(message, self._number)
            except DataError as error:
                self._environment.fail(error)
                if self._strict:
                    self._source.stop()
                    break
                continue
            if result is not None:
                made.append(result)
        return made


def evaluated_answer(
    answer: Callable[[Message], Message | None], environment: Environment, expression: Expression
) -> Callable[[Message], Message | None]:
    """Return `answer` with what the expression makes of each reply; None for one that is dropped."""
    number = 0

    def evaluate(message: Message) -> Message | None:
        nonlocal number
        made = answer(message)
        if made is None:
            return None
        number += 1
        with Work(environment.signals):
            evaluated, _ = expression.apply_all([made], number, environment.fail)
        return evaluated[0] if evaluated else None

    return evaluate
