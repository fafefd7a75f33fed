"""The layers of docs/decisions/0017-layers.md: who may import what, and that no module is part of an import circle.

The graph is made from the source. Imports in functions and under TYPE_CHECKING count, and so does a string that names
a module of ours, as in the registries.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import zmqcli

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PACKAGE = Path(zmqcli.__file__).parent

LEVELS = {
    "": 0,
    "_batches": 0,
    "compiled": 0,
    "config_file": 0,
    "endpoint": 0,
    "endpoint_history": 0,
    "environment": 0,
    "errors": 0,
    "escaping": 0,
    "files": 0,
    "message": 0,
    "plug_ins": 0,
    "signals": 0,
    "streams": 0,
    "units": 0,
    "codecs": 1,
    "terminal": 1,
    "zmtp": 1,
    "formats": 2,
    "security": 2,
    "delivery": 2,
    "filters": 3,
    "diagnosis": 3,
    "sockets": 4,
    "engine": 5,
    "exchange": 6,
    "exec": 7,
    "options": 7,
    "jobs": 8,
    "bench": 9,
    "probe": 9,
    "proxy": 9,
    "scenario": 9,
    "top": 9,
    "completion": 9,
    "pipe": 10,
    "commands": 11,
    "cli": 12,
    "__main__": 13,
}
"""A package imports only packages on lower levels. The modules of level 0 import each other, but in no circle."""


HEAVY = {"asyncio", "jmespath", "msgpack", "pydantic", "rich", "zmq"}
"""What a command imports where it is used, if at all: each would cost every start of every command."""

REFERENCE = re.compile(r"(zmqcli\.\w+(?:\.\w+)+)(?::\w+)?")
"""`zmqcli.codecs.json:JsonCodec` in a table is an import too; `zmqcli.codecs` is a group of entry points."""


class Import(NamedTuple):
    """One import of a module of the package, or of a library."""

    importer: str
    imported: str
    line: int


def module_name(path: Path, package: Path) -> str:
    """Return the dotted name of a file's module: `zmqcli.sockets.monitor`."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join((package.name, *(parts[:-1] if parts[-1] == "__init__" else parts)))


def sources(package: Path) -> dict[str, Path]:
    """Return the source of each module of a package by the module's name; of a compiled one its stub."""
    return {module_name(path, package): path for path in sorted((*package.rglob("*.py"), *package.rglob("*.pyi")))}


def modules(package: Path) -> dict[str, ast.Module]:
    """Return the syntax tree of each module of a package."""
    return {name: ast.parse(path.read_text()) for name, path in sources(package).items()}


def imports(package: Path) -> list[Import]:
    """Return every import that the source of a package names; those of its own modules as full module names."""
    trees = modules(package)
    files = sources(package)
    return [
        Import(name, imported, line)
        for name, tree in trees.items()
        for node in ast.walk(tree)
        for imported, line in _imported(node, name, is_package=files[name].name == "__init__.py", known=trees)
        if imported != name
    ]


def _imported(node: ast.AST, name: str, *, is_package: bool, known: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield _known_part(alias.name, known), node.lineno
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = name.split(".") if is_package else name.split(".")[:-1]
            base = ".".join((*package[: len(package) - node.level + 1], *filter(None, [base])))
        for alias in node.names:
            full = f"{base}.{alias.name}"
            yield (full if full in known else base), node.lineno
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        reference = REFERENCE.fullmatch(node.value)
        if reference and reference[1] in known:
            yield reference[1], node.lineno


def _known_part(name: str, known: Mapping[str, object]) -> str:
    """Return the module that `import a.b.c` means: the longest known part, or the name itself."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in known:
            return ".".join(parts[:length])
    return name


def room(module: str) -> str:
    """Return which line of LEVELS a module falls under: `sockets` for `zmqcli.sockets.options.table`."""
    return module.partition(".")[2].partition(".")[0]


def upward(found: Iterable[Import]) -> list[Import]:
    """Return the imports that do not go down."""
    return [
        found_one
        for found_one in found
        if found_one.imported.partition(".")[0] == PACKAGE.name
        and room(found_one.imported) != room(found_one.importer)
        and not (
            LEVELS[room(found_one.imported)] < LEVELS[room(found_one.importer)]
            or LEVELS[room(found_one.imported)] == LEVELS[room(found_one.importer)] == 0
        )
    ]


def circles(found: Iterable[Import]) -> list[set[str]]:
    """Return the groups of modules that import each other in a circle (Tarjan's strongly connected components)."""
    graph: dict[str, set[str]] = {}
    for importer, imported, _ in found:
        graph.setdefault(importer, set()).add(imported)
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    result: list[set[str]] = []

    def visit(module: str) -> None:
        index[module] = lowest[module] = len(index)
        stack.append(module)
        for other in sorted(graph.get(module, ())):
            if other not in index:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], index[other])
        if lowest[module] == index[module]:
            group = set(stack[stack.index(module) :])
            del stack[stack.index(module) :]
            if len(group) > 1:
                result.append(group)

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return result


