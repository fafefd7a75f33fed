"""The diffs of docs/contributing.md, applied to a copy of the tree, make a codec and a format that work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "contributing.md").read_text()
CODEC, FORMAT = re.findall(r"```diff\n(.*?)```", PAGE, re.DOTALL)
HARM = "\x1b]0;x\x07"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the package and its tests."""
    for name in ("zmqcli", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def apply(tree: Path, diff: str) -> list[str]:
    """Apply a diff as `patch` would; return the files that it touches."""
    files = re.split(r"^--- (?:a/|/dev/null).*\n", diff, flags=re.MULTILINE)[1:]
    touched = []
    for text in files:
        head, _, body = text.partition("\n")
        path = tree / head.removeprefix("+++ b/")
        hunk = body.partition("\n")[2].splitlines()
        new = [line[1:] for line in hunk]
        if path.exists():
            old = [line[1:] for line in hunk if not line.startswith("+")]
            before = path.read_text()
            assert before.count("\n".join(old)) == 1, f"{path}: the diff is stale"
            path.write_text(before.replace("\n".join(old), "\n".join(new)))
        else:
            path.write_text("\n".join(new) + "\n")
        touched.append(str(path.relative_to(tree)))
    return touched


def run(tree: Path, *argv: str) -> str:
    """Run Python in the changed tree and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, *argv], cwd=tree, env=environment, capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("diff", "name", "package"), [(CODEC, "u24be", "codecs"), (FORMAT, "tsv", "formats")], ids=["codec", "format"]
)
def test_it_touches_what_the_page_names_and_its_test_passes(tree: Path, diff: str, name: str, package: str) -> None:
    assert apply(tree, diff) == [
        f"zmqcli/{package}/{name}.py",
        f"zmqcli/{package}/_registry.py",
        f"tests/{package}/test_{name}.py",
    ]
    run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{package}/test_{name}.py")
    assert re.search(rf" {name} ", run(tree, "-m", "zmqcli", "codecs"))


def test_a_new_format_is_escaped_on_a_terminal(tree: Path) -> None:
    apply(tree, FORMAT)
    code = f"""
import os, pty, subprocess, sys
ours, theirs = pty.openpty()
zmqcli = [sys.executable, "-m", "zmqcli"]
pull = subprocess.Popen([*zmqcli, "pull", "-q", "-b", "ipc://s", "-n", "1", "-O", "tsv"], stdout=theirs)
os.close(theirs)
subprocess.run([*zmqcli, "push", "-q", "-c", "ipc://s", {HARM!r} + "evil"], check=True)
shown = b""
while b"evil" not in shown:
    shown += os.read(ours, 1000)
print(pull.wait(), shown)
"""
    shown = run(tree, "-c", code)

    assert shown.startswith("0 ")
    assert r"\\x1b]0;x\\x07evil" in shown
