"""The tables of `config show`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zmqcli.config_file import VARIABLES, read_config
from zmqcli.escaping import safe
from zmqcli.options.profiles import NEVER, NO_FILE, check, chosen_profile, settings_of
from zmqcli.terminal.listing import listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zmqcli.config_file import Table
    from zmqcli.environment import Environment
    from zmqcli.options.profiles import Commands

__all__ = ["show_all", "show_command"]

BUILT_IN = "built in"


def show_all(environment: Environment, commands: Commands) -> None:
    """Print what the variables and the whole file set. Raise UsageError where the file cannot mean something."""
    config = read_config(environment.variables)
    check(config, commands)
    if not config.path or not Path(config.path).exists():
        environment.note(f"there is no {config.path}" if config.path else NO_FILE)
    variables = environment.variables
    rows = [(f"--{option}", variables[name], name) for name, option in VARIABLES.items() if variables.get(name)]
    rows += [(name, text, "endpoints") for name, text in config.endpoints.items()]
    rows += _rows("default", config.default)
    chosen = chosen_profile(environment)
    for name, table in config.profiles.items():
        rows += _rows(f"profile.{name}{' (chosen)' * (name == chosen)}", table)
    environment.print(listing(environment, ["NAME", "VALUE", "FROM"], rows))


def _rows(place: str, table: Table) -> Iterator[tuple[str, str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{name} --{option}", _shown(one), place) for option, one in value.items())
        else:
            yield f"--{name}", _shown(value), place


def show_command(environment: Environment, commands: Commands, name: str) -> None:
    """Print each option of a command, its value, and who has said so. Raise UsageError."""
    config = read_config(environment.variables)
    settings = settings_of(config, commands, name, chosen_profile(environment), environment.variables)
    rows = []
    for parameter in commands[name].parameters:
        if not parameter.names or parameter.long_name in NEVER:
            continue
        setting = settings.get(parameter.name)
        value, origin = (parameter.default, BUILT_IN) if setting is None else (setting.text, setting.origin)
        rows.append((f"--{parameter.long_name}", _shown(value), origin))
    environment.print(listing(environment, ["OPTION", "VALUE", "FROM"], rows))


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return safe(", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value))