@pytest.fixture(scope="module")
def found() -> list[Import]:
    return imports(PACKAGE)


def test_every_package_has_a_level() -> None:
    assert {room(name) for name in modules(PACKAGE)} == set(LEVELS)


def test_imports_go_down_only(found: list[Import]) -> None:
    assert not [f"{importer}:{line} imports {imported}" for importer, imported, line in upward(found)]


def test_no_module_is_part_of_a_circle(found: list[Import]) -> None:
    assert not circles(found)


def test_zmq_is_imported_by_sockets_and_the_loops_of_bench_alone(found: list[Import]) -> None:
    users = {importer for importer, imported, _ in found if imported.partition(".")[0] == "zmq"}
    wrong = {user for user in users if room(user) != "sockets" and user != "zmqcli.bench.loops"}

    assert not wrong


def test_rich_is_imported_by_terminal_alone(found: list[Import]) -> None:
    users = {importer for importer, imported, _ in found if imported.partition(".")[0] == "rich"}

    assert {room(user) for user in users} == {"terminal"}


def test_no_public_class_has_the_name_of_another() -> None:
    places: dict[str, list[str]] = {}
    for name, tree in modules(PACKAGE).items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(name)

    assert not {name: found for name, found in places.items() if len(found) > 1}


def test_every_module_says_what_it_is_for() -> None:
    assert not [
        name for name, tree in modules(PACKAGE).items() if not ast.get_docstring(tree) and name != "zmqcli._batches"
    ]


def test_a_command_imports_nothing_heavy_at_its_start() -> None:
    wrong = [
        f"{name}:{line} imports {imported}"
        for name, tree in modules(PACKAGE).items()
        if room(name) in {"cli", "commands"}
        for statement in tree.body
        for imported, line in _imported(statement, name, is_package=False, known={})
        if imported.partition(".")[0] in HEAVY
    ]

    assert not wrong, "\n".join(wrong)


# The tests above can fail: the same faults, planted.


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """Return a package of the same name with two modules, to which a test adds a fault."""
    package = tmp_path / "zmqcli"
    for name in ("codecs", "sockets"):
        (package / name).mkdir(parents=True)
        (package / name / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "codecs" / "raw.py").write_text("import os\n")
    (package / "sockets" / "monitor.py").write_text("from zmqcli.codecs.raw import RawCodec\n")
    return package


@pytest.mark.parametrize(
    "line",
    [
        "from zmqcli.sockets.monitor import Monitor",
        "from zmqcli.sockets import monitor",
        "import zmqcli.sockets.monitor",
        "from ..sockets import monitor",
        "def load():\n    from zmqcli.sockets.monitor import Monitor",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from zmqcli.sockets.monitor import Monitor",
        "TABLE = {'monitor': 'zmqcli.sockets.monitor:Monitor'}",
    ],
)
def test_a_planted_upward_import_is_found_and_so_is_its_circle(planted: Path, line: str) -> None:
    assert not upward(imports(planted))
    assert not circles(imports(planted))

    (planted / "codecs" / "raw.py").write_text(line + "\n")

    assert [x[:2] for x in upward(imports(planted))] == [("zmqcli.codecs.raw", "zmqcli.sockets.monitor")]
    assert circles(imports(planted)) == [{"zmqcli.codecs.raw", "zmqcli.sockets.monitor"}]
