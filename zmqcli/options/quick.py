"""Reads a command line from the rows of its command, without Typer, whose import takes a third of a start.

Only what is plainly right is read here. Whatever else, help and mistakes above all, is left to Typer, which reads the
line again and has the words for it. A test holds the two readings against each other.
"""

from __future__ import annotations

import inspect
from enum import Enum
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin

from zmqcli.errors import UsageError
from zmqcli.options.types import OptionRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.options.command import Parameter

__all__ = ["read"]


class _Unclear(Exception):  # no error: Typer reads the line
    """Something that Typer has to read."""


def read(parameters: Sequence[Parameter], words: Sequence[str]) -> dict[str, Any] | None:
    """Return the value of each parameter by its name; None for a line that is for Typer to read."""
    if "--replay" in words:  # its value may be left out, wherever it stands
        return None
    try:
        return _Reading(parameters).values(words)
    except _Unclear:
        return None


class _Reading:
    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._parameters = parameters
        self._options = {
            name: parameter
            for parameter in parameters
            if isinstance(parameter.row, OptionRow)
            for name in parameter.row.names
        }
        self._given: dict[str, Any] = {}
        self._arguments: list[str] = []

    def values(self, words: Sequence[str]) -> dict[str, Any]:
        rest = list(reversed(words))
        while rest:
            word = rest.pop()
            if word == "--":
                self._arguments += reversed(rest)
                break
            if word.startswith("--"):
                self._long(word, rest)
            elif len(word) > 1 and word.startswith("-"):
                self._short(word, rest)
            else:
                self._arguments.append(word)
        self._place_arguments()
        return {parameter.name: self._given.get(parameter.name, parameter.default) for parameter in self._parameters}

    def _long(self, word: str, rest: list[str]) -> None:
        name, equals, value = word.partition("=")
        parameter = self._option(name)
        if parameter.kind is bool:
            if equals:
                raise _Unclear
            self._given[parameter.name] = True
        else:
            self._set(parameter, value if equals else _next(rest))

    def _short(self, word: str, rest: list[str]) -> None:
        for place in range(1, len(word)):
            parameter = self._option(f"-{word[place]}")
            if parameter.kind is not bool:
                self._set(parameter, word[place + 1 :] or _next(rest))
                return
            self._given[parameter.name] = True

    def _option(self, name: str) -> Parameter:
        if name not in self._options:
            raise _Unclear
        return self._options[name]

    def _set(self, parameter: Parameter, text: str) -> None:
        if _is_list(parameter.kind):
            self._given.setdefault(parameter.name, []).append(text)
        else:
            self._given[parameter.name] = _value(parameter, text)

    def _place_arguments(self) -> None:
        for parameter in self._parameters:
            if isinstance(parameter.row, OptionRow):
                continue
            if _is_list(parameter.kind):
                self._given[parameter.name] = self._arguments or parameter.default
                self._arguments = []
            elif self._arguments:
                self._given[parameter.name] = _value(parameter, self._arguments.pop(0))
            elif parameter.default is inspect.Parameter.empty:
                raise _Unclear
        if self._arguments:
            raise _Unclear


def _next(rest: list[str]) -> str:
    if not rest:
        raise _Unclear
    return rest.pop()


def _is_list(kind: Any) -> bool:
    return any(get_origin(one) is list for one in get_args(kind))


def _value(parameter: Parameter, text: str) -> Any:
    """Return the value of a text. Raise _Unclear for one that Typer has to refuse, or to understand."""
    row = parameter.row
    parser = row.parser if isinstance(row, OptionRow) else None
    [kind] = [kind for kind in get_args(parameter.kind) if kind is not NoneType] or [parameter.kind]
    try:
        if parser is not None:
            return parser(text)
        if kind is str or issubclass(kind, Enum):
            return kind(text)
    except (UsageError, ValueError):
        raise _Unclear from None
    if kind is int and text.isascii() and text.isdigit():
        least = row.least if isinstance(row, OptionRow) else None
        if least is None or int(text) >= least:
            return int(text)
    raise _Unclear
