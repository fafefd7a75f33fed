"""The configuration file: where it is, what may stand in it, what does stand in it.

    [endpoints]            names for -b, -c and wherever else an endpoint is asked for
    prices = "tcp://prices.example:5556"

    [default]              long options of any command, without the dashes
    linger = "10s"

    [profile.lab]          the same, for -p lab
    [profile.lab.sub]      and for `sub` only

`looks_set` is asked at every start, so it costs one stat(2); tomllib is loaded where there is a file.
Why not platformdirs: docs/decisions/0011-profiles.md.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from zmqcli.errors import UsageError
from zmqcli.files import writable_by_others
from zmqcli.streams import unstopped

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["VARIABLES", "ConfigFile", "Table", "config_path", "looks_set", "near", "read_config", "toml_problem"]

Table: TypeAlias = "dict[str, Any]"
"""A set of options, and in it the sets of single commands."""

PATH_VARIABLE = "ZMQCLI_CONFIG"
PROFILE_VARIABLE = "ZMQCLI_PROFILE"
VARIABLES = {"ZMQCLI_TIMEOUT": "timeout", "ZMQCLI_LINGER": "linger", "ZMQCLI_CODEC": "codec"}
"""The variables that are options, and the long option each is."""


class ConfigFile(NamedTuple):
    """What stands in the file; without one, nothing."""

    path: str
    endpoints: dict[str, str]
    default: Table
    profiles: dict[str, Table]


def config_path(variables: Mapping[str, str]) -> str:
    """Return where the file is, whether there is one or not; "" for none at all.

    By https://specifications.freedesktop.org/basedir-spec/, which ignores a relative XDG_CONFIG_HOME.
    """
    if (chosen := variables.get(PATH_VARIABLE)) is not None:
        return chosen
    base = variables.get("XDG_CONFIG_HOME", "")
    if not base.startswith("/"):
        base = f"{variables.get('HOME') or os.path.expanduser('~')}/.config"  # noqa: PTH111 # pathlib costs start-up
    return f"{base}/zmqcli/config.toml"


def looks_set(variables: Mapping[str, str]) -> bool:
    """Return whether anything but the command line could set an option."""
    if not variables.keys().isdisjoint(VARIABLES) or variables.get(PROFILE_VARIABLE) or variables.get(PATH_VARIABLE):
        return True
    path = config_path(variables)
    return bool(path) and os.path.exists(path)  # noqa: PTH110 # as above


def read_config(variables: Mapping[str, str]) -> ConfigFile:
    """Return what the file says. Raise UsageError, which names the file and the place, for what it cannot mean."""
    path = config_path(variables)
    table = _load(path, needed=bool(variables.get(PATH_VARIABLE))) if path else {}
    for key, value in table.items():
        if key not in {"endpoints", "default", "profile"}:
            raise UsageError(f"{path}: there is no '{key}'", hint="it has [endpoints], [default] and [profile.NAME]")
        if not isinstance(value, dict):
            raise UsageError(f"{path}: {key} is not a table", hint=f"write [{key}]")
    profiles = table.get("profile", {})
    for name, entry in profiles.items():
        if not isinstance(entry, dict):
            raise UsageError(f"{path}: profile.{name} is not a table", hint=f"write [profile.NAME] before {name}")
    endpoints = table.get("endpoints", {})
    for name, text in endpoints.items():
        _check_name(path, name, text)
    return ConfigFile(path, endpoints, table.get("default", {}), profiles)


def _load(path: str, *, needed: bool) -> Table:
    import tomllib

    try:
        with open(path, "rb") as file, unstopped():  # noqa: PTH123 # pathlib costs start-up
            why, hint = writable_by_others(path, os.fstat(file.fileno()))
            if why:  # it may name commands to run, files to send and keys to trust
                raise UsageError(f"{path} is not to be trusted", why=why, hint=hint)
            return tomllib.load(file)
    except FileNotFoundError as error:
        if needed:
            raise UsageError(f"cannot read {path}", why=f"no such file; {PATH_VARIABLE} names it") from error
        return {}
    except OSError as error:
        raise UsageError(f"cannot read {path}", why=os.strerror(error.errno or 0).lower()) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML", why=toml_problem(error)) from error


def toml_problem(error: Exception) -> str:
    """Return what is wrong with a file that tomllib cannot read, for a person."""
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _check_name(path: str, name: str, text: object) -> None:
    """Refuse what could be an endpoint by itself: each has a colon or a slash, begins with @, or is a number."""
    if not (name[:1].isalpha() and name.isascii() and name.replace("-", "").replace("_", "").isalnum()):
        raise UsageError(
            f"{path}: endpoints: '{name}' cannot be a name", hint="a name is letters, digits, - and _, a letter first"
        )
    if not isinstance(text, str):
        raise UsageError(f"{path}: endpoints.{name} is not a string", hint=f'write {name} = "tcp://host:5556"')


def near(word: str, known: Collection[str]) -> str:
    """Return a hint at what `word` may have been meant to be."""
    import difflib

    matches = difflib.get_close_matches(word, known, 1)
    return f"did you mean {matches[0]}?" if matches else ""
