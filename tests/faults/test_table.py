"""The table of `docs/delivery.md`: every row names a test that exists, and every test here has a row."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "delivery.md"


def names() -> set[str]:
    """Return every test of this directory, as pytest names it, but those about the page."""
    found = set()
    for path in HERE.glob("test_*.py"):
        if path == Path(__file__):
            continue
        for node in ast.parse(path.read_text()).body:
            tests = node.body if isinstance(node, ast.ClassDef) else [node]
            scope = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
            found |= {
                f"{path.relative_to(ROOT)}::{scope}{test.name}"
                for test in tests
                if isinstance(test, ast.FunctionDef) and test.name.startswith("test_")
            }
    return found


def rows() -> list[list[str]]:
    """Return the cells of every row about a fault."""
    lines = PAGE.read_text().partition("## Fault by fault")[2].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if row[0] != "fault" and not row[0].startswith("---")]


def test_every_row_names_one_test() -> None:
    for row in rows():
        assert len(row) == 6, row
        assert all(row), row
        assert re.fullmatch(r"`tests/faults/\w+\.py::[\w:]+`", row[-1]), row


def test_every_test_has_one_row() -> None:
    named = [row[-1].strip("`") for row in rows()]

    assert sorted(named) == sorted(names())
