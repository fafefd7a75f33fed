"""The documentation: made pages are up to date, links lead somewhere, and every example does what it shows."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.peers import free_port
from zmqcli.cli.typer_app import load
from zmqcli.commands.table import COMMANDS
from zmqcli.errors import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.in_process import InProcess
    from tests.support.processes import Zmqcli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PATIENCE = 30

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
EXAMPLE_PORT = re.compile(r"\b55\d\d\b")
"""The ports of the examples: each run gets free ones in their place."""


class Example(NamedTuple):
    """What to type and what is shown then."""

    where: str
    typed: str
    shown: str


def blocks(page: Path, language: str) -> Iterator[Example]:
    """Yield the fenced blocks of a page: lines after `$ ` (or `> `, going on) are typed, the others shown."""
    text = page.read_text()
    for match in FENCE.finditer(text):
        if match[1] != language:
            continue
        where = f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}"
        lines = match[2].splitlines(keepends=True)
        typed = "".join(line[2:] for line in lines if line.startswith(("$ ", "> ")))
        yield Example(where, typed, "".join(line for line in lines if not line.startswith(("$ ", "> "))))


def refusals(page: Path) -> Iterator[Example]:
    """Yield the options of a page that are refused, each with the line on stderr that follows it."""
    for block in blocks(page, ""):
        lines = block.shown.splitlines()
        for options, error in itertools.pairwise(lines):
            if options.startswith("-") and error.startswith("zmqcli: "):
                yield Example(f"{block.where} {options[:30]}", options, error)


CONSOLES = [example for page in PAGES for example in blocks(page, "console")]
REFUSALS = [example for page in PAGES for example in refusals(page)]


def where(example: object) -> str:
    """Return an example's place, as the name of its test."""
    return example.where if isinstance(example, Example) else str(example)


def name(page: Path) -> str:
    """Return a page's name within the project."""
    return str(page.relative_to(ROOT))


def free_ports(text: str) -> dict[str, str]:
    """Return a free port for each port in `text` that is an example."""
    return {port: str(free_port()) for port in sorted(set(EXAMPLE_PORT.findall(text)))}


@pytest.mark.parametrize("example", CONSOLES, ids=where)
def test_an_example_shows_what_it_prints(zmqcli: Zmqcli, example: Example) -> None:
    (zmqcli.directory / "examples").symlink_to(ROOT / "examples")
    ports = free_ports(example.typed)
    typed = EXAMPLE_PORT.sub(lambda port: ports[port[0]], example.typed)
    shell = subprocess.Popen(
        ["/usr/bin/env", "bash", "--norc", "-c", f"{typed}\nwait"],
        env=zmqcli.environment,
        cwd=zmqcli.directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        printed, _ = shell.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        printed, _ = shell.communicate()
        pytest.fail(f"not over after {PATIENCE} s; printed {printed!r}")

    text = printed.decode()
    for shown, used in ports.items():
        text = text.replace(used, shown)
    assert text == example.shown


@pytest.mark.parametrize("example", REFUSALS, ids=where)
def test_a_refusal_is_worded_as_shown(in_process: InProcess, example: Example) -> None:
    options = shlex.split(example.typed)
    endpoint = [] if options[0] in {"-b", "-c"} else ["-b", "./unused"]

    assert in_process("push", *options, *endpoint, "unused").error(2) == example.shown


def test_the_made_pages_are_up_to_date(zmqcli: Zmqcli) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"],
        env=zmqcli.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_documented(command: str) -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    section = page.partition(f"\n## {command}\n")[2].partition("\n## ")[0]
    same = re.search(r"The options are those of \[`(\w+)`\]", section)
    options = page.partition(f"\n## {same[1]}\n")[2].partition("\n## ")[0] if same else section

    assert section
    for parameter in load(command).params:
        for option in parameter.opts if hasattr(parameter, "is_flag") else ():
            assert re.search(rf"`[^`]*(?<![\w-]){re.escape(option)}(?![\w-])", options), option


def test_the_readme_has_every_exit_code() -> None:
    readme = (ROOT / "README.md").read_text()

    assert not [code for code in MEANINGS if f"| {code.value} |" not in readme]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        path, _, heading = link.partition("#")
        if "://" in link:
            continue
        target = page.parent / path if path else page
        if not target.exists() or (heading and heading not in anchors(target)):
            broken.append(link)

    assert not broken


def anchors(page: Path) -> set[str]:
    """Return what a page's headings can be linked as."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_page_names_a_path_of_the_machine_it_was_written_on(page: Path) -> None:
    assert not re.findall(r"/(?:home|root|work|Users|tmp/\w*dev)/\S*", page.read_text())


def test_nobody_is_told_to_install_the_other_zmqcli() -> None:
    told = [name(page) for page in PAGES if re.search(r"(pip|pipx|uv tool) install zmqcli", page.read_text())]

    assert not told


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    missing = [
        name(page)
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if page.name != "README.md" and str(page.relative_to(ROOT / "docs")) not in index
    ]

    assert not missing


def test_every_attack_in_the_table_has_its_test() -> None:
    table = (ROOT / "docs" / "security.md").read_text().partition("## Attack by attack")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert rows
    for row in rows:
        named = re.search(r"\| `(tests/[\w/]+\.py)::(\w+)` \|$", row)
        assert named, row
        assert re.search(rf"^def {named[2]}\(", (ROOT / named[1]).read_text(), re.MULTILINE), row
