"""zmqcli options."""

from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.errors import OptionError
from zmqcli.options.command import command
from zmqcli.options.types import ArgumentRow


@command(examples=["zmqcli options", "zmqcli options rcvhwm", "zmqcli options heartbeat"])
def options(
    environment: Environment,
    name: Annotated[str | None, ArgumentRow("[NAME]", "Show only options with this in their name.")] = None,
) -> None:
    """List libzmq's socket options: name, type, unit, when it can be set, default, what it does."""
    from zmqcli.sockets.library import option_rows
    from zmqcli.terminal.listing import listing

    wanted = (name or "").upper().replace("-", "_").removeprefix("ZMQ_")
    rows = [row for row in option_rows() if wanted in row[0]]
    if not rows:
        raise OptionError(f"no socket option has '{name}' in its name", hint="zmqcli options lists them all")
    columns = ["NAME", "TYPE", "UNIT", "SETTABLE", "DEFAULT", "WHAT IT DOES"]
    environment.print(listing(environment, columns, rows))
