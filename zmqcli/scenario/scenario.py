"""A scenario: steps in a TOML file, each with what must come of it."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

from zmqcli.config_file import toml_problem
from zmqcli.errors import UsageError
from zmqcli.scenario.step import Step, parse_command
from zmqcli.streams import unstopped
from zmqcli.units import parse_duration

__all__ = ["read_scenario"]

DEFAULT_TIMEOUT = "30s"
"""Of a step: a test must not hang."""
MOST_EXIT = 255
NAMES = {bool: "true or false", dict: "a table", float: "a duration", int: "a number", list: "a string or a list"} | {
    str: "a string"
}
TOP: dict[str, tuple[type, ...]] = {"timeout": (str, int, float), "steps": (dict,)}
STEP: dict[str, tuple[type, ...]] = {
    "run": (str,),
    "service": (bool,),
    "after": (str, list),
    "after_exit": (str, list),
    "ready": (str,),
    "expect": (str, list),
    "exit": (int,),
    "timeout": (str, int, float),
    "stdin": (str,),
}


def read_scenario(path: str) -> list[Step]:
    """Return the steps of a scenario file in their order. Raise UsageError, which names the file and the place."""
    try:
        with Path(path).open("rb") as file, unstopped():
            table = tomllib.load(file)
    except OSError as error:
        raise UsageError(f"cannot read {path}", why=(error.strerror or "").lower()) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML", why=toml_problem(error)) from error
    _check(path, table, TOP)
    steps = table.get("steps", {})
    if not steps:
        raise UsageError(f"{path} has no steps", hint='write for example: [steps.hello] and run = "pub -b 5556 hello"')
    default = table.get("timeout", DEFAULT_TIMEOUT)
    read = [_step(f"{path}: steps.{name}", name, entry, default) for name, entry in steps.items()]
    _check_order(path, read)
    return read


def _check(where: str, table: dict[str, Any], known: dict[str, tuple[type, ...]]) -> None:
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"it knows {', '.join(known)}"
            raise UsageError(f"{where}: there is no '{key}'", hint=hint)
        kinds = known[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise UsageError(f"{where}: {key} is not {NAMES[kinds[-1]]}")
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            raise UsageError(f"{where}: {key} is not a list of strings")


def _step(where: str, name: str, entry: Any, timeout: str | float) -> Step:
    if not isinstance(entry, dict) or "run" not in entry:
        raise UsageError(f"{where} has no command", hint='write run = "sub -c inproc://events -n 1"')
    _check(where, entry, STEP)
    ready = entry.get("ready", "bound")
    if ready not in {"bound", "peer"}:
        raise UsageError(f"{where}: ready is '{ready}'", hint='it is "bound" or "peer"')
    if not 0 <= entry.get("exit", 0) <= MOST_EXIT:
        raise UsageError(f"{where}: exit is {entry['exit']}", hint=f"it is 0 to {MOST_EXIT}")
    words, service = parse_command(entry["run"])
    try:
        seconds = parse_duration(str(entry.get("timeout", timeout)))
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error
    expect = entry.get("expect")
    lines = expect.splitlines() if isinstance(expect, str) else expect
    _check_patterns(where, lines or [])
    return Step(
        name,
        words,
        service=entry.get("service", service),
        after=_names(entry.get("after", [])),
        after_exit=_names(entry.get("after_exit", [])),
        ready_when_peer=ready == "peer",
        expect=lines,
        exit=entry.get("exit", 0),
        timeout=seconds,
        stdin=entry.get("stdin"),
    )


def _names(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _check_patterns(where: str, lines: list[str]) -> None:
    for line in lines:
        if len(line) > 1 and line.startswith("/") and line.endswith("/"):
            try:
                re.compile(line[1:-1])
            except re.error as error:
                raise UsageError(f"{where}: {line} is not a regular expression", why=str(error)) from error


def _check_order(path: str, steps: list[Step]) -> None:
    """Refuse a step that waits for one that is not there, for itself, or for a service to end."""
    by_name = {step.name: step for step in steps}
    for step in steps:
        for name in (*step.after, *step.after_exit):
            if name not in by_name:
                raise UsageError(f"{path}: steps.{step.name} comes after '{name}', which there is not")
        for name in step.after_exit:
            if by_name[name].service:
                raise UsageError(f"{path}: steps.{step.name} waits for the end of '{name}', a service")
    started: set[str] = set()
    while True:
        due = {step.name for step in steps if started.issuperset((*step.after, *step.after_exit))}
        if due == started:
            break
        started = due
    if waiting := [step.name for step in steps if step.name not in started]:
        raise UsageError(f"{path}: these can never begin: {', '.join(waiting)}", why="they wait for each other")
