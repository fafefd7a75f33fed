"""zmqcli config."""

from enum import StrEnum
from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.errors import UsageError
from zmqcli.escaping import safe
from zmqcli.options.command import command
from zmqcli.options.types import ArgumentRow


class Action(StrEnum):
    """What to do."""

    SHOW = "show"
    PATH = "path"


@command(
    examples=[
        "zmqcli config path",
        "zmqcli config show",
        "zmqcli config show sub -p lab",
    ]
)
def config(
    environment: Environment,
    action: Annotated[
        Action,
        ArgumentRow("show|path", "show: what is set, and where; path: where the file is, or would be."),
    ],
    name: Annotated[str | None, ArgumentRow("[COMMAND]", "show: all options of this one.")] = None,
) -> None:
    """Show the configuration file: named endpoints, defaults, profiles, and where each value is from."""
    from zmqcli.config_file import config_path

    if action is Action.PATH:
        path = config_path(environment.variables)
        environment.print(f"{safe(path) if environment.output.is_terminal() else path}\n")
        return
    from zmqcli.commands.table import DECLARED
    from zmqcli.options import settings as _settings

    if name is None:
        _settings.show_all(environment, DECLARED)
    elif name in DECLARED:
        _settings.show_command(environment, DECLARED, name)
    else:
        raise UsageError(f"there is no command '{name}'", hint="see zmqcli --help")
