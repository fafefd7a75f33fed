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
from zmqcli.safe import safe
from zmqcli.signals import Signals
from zmqcli.streams import InputStream, OutputStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zmqcli.errors import ExitCode, ZmqcliError

__all__ = ["Environment", "for_children"]

SAID_EACH = 10
"""How often something that repeats itself is said before it is mostly counted."""
MOST_KINDS = 100
"""Kinds of it that are told apart."""
_WITHOUT_DIGITS = dict.fromkeys(map(ord, "0123456789"))
_OURS = "ZMQCLI_"
_NO_SECRETS = frozenset(
    {
        *("ZMQCLI_CONFIG", "ZMQCLI_PROFILE", "ZMQCLI_TIMEOUT", "ZMQCLI_LINGER", "ZMQCLI_CODEC", "ZMQCLI_HISTORY"),
        "ZMQCLI_CURVE_SERVER_KEY",  # a public key
    }
)


def for_children(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program that a command of the user's starts: without any secret of ours.

    Any `ZMQCLI_*` variable may hold one, as `env:NAME` may name it here, in another step of `run` or in a profile that
    this command does not use. So those known to hold none are passed on, and no others.
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
        """That of `zmqcli -p NAME COMMAND`, or of the `run` that this command is a step of."""
        self.config_path = ""
        self.endpoints: Mapping[str, str] = {}
        """The named ones of the configuration file."""
        self.settings: Sequence[str] = ()
        """The options that are not from the command line, each with where it is from."""
        self.escaped = False
        """Whether somebody else escapes what is printed, colours included: `run` does on a terminal, for its steps."""
        self.raw_tty = False
        """Whether `--raw-tty` was given: what is printed may act on the terminal."""
        self._repeated: dict[str, tuple[int, str]] = {}
        """How often each kind of text was to be said, its numbers aside, and the last one of it."""
        self.outcome: set[ExitCode] = set()
        """Every exit code that has come up; `errors.decide` picks the one to give."""

        self.above: Callable[[str], object] | None = None
        """Puts a line above what is drawn over itself on stderr's terminal; None where nothing is."""
        self.at_abandon: list[Callable[[], object]] = []
        """What is called when `run` leaves this command's thread behind: it removes what would outlive the process."""
        self.at_end: list[Callable[[set[ExitCode]], object]] = []
        """What is called once the command has ended, with every exit code that has come up."""

    def print(self, text: str) -> None:
        """Write the text a command exists to print. Raise as `flush` does."""
        self.output.write([text.encode("utf-8", "backslashreplace")])
        self.flush()

    def flush(self) -> None:
        """Wait until a slow reader has taken what is for stdout. Raise Stopped, OutputClosed or ZmqcliError."""
        while not self.output.flush():
            if self.signals.received:
                raise Stopped(self.signals.received)
            select.select([self.signals.descriptor], [self.output.descriptor], [])

    def fail(self, error: ZmqcliError, *, repeats: bool = False) -> None:
        """Say what failed and remember its exit code; the command goes on. `repeats`: as of `note`."""
        self.outcome.add(error.exit_code)
        if not (repeats and self._is_one_of_many(str(error))):
            self._say(str(error))

    def note(self, text: str, *, repeats: bool = False) -> None:
        """Say something that is not an error, unless `-q`.

        `repeats`: a peer can cause it as often as it likes, so that it is not said each time.
        """
        if not self.quiet and not (repeats and self._is_one_of_many(text)):
            self._say(text)

    def detail(self, text: str) -> None:
        """Say something that only `-v` wants to know."""
        if self.verbose:
            self._say(text)

    def _is_one_of_many(self, text: str) -> bool:
        """Count a text; return whether there is no need to say it: the same, but for numbers, was said often enough.

        The first ten are said, then the hundredth, the thousandth and so on, with how many there were by then. With
        `-v` all are.
        """
        if self.verbose:
            return False
        kind = text.translate(_WITHOUT_DIGITS)
        if kind not in self._repeated and len(self._repeated) >= MOST_KINDS:
            kind = ""  # whatever it is: memory is bounded
        times = self._repeated[kind][0] + 1 if kind in self._repeated else 1
        self._repeated[kind] = times, text
        if times < SAID_EACH:
            return False
        if times in {10**power for power in range(len(str(times)))}:
            self._say(f"{text}; {times} times by now, -v says each")
        return True

    def sum_up(self) -> None:
        """Say how often things have happened that were not said each time: when the command has ended."""
        for times, text in self._repeated.values():
            if times > SAID_EACH:
                self._say(f"{times} times in all: {text}")
        self._repeated.clear()

    def _say(self, text: str) -> None:
        self.tell(f"zmqcli: {safe(text)}")

    def tell(self, line: str) -> None:
        """Put a line on stderr as it is: data that was asked for, where stdout has other data."""
        try:
            if self.above is not None:
                self.above(line)
                return
            self.error.write(f"{line}\n")
            self.error.flush()
        except (OSError, ValueError):  # a closed stderr is no reason to lose messages
            pass
