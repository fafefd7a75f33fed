"""Runs a command with the values that its command line gives, and those that are set elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zmqcli.commands.table import DECLARED, find
from zmqcli.config_file import looks_set

if TYPE_CHECKING:
    from zmqcli.environment import Environment

__all__ = ["execute"]


def execute(name: str, environment: Environment, given: dict[str, Any]) -> None:
    """Run a command. `given`: what was typed, by the names of its parameters. Raise whatever it raises."""
    is_set = given.get("profile") or environment.profile or looks_set(environment.variables)
    if is_set and name != "config":  # `config` shows what is set, and does not take it
        from zmqcli.options.profiles import add_settings

        given = add_settings(environment, DECLARED, name, given)
    find(name).run(environment, given)
