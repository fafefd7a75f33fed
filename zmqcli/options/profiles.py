"""What options are when the command line does not say: from variables, a profile, the file's defaults.

Loaded only when one of them is there. A value is read as if it had been typed (`Parameter.read`), so it means the same
and is checked the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from zmqcli.config_file import PATH_VARIABLE, PROFILE_VARIABLE, VARIABLES, near, read_config
from zmqcli.errors import UsageError
from zmqcli.options import groups as _options
from zmqcli.options.types import OptionRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zmqcli.config_file import ConfigFile, Table
    from zmqcli.environment import Environment
    from zmqcli.options.command import Declared, Parameter

__all__ = ["NO_FILE", "Commands", "Setting", "add_settings", "check", "chosen_profile", "lay", "settings_of"]


class Setting(NamedTuple):
    """An option that something else than the command line has set."""

    parameter: Parameter
    value: Any
    """What the option is."""
    text: Any
    """What stands in the file or the variable: text, a list of texts, or a bool."""
    origin: str


Settings: TypeAlias = dict[str, Setting]
"""By the parameters' own names (`messages` for `--count`)."""
Commands: TypeAlias = "Mapping[str, Declared]"
"""All commands by name; one is imported when it is asked for."""

NO_FILE = f"no configuration file is read ({PATH_VARIABLE} is empty)"
NEVER = {"help", "profile"}
"""Options that mean nothing in a file."""


