"""Makes a Typer command of a declared one: for help, for errors with suggestions, and for the configuration file."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from zmqcli.errors import MEANINGS, UsageError
from zmqcli.options.line import Line, is_bare_value
from zmqcli.options.types import OptionRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.options.command import Declared, Parameter

__all__ = ["build"]

_TYPED = "ParameterSource.COMMANDLINE"


class _Command(TyperCommand):
    """Unlike Typer's own: options whose value may be left out, and the place of --help."""

    options: Sequence[Parameter] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give a bare `--replay` the speed that it means."""
        line, words = Line(self.options), list(args)
        for place, word in enumerate(args):
            line.take(word)
            option = line.waiting
            if option is not None and option.may_be_bare and not any(map(is_bare_value, args[place + 1 : place + 2])):
                words[place] = f"{word}={option.bare}"
        return super().parse_args(ctx, words)

    def get_help_option(self, ctx: Any) -> Any:
        """Put --help to the other options that every command has: Typer gives it a group of its own, before all."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.rich_help_panel = "General"
        return option


def build(declared: Declared, name: str, panel: str, run: Callable[[Any, dict[str, Any]], None]) -> Any:
    """Return the Typer command of a declared one. `run` gets the environment, and the values of what was typed."""

    def call(context: typer.Context, **values: Any) -> None:
        typed = {name for name in values if str(context.get_parameter_source(name)) == _TYPED}
        run(context.obj, {name: value for name, value in values.items() if name in typed})

    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined] # functions take attributes
        [
            inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *(
                inspect.Parameter(
                    parameter.name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=parameter.default,
                    annotation=Annotated[parameter.kind, _typer_row(parameter)],
                )
                for parameter in declared.parameters
            ),
        ]
    )
    call.__name__ = declared.__name__
    call.__doc__ = declared.__doc__
    app = typer.Typer(add_completion=False, rich_markup_mode="rich")
    # Help text is Rich markup: a literal [ would be taken for a tag.
    examples = "\n".join(f"  {example}".replace("[", "\\[") for example in declared.examples)
    app.command(
        name,
        cls=_Command,
        epilog=f"Examples:\n{examples}\n\nExit codes: {_codes()}\n\nAll of it: man zmqcli",
        rich_help_panel=panel,
        context_settings={"help_option_names": ["-h", "--help"]},
    )(call)
    built = typer.main.get_command(app)
    built.options = [parameter for parameter in declared.parameters if parameter.names]  # type: ignore[attr-defined] # a _Command
    return built


def _typer_row(parameter: Parameter) -> Any:
    row = parameter.row
    if not isinstance(row, OptionRow):
        return typer.Argument(metavar=row.metavar, help=row.help, show_default=False)
    return typer.Option(
        *row.names,
        metavar=row.metavar,
        help=row.help,
        rich_help_panel=row.panel,
        show_default=False,
        parser=row.parser and _told_by_typer(row.parser),
        min=row.least,
    )


def _told_by_typer(parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Let Typer name the option in what `parse` has to say."""

    def parser(text: Any) -> Any:
        if not isinstance(text, str):  # Typer parses defaults too
            return text
        try:
            return parse(text)
        except UsageError as error:
            raise typer.BadParameter(str(error)) from error

    return parser


def _codes() -> str:
    """Return the exit codes, each with the beginning of its meaning: without what follows a colon, comma or bracket."""
    short = {code: text.split(":")[0].split(",")[0].split(" (")[0] for code, text in MEANINGS.items()}
    return ", ".join(f"{code.value} {text}" for code, text in short.items())
