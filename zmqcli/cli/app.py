"""Runs a command line: the one place that turns an error into a line on stderr and an exit code.

A line that is plainly right is read from the rows of its command (`options/quick.py`). Typer reads all others.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import TYPE_CHECKING

from zmqcli.cli.table import COMMANDS, find
from zmqcli.config_file import looks_set
from zmqcli.environment import Environment
from zmqcli.errors import CutShort, ExitCode, StoppedAtOnce, UsageError, ZmqcliError, decide, unforeseen
from zmqcli.escaping import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

SILENT = {ExitCode.OUTPUT_CLOSED, ExitCode.HUNG_UP, ExitCode.INTERRUPTED, ExitCode.TERMINATED}
"""The exit codes that say it all."""


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
        for tidy in environment.at_abandon:  # it may have broken off the tidying that was under way
            tidy()
        environment.signals.settle()
        environment.outcome.add(error.exit_code)
        _finish(environment)
    environment.signals.settle()
    return decide(environment.outcome)


def _run(arguments: Sequence[str], environment: Environment) -> None:
    """Run one command line; what came of it is in the environment's outcome."""
    try:
        environment.outcome.add(ExitCode(_read_and_run(arguments, environment)))
    except CutShort:  # once more, while the first one was on its way
        environment.outcome.add(environment.signals.received or ExitCode.TIMEOUT)
    except SystemExit:  # Typer's way out when stdout is closed, as in `--help | head -1`
        environment.outcome.add(ExitCode.OUTPUT_CLOSED)
    except Exception as error:  # noqa: BLE001 # no traceback ever reaches a user without --debug
        _report(environment, error if isinstance(error, ZmqcliError) else _translate(error))
        if environment.debug:
            environment.tell(safe(traceback.format_exc().rstrip(), keep="\n\t"))
    environment.sum_up()
    if environment.signals.received:  # also one that came while what was sent was being seen out
        environment.outcome.add(environment.signals.received)


def _read_and_run(arguments: Sequence[str], environment: Environment) -> int:
    name, *words = arguments or [""]
    if name in COMMANDS and not (environment.profile or looks_set(environment.variables)):
        from zmqcli.options.quick import read

        declared = find(name)
        values = None if declared.needs_context else read(declared.parameters, words)
        if values is not None and not values["profile"]:
            declared.run(environment, values)
            return 0
    from zmqcli.cli.typer_app import run

    return run(arguments, environment)


def _finish(environment: Environment) -> None:
    """Do what was left for the end, each thing once."""
    while environment.at_end:
        environment.at_end.pop(0)(environment.outcome)


def _report(environment: Environment, error: ZmqcliError) -> None:
    if error.exit_code in SILENT:
        environment.outcome.add(error.exit_code)
    else:
        if isinstance(error, UsageError) and environment.settings:  # what nobody has typed may be what is wrong
            error.hint = "; ".join(filter(None, [error.hint, f"also set: {', '.join(environment.settings)}"]))
        environment.fail(error)


def _translate(error: Exception) -> ZmqcliError:
    """Return Typer's own errors as usage errors of one line, anything else as what has run out, or as a bug."""
    message = getattr(error, "format_message", None)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # help and versions, which Typer prints
        return ZmqcliError("cannot write to stdout", why=os.strerror(error.errno).lower())
    if message is None:
        return unforeseen(error)
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "zmqcli"
    text = " ".join(message().split()).rstrip(".") or "no command given"  # Typer has shown the help instead
    return UsageError(text, hint=f"see {path} --help")
