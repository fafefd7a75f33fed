"""The Typer app, which prints help, suggests corrections, and parses every line that `options/quick.py` leaves to it.

Typer builds all options of every command it knows, at 2 ms a command. So only the called command is given to it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from zmqcli.cli.execute import execute
from zmqcli.commands.table import COMMANDS, EXAMPLES, find
from zmqcli.errors import MEANINGS, ExitCode
from zmqcli.options.typer_command import build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.environment import Environment

__all__ = ["load", "run"]


def load(name: str) -> Any:
    """Return the Typer command of that name, with its options."""
    return build(find(name), name, COMMANDS[name].panel, partial(execute, name))


class Commands(TyperGroup):
    """The group of all commands: it lists them by name and summary, and loads only the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment] # suggestions read only the names

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 # Typer's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 # Typer's signature
        """Return a stand-in that help can list."""
        row = COMMANDS.get(cmd_name)
        return row and TyperCommand(cmd_name, short_help=row.summary, rich_help_panel=row.panel)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the called command, loaded."""
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
        help="A command-line tool for ZeroMQ: every message arrives, or the exit code reports that it did not.",
        epilog=f"Examples:\n{examples}\n\nExit codes:\n{codes}\n\n"
        "Help for one command: zmqcli COMMAND --help. Full manual: man zmqcli",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    def root(
        context: typer.Context,
        profile: str = typer.Option(
            "", "-p", "--profile", metavar="PROFILE", help="Read options from this profile.", show_default=False
        ),
        version: bool = typer.Option(  # noqa: ARG001 # the callback acts on it
            False, "--version", callback=_version, is_eager=True, help="Show versions and exit."
        ),
        debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
    ) -> None:
        context.obj.profile = profile or context.obj.profile  # a step of `run` inherits the profile
        context.obj.debug |= debug

    return typer.main.get_command(app)


def run(arguments: Sequence[str], environment: Environment) -> int:
    """Run one command line and return the exit code that Typer gives it."""
    code = _app().main(args=list(arguments), prog_name="zmqcli", obj=environment, standalone_mode=False)
    return int(code or 0)
