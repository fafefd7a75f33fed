"""Makes a Typer command of a function whose parameters are groups of options."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, get_type_hints

import typer
from typer.core import TyperCommand

from zmqcli.config_file import looks_set
from zmqcli.environment import Environment
from zmqcli.errors import MEANINGS
from zmqcli.options.groups import General

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["build", "command", "examples_of"]


def command(examples: Sequence[str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Turn a function of option groups into one whose signature Typer can read.

    A parameter of type Environment gets the one handed to `cli.main`, one of type typer.Context Typer's; every
    command takes the General options.
    `examples`: command lines for `--help`, the docs and the man page.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(function, include_extras=True)
        hints.pop("return", None)
        groups: dict[str, Any] = {name: kind for name, kind in hints.items() if hasattr(kind, "_fields")}

        def call(context: typer.Context, **values: Any) -> None:
            environment: Environment = context.obj
            environment.quiet, environment.verbose = values.pop("quiet"), values.pop("verbose")
            environment.debug |= values.pop("debug")
            environment.profile = values.pop("profile") or environment.profile  # for the steps of `run`
            for setting in environment.settings:
                environment.detail(f"set: {setting}")
            arguments: dict[str, Any] = {
                name: kind(*[values.pop(field) for field in kind._fields]) for name, kind in groups.items()
            }
            for name, kind in hints.items():
                if kind is Environment:
                    arguments[name] = environment
                elif kind is typer.Context:
                    arguments[name] = context
            function(**arguments, **values)

        parameters = [
            inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *(parameter for kind in groups.values() for parameter in _parameters(kind)),
            *(
                inspect.Parameter(p.name, inspect.Parameter.KEYWORD_ONLY, default=p.default, annotation=hints[p.name])
                for p in inspect.signature(function).parameters.values()
                if p.name not in groups and hints[p.name] not in {Environment, typer.Context}
            ),
            *_parameters(General),
        ]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # functions take attributes
        call.__name__ = function.__name__
        call.__doc__ = function.__doc__
        call.examples = examples  # type: ignore[attr-defined] # the same
        return call

    return decorate


def _parameters(group: Any) -> list[inspect.Parameter]:
    return [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=group._field_defaults[name],
            annotation=group.__annotations__[name],
        )
        for name in group._fields
    ]


class _Command(TyperCommand):
    """Unlike Typer's own: `--replay [SPEED]`, whose value may be left out, and the place of --help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give a bare `--replay` the speed it means."""
        if "--replay" in args:
            place = args.index("--replay")
            if "--" not in args[:place] and not (args[place + 1 : place + 2] and args[place + 1][:1] in _SPEED_BEGINS):
                args[place] = "--replay=1x"
        environment: Environment | None = ctx.obj
        if environment is None or ctx.resilient_parsing or self.name == "config":
            return super().parse_args(ctx, args)
        if not (environment.profile or looks_set(environment.variables)):
            rest = super().parse_args(ctx, list(args))
            if not ctx.params["profile"]:
                return rest
            ctx.params.clear()
        from zmqcli.options import profiles as _profiles

        _profiles.apply(self, ctx, args)
        rest = super().parse_args(ctx, args)
        _profiles.name_endpoints(self, ctx)
        return rest

    def get_help_option(self, ctx: Any) -> Any:
        """Put --help to the other options that every command has: Typer gives it a group of its own, before all."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.rich_help_panel = "General"
        return option


_SPEED_BEGINS = frozenset(".0123456789")


def _codes() -> str:
    """Return the exit codes, each with the beginning of its meaning: without what follows a colon, comma or bracket."""
    short = {code: text.split(":")[0].split(",")[0].split(" (")[0] for code, text in MEANINGS.items()}
    return ", ".join(f"{code.value} {text}" for code, text in short.items())


def examples_of(function: Callable[..., None]) -> Sequence[str]:
    """Return the examples a command was declared with."""
    examples: Sequence[str] = function.examples  # type: ignore[attr-defined] # set by `command`
    return examples


def build(function: Callable[..., None], name: str, panel: str) -> Any:
    """Return the Typer command of a function that `command` has decorated."""
    app = typer.Typer(add_completion=False, rich_markup_mode="rich")
    # Help text is Rich markup: a literal [ would be taken for a tag.
    examples = "\n".join(f"  {example}".replace("[", "\\[") for example in examples_of(function))
    app.command(
        name,
        cls=_Command,
        epilog=f"Examples:\n{examples}\n\nExit codes: {_codes()}\n\nAll of it: man zmqcli",
        rich_help_panel=panel,
        context_settings={"help_option_names": ["-h", "--help"]},
    )(function)
    return typer.main.get_command(app)
