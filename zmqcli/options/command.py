"""Makes a command of a function whose parameters are groups of options (`groups.py`).

What comes of it is data: the rows of all options and arguments. `typer_command.py` makes a Typer command of them,
`quick.py` reads a command line with them.
"""

from __future__ import annotations

import inspect
from enum import Enum
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin, get_type_hints

from zmqcli.environment import Environment
from zmqcli.errors import UsageError
from zmqcli.options.groups import General
from zmqcli.options.types import OptionRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.options.types import ArgumentRow

__all__ = ["Declared", "Parameter", "command"]


class Parameter(NamedTuple):
    """An option or an argument, as a field of a group or a parameter of its own."""

    name: str
    kind: Any
    """The type of its value: `list[str] | None`."""
    default: Any
    """`inspect.Parameter.empty` when it must be given."""
    row: OptionRow | ArgumentRow

    @property
    def names(self) -> tuple[str, ...]:
        """Of an option, as typed: `-x`, `--example`; none of an argument."""
        return self.row.names if isinstance(self.row, OptionRow) else ()

    @property
    def long_name(self) -> str:
        """The long name of an option, without dashes: what it is called in a configuration file."""
        return next(name[2:] for name in self.names if name.startswith("--"))

    @property
    def takes_value(self) -> bool:
        """Whether a value follows; a flag has none."""
        return self.kind is not bool

    @property
    def is_list(self) -> bool:
        """Whether it can be given several times."""
        return any(get_origin(one) is list for one in get_args(self.kind))

    @property
    def bare(self) -> str:
        """The text that stands for a value that was left out."""
        return (self.row.bare or "") if isinstance(self.row, OptionRow) else ""

    @property
    def may_be_bare(self) -> bool:
        """Whether its value may be left out."""
        return bool(self.bare)

    def read(self, text: str) -> Any:
        """Return the value that a text means. Raise UsageError for one that means nothing here."""
        parser, least = (self.row.parser, self.row.least) if isinstance(self.row, OptionRow) else (None, None)
        if parser is not None:
            return parser(text)
        if self.is_list:
            return text
        [kind] = [kind for kind in get_args(self.kind) if kind is not NoneType] or [self.kind]
        if issubclass(kind, Enum):
            try:
                return kind(text)
            except ValueError:
                choices = ", ".join(str(choice.value) for choice in kind)
                raise UsageError(f"'{text}' is not one of {choices}") from None
        if kind is int:
            if not (text.isascii() and text.isdigit()):
                raise UsageError(f"'{text}' is not a whole number")
            if least is not None and int(text) < least:
                raise UsageError(f"{text} is less than {least}")
            return int(text)
        return text


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

    def run(self, environment: Environment, given: dict[str, Any]) -> None:
        """Call the function with the `given` values, by the names of their parameters, and the defaults of the others.

        Raise UsageError for values that cannot stand beside each other.
        """
        said = [parameter for parameter in self.parameters if parameter.name in given]
        _check_together([parameter for parameter in said if given[parameter.name] != parameter.default])
        values = {parameter.name: given.get(parameter.name, parameter.default) for parameter in self.parameters}
        environment.quiet, environment.verbose = values.pop("quiet"), values.pop("verbose")
        environment.debug |= values.pop("debug")
        environment.profile = values.pop("profile") or environment.profile  # for the steps of `run`
        for setting in environment.settings:
            environment.detail(f"set: {setting}")
        for name, kind in self._groups.items():
            values[name] = kind(*[values.pop(field) for field in kind._fields])
        values.update(dict.fromkeys(self._environments, environment))
        self._function(**values)


def command(examples: Sequence[str]) -> Callable[[Callable[..., None]], Declared]:
    """Return what declares a function of option groups as a command.

    A parameter of type Environment gets the one handed to `cli.main`. Every command takes the General options.
    """
    return lambda function: Declared(function, examples)


def _check_together(given: Sequence[Parameter]) -> None:
    """Raise UsageError for an option beside one that it excludes, or without one that it needs."""
    names = {name: parameter for parameter in given for name in parameter.names}
    for parameter in given:
        row = parameter.row
        if not isinstance(row, OptionRow):
            continue
        if row.excludes is not None and row.excludes.option in names:
            raise UsageError(
                f"{row.names[0]} and {row.excludes.option} are {row.excludes.why}", hint="give one of them"
            )
        if row.needs is not None and names.keys().isdisjoint(row.needs.options):
            raise UsageError(row.needs.what, why=row.needs.why, hint=row.needs.hint)


def _fields(group: Any) -> list[Parameter]:
    return [
        Parameter(name, kind.__origin__, group._field_defaults.get(name, inspect.Parameter.empty), kind.__metadata__[0])
        for name, kind in group.__annotations__.items()
    ]
