"""Reads a command line from the rows of its command, without Typer, whose import takes a third of a start.

Only what is plainly right is read here. Whatever else, help and mistakes above all, is left to Typer, which has the
words for it. A test holds the two readings against each other.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from zmqcli.errors import UsageError
from zmqcli.options.line import Line
from zmqcli.options.types import OptionRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.options.command import Parameter

__all__ = ["read"]


def read(parameters: Sequence[Parameter], words: Sequence[str]) -> dict[str, Any] | None:
    """Return the values that a line gives, by the names of their parameters; None for a line that is for Typer."""
    line = Line([parameter for parameter in parameters if isinstance(parameter.row, OptionRow)])
    for word in words:
        line.take(word)
    line.end()
    if line.unclear:
        return None
    given: dict[str, Any] = {}
    try:
        for parameter, text in line.given:
            if parameter.is_list:
                given.setdefault(parameter.name, []).append(text)
            elif parameter.takes_value:
                given[parameter.name] = parameter.read(parameter.bare if text is None else text)
            else:
                given[parameter.name] = True
        return _place(parameters, line.arguments, given)
    except UsageError:
        return None


def _place(parameters: Sequence[Parameter], words: Sequence[str], given: dict[str, Any]) -> dict[str, Any] | None:
    """Give each argument its words; return None for too few or too many."""
    rest = list(words)
    for parameter in parameters:
        if isinstance(parameter.row, OptionRow):
            continue
        if parameter.is_list:
            if rest:
                given[parameter.name] = rest
            rest = []
        elif rest:
            given[parameter.name] = parameter.read(rest.pop(0))
        elif parameter.default is inspect.Parameter.empty:
            return None
    return None if rest else given