def add_settings(environment: Environment, commands: Commands, command: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return what the command line has `given`, and what is set elsewhere for the rest. Raise UsageError.

    Names of endpoints are exchanged for the endpoints. The environment learns what was set, and where.
    """
    config = read_config(environment.variables)
    profile = given.get("profile") or chosen_profile(environment)
    parameters = commands[command].parameters
    typed = [parameter for parameter in parameters if parameter.name in given]
    used = _without(_replaced(typed), settings_of(config, commands, command, profile, environment.variables))
    used = {name: setting for name, setting in used.items() if name not in given}
    environment.endpoints = config.endpoints
    environment.config_path = config.path
    environment.settings = [f"--{setting.parameter.long_name} ({setting.origin})" for setting in used.values()]
    values = {name: setting.value for name, setting in used.items()} | given
    for parameter in parameters:
        if parameter.row.metavar == "ENDPOINT" and (value := values.get(parameter.name)):
            named = [_named(environment, text) for text in ([value] if isinstance(value, str) else value)]
            values[parameter.name] = named[0] if isinstance(value, str) else named
    return values


def chosen_profile(environment: Environment) -> str:
    """Return the profile of `zmqcli -p NAME COMMAND`, or of the variable; "" for none."""
    return environment.profile or environment.variables.get(PROFILE_VARIABLE, "")


def settings_of(
    config: ConfigFile, commands: Commands, command: str, profile: str, variables: Mapping[str, str]
) -> Settings:
    """Return what is set for a command: variables over the profile over the defaults. Raise UsageError."""
    if profile and profile not in config.profiles:
        has = f"it has {', '.join(config.profiles)}" if config.profiles else "it has none"
        where = f" in {config.path}" if config.path else ""
        has = has if config.path else NO_FILE
        raise UsageError(f"there is no profile '{profile}'{where}", hint=near(profile, config.profiles) or has)
    settings: Settings = {}
    tables = {"default": config.default}
    if profile:
        tables[f"profile.{profile}"] = config.profiles[profile]
    for where, table in tables.items():
        for place, options in ((where, table), (f"{where}.{command}", table.get(command, {}))):
            settings = lay(_read(f"{config.path}: {place}", place, options, commands, command), settings)
    over = {}
    own = _parameters(commands[command])
    for variable, option in VARIABLES.items():
        if (text := variables.get(variable)) and (parameter := own.get(option)):
            over[parameter.name] = Setting(parameter, _checked(variable, parameter, text), text, variable)
    return lay(over, settings)


def lay(over: Settings, under: Settings) -> Settings:
    """Return `over` where it says anything, else `under`."""
    replaced = _replaced(setting.parameter for setting in over.values())
    return _without(replaced, under) | over


def _replaced(parameters: Iterable[Parameter]) -> set[str]:
    """Return the options whose values do not count beside these."""
    rows = [parameter.row for parameter in parameters]
    return {option for row in rows if isinstance(row, OptionRow) for option in row.replaces}


def _without(options: set[str], settings: Settings) -> Settings:
    return {name: setting for name, setting in settings.items() if options.isdisjoint(setting.parameter.names)}


def _read(where: str, place: str, options: Table, commands: Commands, command: str) -> Settings:
    """Return the options of a table that the command has; `place` is told to a person, `where` with the file."""
    if not isinstance(options, dict):
        raise UsageError(f"{where} is not a table", why=f"{command} is a command", hint=f"write [{place}]")
    own = _parameters(commands[command])
    general = not place.endswith(f".{command}")
    settings: Settings = {}
    for option, value in options.items():
        if isinstance(value, dict):
            _check_command(where, option, commands, nested=not general)
        elif parameter := own.get(option):
            read = _checked(f"{where}.{option}", parameter, value)
            settings[parameter.name] = Setting(parameter, read, value, place)
        elif not general or option not in _shared_options():
            known = own if not general else {*own, *_shared_options(), *_all_options(commands)}
            if option not in known:
                who = "there is" if general else f"{command} has"
                raise UsageError(f"{where}: {who} no option '{option}'", hint=near(option, known))
    return settings


def _parameters(command: Declared) -> dict[str, Parameter]:
    """Return the options of a command by their long names, without dashes."""
    options = [parameter for parameter in command.parameters if parameter.names]
    return {option.long_name: option for option in options if option.long_name not in NEVER}


def _shared_options() -> set[str]:
    """Return the options in the groups that commands share; a default of theirs is for whoever has it."""
    groups = [getattr(_options, name) for name in _options.__all__]
    declared = [kind.__metadata__[0] for group in groups for kind in group.__annotations__.values()]
    names = {name for option in declared for name in getattr(option, "names", ())}
    return {name[2:] for name in names if name.startswith("--")} - NEVER


def _all_options(commands: Commands) -> set[str]:
    """Return the options of all commands: asked only for a name that no shared option has, since it loads them all."""
    return {name for command in commands for name in _parameters(commands[command])}


def _check_command(where: str, name: str, commands: Commands, *, nested: bool) -> None:
    if nested:
        raise UsageError(f"{where}.{name} is a table", why="no option takes one")
    if name not in commands:
        raise UsageError(f"{where}: there is no command '{name}'", hint=near(name, list(commands)))


def _checked(where: str, parameter: Parameter, value: Any) -> Any:
    """Return what a value of the file means. Raise UsageError when the option cannot take it."""
    if not parameter.takes_value:
        if not isinstance(value, bool):
            raise UsageError(f"{where} is not true or false")
        return value
    try:
        if not parameter.is_list:
            return parameter.read(_text(where, value))
        items = enumerate(value) if isinstance(value, list) else ()
        return [_text(f"{where}[{number}]", item) for number, item in items] or [_text(where, value)]
    except UsageError as error:
        if error.what.startswith(where):
            raise
        raise UsageError(f"{where}: {error.what}", why=error.why, hint=error.hint) from error


def _text(where: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise UsageError(f"{where} is not a string or a number")
    return str(value)


def _named(environment: Environment, text: str) -> str:
    """Return the endpoint of a name. What is no endpoint by itself, and nearly one, was meant to be one."""
    named = environment.endpoints
    is_name = text[:1].isalpha() and not any(character in text for character in ":/@*")
    if is_name and text not in named and (hint := near(text, named)):
        raise UsageError(f"there is no endpoint '{text}' in {environment.config_path}", hint=hint)
    return named.get(text, text)


def check(config: ConfigFile, commands: Commands) -> None:
    """Read every table of the file as every command would. Raise UsageError."""
    for command in commands:
        for profile in ("", *config.profiles):
            settings_of(config, commands, command, profile, {})
