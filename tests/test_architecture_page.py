"""docs/architecture.md names files, classes and functions that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
PATHS = sorted(set(re.findall(r"`((?:\w+/)*\w+\.(?:py|c)|(?:\w+/)+)`", PAGE)))
NAMES = sorted(set(re.findall(r"`((?:\w+/)*\w+\.py)`\s+`(\w+(?:\.\w+)?)`", PAGE)))


def test_the_page_names_something() -> None:
    assert len(PATHS) > 30
    assert len(NAMES) > 15


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_there(path: str) -> None:
    assert (ROOT / "zmqcli" / path).exists() or (ROOT / path).exists()


@pytest.mark.parametrize(("path", "name"), NAMES)
def test_a_name_is_defined_in_its_file(path: str, name: str) -> None:
    tree: ast.AST = ast.parse((ROOT / "zmqcli" / path).read_text())
    for part in name.split("."):
        [tree] = [node for node in getattr(tree, "body", ()) if getattr(node, "name", None) == part]
