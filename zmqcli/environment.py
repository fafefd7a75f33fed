"""What a command gets from outside: streams, signals, the clock, the ZeroMQ context. Nothing global.

`run` puts several commands in one process by giving each its own; tests hand in what they need.
"""

from __future__ import annotations

import os
import select
import sys
import time
from typing import TYPE_CHECKING, TextIO

from zmqcli.errors import Stopped
from zmqcli.escaping import safe
from zmqcli.signals import Signals
from zmqcli.streams import InputStream, OutputStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zmqcli.errors import ExitCode, ZmqcliError

__all__ = ["Environment", "for_children"]

SAID_EACH = 10
"""A repeated text is printed this often; after that it is mostly counted."""
MOST_KINDS = 100
"""At most this many kinds of repeated texts are told apart."""
_WITHOUT_DIGITS = dict.fromkeys(map(ord, "0123456789"))
_OURS = "ZMQCLI_"
_NO_SECRETS = frozenset(
    {
        *("ZMQCLI_CONFIG", "ZMQCLI_PROFILE", "ZMQCLI_TIMEOUT", "ZMQCLI_LINGER", "ZMQCLI_CODEC", "ZMQCLI_HISTORY"),
        "ZMQCLI_CURVE_SERVER_KEY",  # a public key
    }
)


def for_children(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child program, without our secrets.

    Any `ZMQCLI_*` variable may hold one: `env:NAME` may name it here, in another step of `run`, or in a profile that
    this command does not use. So only those known to hold no secret are passed on.
    """
    return {name: text for name, text in variables.items() if not name.startswith(_OURS) or name in _NO_SECRETS}


class Environment:
    """The outside of one command."""

    def __init__(
        self,
        *,
        input: InputStream | None = None,  # noqa: A002 # what it is called everywhere
        output: OutputStream | None = None,
        error: TextIO | None = None,
        variables: Mapping[str, str] = os.environ,
        context: object = None,
        signals: Signals | None = None,
    ) -> None:
        """Take this process's own streams and signals where none are given.

        `context`: the `zmq.Context` shared by several commands (`run`); with None each makes and ends its own.
        """
        self.input = input or InputStream()
        self.output = output or OutputStream()
        self.error = error or sys.stderr
        self.variables = variables
        self.context = context
        self.signals = signals or Signals()
        self.monotonic: Callable[[], float] = time.monotonic
        """Seconds; only differences mean anything."""
        self.time_ns: Callable[[], int] = time.time_ns
        """Nanoseconds since 1970, UTC."""
        self.run_command: Callable[[Sequence[str], Environment], int] | None = None
        """`cli.main`, for `run`, which stands on a lower floor and must not import it."""
        self.quiet = False
        self.verbose = False
        self.debug = False
        self.profile = ""
        """The profile of `zmqcli -p NAME COMMAND`, or of the `run` that this command is a step of."""
        self.config_path = ""
        self.endpoints: Mapping[str, str] = {}
        """The named endpoints of the configuration file."""
        self.settings: Sequence[str] = ()
        """The options that do not come from the command line, each with its origin."""
        self.escaped = False
        """Whether what is printed is escaped elsewhere, colours too: `run` does that for its steps on a terminal."""
        self.raw_tty = False
        """Whether `--raw-tty` was given: what is printed may act on the terminal."""
        self._repeated: dict[str, tuple[int, str]] = {}
        """For each kind of text (digits ignored): how often it came up, and the last one."""
        self.outcome: set[ExitCode] = set()
        """Every exit code that has come up; `errors.decide` picks one."""

        self.above: Callable[[str], object] | None = None
        """Puts a line above a live display on stderr's terminal; None without such a display."""
        self.at_abandon: list[Callable[[], object]] = []
        """Called when `run` leaves this command's thread behind, to remove what would outlive the process."""
        self.at_end: list[Callable[[set[ExitCode]], object]] = []
        """Called once the command has ended, with every exit code that has come up."""

    def print(self, text: str) -> None:
        """Write the text a command exists to print. Raise as `flush` does."""
        self.output.write([text.encode("utf-8", "backslashreplace")])
        self.flush()

    def flush(self) -> None:
        """Wait until a slow reader of stdout has taken everything. Raise Stopped, OutputClosed or ZmqcliError."""
        while not self.output.flush():
            if self.signals.received:
                raise Stopped(self.signals.received)
            select.select([self.signals.descriptor], [self.output.descriptor], [])

    def fail(self, error: ZmqcliError, *, repeats: bool = False) -> None:
        """Print what failed and remember its exit code; the command goes on. `repeats`: as in `note`."""
        self.outcome.add(error.exit_code)
        if not (repeats and self._is_one_of_many(str(error))):
            self._say(str(error))

    def note(self, text: str, *, repeats: bool = False) -> None:
        """Print something that is not an error, unless `-q`.

        `repeats`: a peer can cause it as often as it likes, so it is not printed each time.
        """
        if not self.quiet and not (repeats and self._is_one_of_many(text)):
            self._say(text)

    def detail(self, text: str) -> None:
        """Print something with `-v` only."""
        if self.verbose:
            self._say(text)

    def _is_one_of_many(self, text: str) -> bool:
        """Count a text. Return whether it is not to be printed, because it has been often enough (digits ignored).

        The first ten are printed, then the hundredth, the thousandth and so on, with their number so far. With `-v` all
        are printed.
        """
        if self.verbose:
            return False
        kind = text.translate(_WITHOUT_DIGITS)
        if kind not in self._repeated and len(self._repeated) >= MOST_KINDS:
            kind = ""  # one kind for all the others: memory is bounded
        times = self._repeated[kind][0] + 1 if kind in self._repeated else 1
        self._repeated[kind] = times, text
        if times < SAID_EACH:
            return False
        if times in {10**power for power in range(len(str(times)))}:
            self._say(f"{text}; {times} times by now, -v says each")
        return True

    def sum_up(self) -> None:
        """Print, at the end of the command, how often the repeated texts have come up in all."""
        for times, text in self._repeated.values():
            if times > SAID_EACH:
                self._say(f"{times} times in all: {text}")
        self._repeated.clear()

    def _say(self, text: str) -> None:
        self.tell(f"zmqcli: {safe(text)}")

    def tell(self, line: str) -> None:
        """Put a line on stderr as it is. It is data that was asked for while stdout has other data."""
        try:
            if self.above is not None:
                self.above(line)
                return
            self.error.write(f"{line}\n")
            self.error.flush()
        except (OSError, ValueError):  # a closed stderr is no reason to lose messages
            pass
