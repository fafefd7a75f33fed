"""The house of `design.md`: floors, and who may import what."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import zmqcli

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(zmqcli.__file__).parent
TESTS = Path(__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

FLOORS = {
    "": 0,
    "errors": 0,
    "message": 0,
    "endpoint": 0,
    "units": 0,
    "environment": 0,
    "streams": 0,
    "signals": 0,
    "config_file": 0,
    "files": 0,
    "history": 0,
    "safe": 0,
    "codecs": 1,
    "records": 1,
    "terminal": 1,
    "filters": 1,
    "sockets": 2,
    "exchange": 3,
    "completion": 3,
    "commands": 4,
    "cli": 5,
    "__main__": 5,
}
HEAVY = {"asyncio", "jmespath", "msgpack", "pydantic", "rich", "zmq"}
"""What a command imports where it is used, if at all: each would cost every start of every command."""

# "zmqcli.commands.push" or "zmqcli.codecs.json:JsonCodec" in a table is an import too; "zmqcli.fish" is a file.
REFERENCE = re.compile(rf"zmqcli\.(?:{'|'.join(filter(None, FLOORS))})(?:\.\w+)*(?::\w+)?")


class Import(NamedTuple):
    """One imported module, and the line that does it."""

    module: str
    line: int


def place(path: Path) -> tuple[str, ...]:
    """Return where in the package a file is: `("sockets", "monitor")`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def floor(module: str) -> int:
    """Return the floor of a module of the package."""
    room = module.removeprefix("zmqcli").removeprefix(".").partition(".")[0]
    assert room in FLOORS, f"{module}: a new module at the top of the package needs a floor in this file"
    return FLOORS[room]


def imports(path: Path) -> Iterator[Import]:
    """Yield everything a file imports, in functions and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(path.read_text())):
        yield from imported(node, path)


def imported(node: ast.AST, path: Path) -> Iterator[Import]:
    """Yield what one statement imports; a string that names a module of ours counts."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, node.lineno)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = place(path) if path.name == "__init__.py" else place(path)[:-1]
            base = ".".join(("zmqcli", *package[: len(package) - node.level + 1], *filter(None, [base])))
        if base == "zmqcli":
            # `from zmqcli import codecs` imports a module, `from zmqcli import __version__` does not.
            for alias in node.names:
                yield Import(f"zmqcli.{alias.name}" if alias.name in FLOORS else "zmqcli", node.lineno)
        else:
            yield Import(base, node.lineno)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and REFERENCE.fullmatch(node.value):
        yield Import(node.value.partition(":")[0], node.lineno)


def name(path: Path) -> str:
    """Return a file's name for a failing test."""
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_floor_never_imports_a_higher_one(path: Path) -> None:
    own = floor(".".join(("zmqcli", *place(path))))
    wrong = [
        f"{name(path)}:{line} is on floor {own} and imports {module} of floor {floor(module)}"
        for module, line in imports(path)
        if module.split(".")[0] == "zmqcli" and floor(module) > own
    ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("library", "allowed"), [("zmq", "sockets"), ("rich", "terminal")])
def test_a_library_is_imported_in_one_place_only(library: str, allowed: str) -> None:
    wrong = [
        f"{name(path)}:{line} imports {module}"
        for path in MODULES
        if place(path)[:1] != (allowed,)
        for module, line in imports(path)
        if module.split(".")[0] == library
    ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), f"{name(path)} has no docstring"


@pytest.mark.parametrize("path", [path for path in MODULES if place(path)[:1] in (("cli",), ("commands",))], ids=name)
def test_a_command_imports_nothing_heavy_at_its_start(path: Path) -> None:
    wrong = [
        f"{name(path)}:{line} imports {module}"
        for statement in ast.parse(path.read_text()).body
        for module, line in imported(statement, path)
        if module.split(".")[0] in HEAVY
    ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", ["codecs", "records"])
def test_each_codec_and_record_format_has_a_test_file(package: str) -> None:
    files = [path for path in MODULES if place(path)[:1] == (package,) and not path.name.startswith("_")]
    missing = [name(path) for path in files if not (TESTS / package / f"test_{path.name}").exists()]

    assert files
    assert not missing
