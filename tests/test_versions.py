"""Which Pythons the unit tests run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.versions import KNOWN, find_pythons

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def interpreter(path: Path, version: str, code: int = 0) -> Path:
    """Write a program that says it is this version, as an interpreter does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\nexit {code}\n")
    path.chmod(0o755)
    return path


def test_pythons_are_found_on_path_and_in_pyenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shims, versions = tmp_path / "shims", tmp_path / "pyenv" / "versions"
    on_path = interpreter(shims / "python3.11", "3.11")
    interpreter(shims / "python3.12", "no such version", code=127)
    interpreter(versions / "3.10.13/bin/python", "3.10")
    interpreter(versions / "3.12.1/bin/python", "3.12")
    latest = interpreter(versions / "3.12.10/bin/python", "3.12")
    newer = interpreter(versions / "3.19.0/bin/python", "3.19")
    monkeypatch.setenv("PATH", f"{shims}:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))

    found = find_pythons()

    for minor, path in (("3.11", on_path), ("3.12", latest), ("3.19", newer)):
        assert found.pop(minor) == path
    assert set(found) <= set(KNOWN), "of what the machine itself has"
