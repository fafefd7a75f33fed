"""The options of all commands: each is explained, has its place, and its name means one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zmqcli.cli.typer_app import load
from zmqcli.commands.table import COMMANDS
from zmqcli.options import groups as _options

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = [getattr(_options, name) for name in _options.__all__]
LONGEST_HELP = 80


def options(name: str) -> Iterator[Any]:
    """Yield every option of a command; its arguments are none, nor is `--help`."""
    for parameter in load(name).params:
        if parameter.param_type_name == "option":
            yield parameter


def names(option: Any) -> list[str]:
    return [*option.opts, *option.secondary_opts]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_help_and_a_panel_and_says_what_its_value_is(command: str) -> None:
    wrong = [
        names(option)
        for option in options(command)
        if not option.help or not option.rich_help_panel or not (option.is_flag or option.metavar or option.type.name)
    ]

    assert list(options(command))
    assert not wrong


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_a_short_sentence(command: str) -> None:
    wrong = [
        (names(option), option.help)
        for option in options(command)
        if not option.help.endswith(".") or len(option.help) > LONGEST_HELP or option.help[0].islower() is True
    ]

    assert not [entry for entry in wrong if not entry[1].startswith(("text ", "pretty "))]  # a list of names


@pytest.mark.parametrize("command", COMMANDS)
def test_no_name_is_used_twice_in_a_command(command: str) -> None:
    used = [name for option in options(command) for name in names(option)]

    assert sorted(used) == sorted(set(used))
    assert not {"-h", "--help"} & set(used)


def test_no_name_is_used_for_two_things_in_two_commands() -> None:
    meanings: dict[str, dict[str, list[str]]] = {}
    for command in COMMANDS:
        for option in options(command):
            for name in names(option):
                meanings.setdefault(name, {}).setdefault(str(option.name), []).append(command)
    wrong = {name: fields for name, fields in meanings.items() if len(fields) > 1}

    assert not wrong


def test_an_option_of_one_name_takes_the_same_everywhere() -> None:
    kinds: dict[str, set[tuple[Any, ...]]] = {}
    for command in COMMANDS:
        for option in options(command):
            for name in names(option):
                kinds.setdefault(name, set()).add(
                    (tuple(option.opts), option.metavar, option.is_flag, option.multiple, option.rich_help_panel)
                )
    wrong = {name: found for name, found in kinds.items() if len(found) > 1}

    assert not wrong


def test_no_long_name_has_a_no_form() -> None:
    assert not [name for command in COMMANDS for option in options(command) for name in option.secondary_opts]


@pytest.mark.parametrize("group", GROUPS)
def test_every_field_of_a_group_has_a_default_so_that_a_command_may_be_called_bare(group: Any) -> None:
    assert set(group._field_defaults) == set(group._fields)
    assert group() == tuple(group._field_defaults.values())
    assert group.__doc__


def test_no_field_stands_in_two_groups() -> None:
    fields = [field for group in GROUPS for field in group._fields]

    assert sorted(fields) == sorted(set(fields))


def test_no_option_stands_in_two_groups() -> None:
    declared = [
        name
        for group in GROUPS
        for annotation in group.__annotations__.values()
        for name in (getattr(annotation.__metadata__[0], "names", ()))
    ]

    assert declared
    assert sorted(declared) == sorted(set(declared))
