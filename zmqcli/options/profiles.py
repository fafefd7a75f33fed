"""What options are when the command line does not say: from variables, a profile, the file's defaults.

Loaded only when one of them is there. A value goes to Typer as if it had been typed (the `default_map` of its
context), so it means the same and is checked the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from zmqcli.config_file import PATH_VARIABLE, PROFILE_VARIABLE, VARIABLES, near, read_config
from zmqcli.errors import UsageError
from zmqcli.options import groups as _options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zmqcli.config_file import ConfigFile, Table
    from zmqcli.environment import Environment

__all__ = [
    "NO_FILE",
    "Setting",
    "apply",
    "check",
    "chosen_profile",
    "lay",
    "long_name",
    "name_endpoints",
    "settings_of",
]


class Setting(NamedTuple):
    """An option that something else than the command line has set."""

    parameter: Any
    value: Any
    """As Typer takes it: text, a list of texts, or a bool."""
    origin: str


Settings: TypeAlias = dict[str, Setting]
"""By the parameters' own names (`messages` for `--count`)."""

# Who says the one does not mean the other as well, wherever that was said before.
GIVES_WAY: dict[str, tuple[str, ...]] = {
    "bind": ("connect",),
    "connect": ("bind",),
    "frontend": ("frontend_connect",),
    "frontend_connect": ("frontend",),
    "backend": ("backend_connect",),
    "backend_connect": ("backend",),
    "codec": ("send_codec", "receive_codec"),
    "delimiter": ("null",),
    "null": ("delimiter",),
    "input": ("jsonl",),
    "output": ("template",),
    "template": ("output",),
    "jsonl": ("input", "output", "template"),
    "interval": ("replay",),
    "replay": ("interval",),
}
NO_FILE = f"no configuration file is read ({PATH_VARIABLE} is empty)"
NEVER = {"help", "profile"}
"""Options that mean nothing in a file."""


def apply(command: Any, context: Any, arguments: list[str]) -> None:
    """Give a command that is about to read its `arguments` the values that stand elsewhere. Raise UsageError."""
    environment: Environment = context.obj
    given = command.make_parser(context).parse_args(args=list(arguments))[0]
    if given.get("help"):
        return
    config = read_config(environment.variables)
    profile = given.get("profile") or chosen_profile(environment)
    above = settings_of(config, command, context, profile, environment.variables)
    drop = {name for option in given for name in (option, *GIVES_WAY.get(option, ()))}
    used = {name: setting for name, setting in above.items() if name not in drop}
    context.default_map = {name: setting.value for name, setting in used.items()}
    environment.endpoints = config.endpoints
    environment.config_path = config.path
    environment.settings = [
        f"--{option} ({setting.origin})" for option, setting in ((long_name(s.parameter), s) for s in used.values())
    ]


def chosen_profile(environment: Environment) -> str:
    """Return the profile of `zmqcli -p NAME COMMAND`, or of the variable; "" for none."""
    return environment.profile or environment.variables.get(PROFILE_VARIABLE, "")


def settings_of(config: ConfigFile, command: Any, context: Any, profile: str, variables: Mapping[str, str]) -> Settings:
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
        for place, options in ((where, table), (f"{where}.{command.name}", table.get(command.name, {}))):
            settings = lay(_read(f"{config.path}: {place}", place, options, command, context), settings)
    found = {option: variables[name] for name, option in VARIABLES.items() if variables.get(name)}
    names = {option: name for name, option in VARIABLES.items()}
    over = {}
    for option, text in found.items():
        if parameter := _parameters(command).get(option):
            over[parameter.name] = Setting(parameter, _checked(names[option], parameter, text, context), names[option])
    return lay(over, settings)


def lay(over: Settings, under: Settings) -> Settings:
    """Return `over` where it says anything, else `under`."""
    gone = {name for option in over for name in GIVES_WAY.get(option, ())}
    return {name: setting for name, setting in under.items() if name not in gone} | over


