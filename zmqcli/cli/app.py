"""Runs a command line: the one place that turns an error into a line on stderr and an exit code.

A simple, valid line is parsed from the option rows of its command (`options/quick.py`). Typer parses all others.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import TYPE_CHECKING

from zmqcli.cli.execute import execute
from zmqcli.commands.table import COMMANDS, find
from zmqcli.environment import Environment
from zmqcli.errors import CutShort, ExitCode, StoppedAtOnce, UsageError, ZmqcliError, decide, unforeseen
from zmqcli.escaping import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

SILENT = {ExitCode.OUTPUT_CLOSED, ExitCode.HUNG_UP, ExitCode.INTERRUPTED, ExitCode.TERMINATED}
"""Errors with these exit codes print nothing."""


def main(arguments: Sequence[str] | None = None, environment: Environment | None = None) -> int:
    """Run one command line (default: the process's own) and return its exit code."""
    environment = environment or Environment()
    environment.run_command = main
    arguments = sys.argv[1:] if arguments is None else arguments
    environment.debug = "--debug" in arguments[:1]
    try:
        _run(arguments, environment)
        _finish(environment)
    except StoppedAtOnce as error:
        for tidy in environment.at_abandon:  # the signal may have interrupted the usual clean-up
            tidy()
        environment.signals.settle()
        environment.outcome.add(error.exit_code)
        _finish(environment)
    environment.signals.settle()
    return decide(environment.outcome)


def _run(arguments: Sequence[str], environment: Environment) -> None:
    """Run one command line and record its result in the environment's outcome."""
    try:
        environment.outcome.add(ExitCode(_read_and_run(arguments, environment)))
    except CutShort:  # raised a second time, while the first one was being handled
        environment.outcome.add(environment.signals.received or ExitCode.TIMEOUT)
    except SystemExit:  # Typer's way out when stdout is closed, as in `--help | head -1`
        environment.outcome.add(ExitCode.OUTPUT_CLOSED)
    except Exception as error:  # noqa: BLE001 # users see a traceback only with --debug
        _report(environment, error if isinstance(error, ZmqcliError) else _translate(error))
        if environment.debug:
            environment.tell(safe(traceback.format_exc().rstrip(), keep="\n\t"))
    environment.sum_up()
    if environment.signals.received:  # including one that arrived during the final drain
        environment.outcome.add(environment.signals.received)


def _read_and_run(arguments: Sequence[str], environment: Environment) -> int:
    name, *words = arguments or [""]
    if name in COMMANDS:
        from zmqcli.options.quick import read

        given = read(find(name).parameters, words)
        if given is not None:
            execute(name, environment, given)
            return 0
    from zmqcli.cli.typer_app import run

    return run(arguments, environment)


def _finish(environment: Environment) -> None:
    """Run each `at_end` callback once, even if one of them raises."""
    while environment.at_end:
        environment.at_end.pop(0)(environment.outcome)


def _report(environment: Environment, error: ZmqcliError) -> None:
    if error.exit_code in SILENT:
        environment.outcome.add(error.exit_code)
    else:
        if isinstance(error, UsageError) and environment.settings:  # a value that was not typed may be the cause
            error.hint = "; ".join(filter(None, [error.hint, f"also set: {', '.join(environment.settings)}"]))
        environment.fail(error)


def _translate(error: Exception) -> ZmqcliError:
    """Return one of Typer's errors as a one-line usage error, and any other as a lack of resources or a bug."""
    message = getattr(error, "format_message", None)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # Typer prints help and versions itself
        return ZmqcliError("cannot write to stdout", why=os.strerror(error.errno).lower())
    if message is None:
        return unforeseen(error)
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "zmqcli"
    text = " ".join(message().split()).rstrip(".") or "no command given"  # no text: Typer has printed the help
    return UsageError(text, hint=f"see {path} --help")
