"""Makes a command of a function whose parameters are groups of options (`groups.py`).

What comes of it is data: the rows of all options and arguments. `typer_command.py` makes a Typer command of them,
`quick.py` reads a command line with them.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

from zmqcli.environment import Environment
from zmqcli.options.groups import General

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.options.types import ArgumentRow, OptionRow

__all__ = ["Declared", "Parameter", "command"]


class Parameter(NamedTuple):
    """An option or an argument, as a field of a group or a parameter of its own."""

    name: str
    kind: Any
    """The type of its value: `list[str] | None`."""
    default: Any
    """`inspect.Parameter.empty` when it must be given."""
    row: OptionRow | ArgumentRow


class Declared:
    """A command: the function, and what the command line may say."""

    def __init__(self, function: Callable[..., None], examples: Sequence[str]) -> None:
        """Read the function's signature. `examples`: command lines for `--help`, the docs and the man page."""
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.examples = examples
        self._function = function
        hints = get_type_hints(function, include_extras=True)
        hints.pop("return", None)
        self._groups: dict[str, Any] = {name: kind for name, kind in hints.items() if hasattr(kind, "_fields")}
        self._environments = [name for name, kind in hints.items() if kind is Environment]
        own = inspect.signature(function).parameters.values()
        self.parameters = [
            *(parameter for kind in self._groups.values() for parameter in _fields(kind)),
            *(
                Parameter(parameter.name, hint.__origin__, parameter.default, hint.__metadata__[0])
                for parameter in own
                if hasattr(hint := hints[parameter.name], "__metadata__")
            ),
            *_fields(General),
        ]
        self.needs_context = "context" in hints
        """Whether it asks Typer for its context, of which `config show` reads all other commands."""

    def run(self, environment: Environment, values: dict[str, Any], context: object = None) -> None:
        """Call the function with the values of all parameters, by name."""
        environment.quiet, environment.verbose = values.pop("quiet"), values.pop("verbose")
        environment.debug |= values.pop("debug")
        environment.profile = values.pop("profile") or environment.profile  # for the steps of `run`
        for setting in environment.settings:
            environment.detail(f"set: {setting}")
        for name, kind in self._groups.items():
            values[name] = kind(*[values.pop(field) for field in kind._fields])
        values.update(dict.fromkeys(self._environments, environment))
        if self.needs_context:
            values["context"] = context
        self._function(**values)


def command(examples: Sequence[str]) -> Callable[[Callable[..., None]], Declared]:
    """Return what declares a function of option groups as a command.

    A parameter of type Environment gets the one handed to `cli.main`. Every command takes the General options.
    """
    return lambda function: Declared(function, examples)


def _fields(group: Any) -> list[Parameter]:
    return [
        Parameter(name, kind.__origin__, group._field_defaults.get(name, inspect.Parameter.empty), kind.__metadata__[0])
        for name, kind in group.__annotations__.items()
    ]