def _read(where: str, place: str, options: Table, command: Any, context: Any) -> Settings:
    """Return the options of a table that the command has; `place` is told to a person, `where` with the file."""
    if not isinstance(options, dict):
        raise UsageError(f"{where} is not a table", why=f"{command.name} is a command", hint=f"write [{place}]")
    own = _parameters(command)
    general = not place.endswith(f".{command.name}")
    settings: Settings = {}
    for option, value in options.items():
        if isinstance(value, dict):
            _check_command(where, option, context, nested=not general)
        elif parameter := own.get(option):
            typed = _checked(f"{where}.{option}", parameter, value, context)
            settings[parameter.name] = Setting(parameter, typed, place)
        elif not general or option not in _shared_options():
            known = own if not general else {*own, *_shared_options(), *_all_options(context)}
            if option not in known:
                who = "there is" if general else f"{command.name} has"
                raise UsageError(f"{where}: {who} no option '{option}'", hint=near(option, known))
    return settings


def _parameters(command: Any) -> dict[str, Any]:
    """Return the options of a command by their long names, without dashes."""
    return {
        name[2:]: parameter
        for parameter in command.params
        if hasattr(parameter, "is_flag")
        for name in parameter.opts
        if name.startswith("--") and name[2:] not in NEVER
    }


def long_name(parameter: Any) -> str:
    """Return an option's long name, without dashes."""
    return str(next(name for name in parameter.opts if name.startswith("--"))[2:])


def _shared_options() -> set[str]:
    """Return the options in the groups that commands share; a default of theirs is for whoever has it."""
    groups = [group for group in vars(_options).values() if hasattr(group, "_fields")]
    declared = [kind.__metadata__[0] for group in groups for kind in group.__annotations__.values()]
    names = {name for option in declared for name in getattr(option, "names", ())}
    return {name[2:] for name in names if name.startswith("--")} - NEVER


def _all_options(context: Any) -> set[str]:
    """Return the options of all commands: asked only for a name that no shared option has, since it loads them all."""
    group = context.parent.command
    return {name for command in group.commands for name in _parameters(group.load(command))}


def _check_command(where: str, name: str, context: Any, *, nested: bool) -> None:
    if nested:
        raise UsageError(f"{where}.{name} is a table", why="no option takes one")
    known = context.parent.command.commands
    if name not in known:
        raise UsageError(f"{where}: there is no command '{name}'", hint=near(name, known))


def _checked(where: str, parameter: Any, value: Any, context: Any) -> Any:
    """Return a value of the file as it would have been typed. Raise UsageError when the option cannot take it."""
    typed: Any = value
    if parameter.is_flag:
        if not isinstance(value, bool):
            raise UsageError(f"{where} is not true or false")
        return value
    if isinstance(value, list) and parameter.multiple:
        typed = [_text(f"{where}[{number}]", item) for number, item in enumerate(value)]
    else:
        typed = [_text(where, value)] if parameter.multiple else _text(where, value)
    try:
        parameter.type_cast_value(context, typed)
    except Exception as error:  # Typer's own, of a class it does not export
        if (message := getattr(error, "message", None)) is None:
            raise
        raise UsageError(f"{where}: {' '.join(str(message).split())}") from error
    return typed


def _text(where: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise UsageError(f"{where} is not a string or a number")
    return str(value)


def name_endpoints(command: Any, context: Any) -> None:
    """Put what names stand for where the command line or the file has them in the place of an endpoint."""
    environment: Environment = context.obj
    for parameter in command.params:
        value = context.params.get(parameter.name)
        if parameter.metavar != "ENDPOINT" or not value:
            continue
        if isinstance(value, str):
            context.params[parameter.name] = _named(environment, value)
        else:
            context.params[parameter.name] = [_named(environment, text) for text in value]


def _named(environment: Environment, text: str) -> str:
    """Return the endpoint of a name. What is no endpoint by itself, and nearly one, was meant to be one."""
    named = environment.endpoints
    is_name = text[:1].isalpha() and not any(character in text for character in ":/@*")
    if is_name and text not in named and (hint := near(text, named)):
        raise UsageError(f"there is no endpoint '{text}' in {environment.config_path}", hint=hint)
    return named.get(text, text)


def check(config: ConfigFile, context: Any) -> None:
    """Read every table of the file as every command would. Raise UsageError."""
    group = context.parent.command
    for name in group.commands:
        command = group.load(name)
        for profile in ("", *config.profiles):
            settings_of(config, command, context, profile, {})
