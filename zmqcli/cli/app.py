"""The app: a table of commands, each imported and built only when it is called.

Typer builds every option of every command it knows at every start, 2 ms a command: so it is told of one. This is
also the one place that turns an error into a line on stderr and an exit code.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from zmqcli.environment import Environment
from zmqcli.errors import MEANINGS, CutShort, ExitCode, StoppedAtOnce, UsageError, ZmqcliError, decide, unforeseen
from zmqcli.escaping import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "EXAMPLES", "main"]

SOCKETS = "Socket commands"
DRAFTS = "Draft socket types (when pyzmq has the draft API)"
TOOLS = "Tools"


SILENT = {ExitCode.OUTPUT_CLOSED, ExitCode.HUNG_UP, ExitCode.INTERRUPTED, ExitCode.TERMINATED}
"""The exit codes that say it all."""


class CommandRow(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    module: str
    summary: str
    panel: str = SOCKETS


COMMANDS: dict[str, CommandRow] = {
    "pub": CommandRow("pub", "Publish messages to whoever has subscribed."),
    "sub": CommandRow("sub", "Subscribe and show what is published."),
    "push": CommandRow("push", "Send messages to pullers, in turn."),
    "pull": CommandRow("pull", "Receive what is pushed."),
    "req": CommandRow("req", "Send requests and show the replies."),
    "rep": CommandRow("rep", "Answer requests: fixed, echoed, or from stdin."),
    "dealer": CommandRow("dealer", "Send and receive at the same time, in turn over its peers."),
    "router": CommandRow("router", "Talk to each of many peers by its routing id."),
    "pair": CommandRow("pair", "Talk to exactly one peer, both ways."),
    "xpub": CommandRow("xpub", "Publish, and show the subscriptions."),
    "xsub": CommandRow("xsub", "Subscribe by messages, and show what is published."),
    "stream": CommandRow("stream", "Talk to plain TCP peers that do not speak ZeroMQ."),
    "keygen": CommandRow("keygen", "Make CURVE keys.", TOOLS),
    "run": CommandRow("run", "Run several commands in one process: inproc, tests of message flows.", TOOLS),
    "bench": CommandRow("bench", "Measure throughput and round trips, here or between two machines.", TOOLS),
    "probe": CommandRow("probe", "Tell what is at an endpoint, and why nothing comes of it.", TOOLS),
    "top": CommandRow("top", "Show topics as they come: how many, how fast, what.", TOOLS),
    "monitor": CommandRow("monitor", "Show what happens to the connections of a socket.", TOOLS),
    "proxy": CommandRow("proxy", "Pass messages between two sides: plain, tapped, or with faults.", TOOLS),
    "pipe": CommandRow("pipe", "Take messages, transform them with Python or a command, send them on.", TOOLS),
    "config": CommandRow("config", "Show the configuration file, and where each value is from.", TOOLS),
    "options": CommandRow("options", "List libzmq's socket options.", TOOLS),
    "codecs": CommandRow("codecs", "List the codecs and record formats.", TOOLS),
    "completions": CommandRow(
        "completions", "Complete commands, options and endpoints with Tab: bash, zsh, fish.", TOOLS
    ),
    **{
        name: CommandRow("draft", f"{name.upper()} socket (draft).", DRAFTS)
        for name in ("client", "server", "radio", "dish", "scatter", "gather", "peer", "channel")
    },
}


EXAMPLES = (
    "zmqcli sub -c tcp://localhost:5556 -s weather",
    "seq 1000 | zmqcli push -b 5557",
    "zmqcli req -c 5555 Hello",
)


def load(name: str) -> Any:
    """Import the module of a command and build it for Typer."""
    from zmqcli.options.command import build

    row = COMMANDS[name]
    return build(getattr(import_module(f"zmqcli.commands.{row.module}"), name), name, row.panel)


class Commands(TyperGroup):
    """The group of all commands: knows each one's name and summary, loads the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment] # "did you mean" asks for the names only

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 # Typer's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 # Typer's signature
        """Return a stand-in that help can list."""
        row = COMMANDS.get(cmd_name)
        return row and TyperCommand(cmd_name, short_help=row.summary, rich_help_panel=row.panel)

    def load(self, name: str) -> Any:
        """Return a real command, for who has to know its options."""
        return load(name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the real command that is called."""
        name, stand_in, rest = super().resolve_command(ctx, args)
        return name, stand_in and load(str(name)), rest


def _version(wanted: bool) -> None:
    if wanted:
        from zmqcli.cli.version import version_line

        typer.echo(version_line())
        raise typer.Exit


def _app() -> Any:
    app = typer.Typer(cls=Commands, add_completion=False, rich_markup_mode="rich", no_args_is_help=True)
    examples = "\n".join(f"  {example}" for example in EXAMPLES)
    codes = "\n".join(f"  {code.value:>3}  {MEANINGS[code]}" for code in ExitCode)

    @app.callback(
        help="The command-line tool for ZeroMQ: what is sent arrives, or the exit code says so.",
        epilog=f"Examples:\n{examples}\n\nExit codes:\n{codes}\n\n"
        "Each command: zmqcli COMMAND --help; all of it: man zmqcli",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    def root(
        context: typer.Context,
        profile: str = typer.Option(
            "", "-p", "--profile", metavar="PROFILE", help="Take options from this profile.", show_default=False
        ),
        version: bool = typer.Option(  # noqa: ARG001 # its callback does it
            False, "--version", callback=_version, is_eager=True, help="Show versions and exit."
        ),
        debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
    ) -> None:
        context.obj.profile = profile or context.obj.profile  # a step of `run` has that of the run
        context.obj.debug |= debug

    return typer.main.get_command(app)


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
        code = _app().main(args=list(arguments), prog_name="zmqcli", obj=environment, standalone_mode=False)
        environment.outcome.add(ExitCode(code or 0))
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
