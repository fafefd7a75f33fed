"""What a command must not load: every module costs every start, and a shell script starts hundreds."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

HEAVY = {
    "asyncio",
    "email",
    "hashlib",
    "importlib.metadata",
    "jmespath",
    "json",
    "msgpack",
    "pydantic",
    "rich",
    "subprocess",
    "tomllib",
    "typing_extensions",
    "urllib",
    "zmq.auth",
    "zmq.utils.monitor",
}


def loaded(zmqcli: Zmqcli, *arguments: str, stdin: bytes = b"") -> set[str]:
    """Return the modules that a Python process loads, however it ends."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        input=stdin,
        capture_output=True,
        env=zmqcli.environment,
        cwd=zmqcli.directory,
        timeout=30,
        check=True,
    )
    lines = done.stderr.decode().splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


@pytest.fixture
def unavoidable(zmqcli: Zmqcli) -> set[str]:
    """Return what pyzmq itself loads (json, for one): no command can be without it."""
    return loaded(zmqcli, "-c", "import zmq")


@pytest.mark.parametrize("body", [["hello"], []], ids=["frames", "stdin"])
def test_a_push_loads_only_what_it_uses(zmqcli: Zmqcli, peers: Peers, unavoidable: set[str], body: list[str]) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")

    modules = loaded(zmqcli, "-m", "zmqcli", "push", "-c", endpoint_of(pull), *body, stdin=b"hello\n")

    assert pull.recv() == b"hello"
    assert "zmqcli.commands.push" in modules
    assert not heavy(modules - unavoidable)
    assert not other_commands(modules, "push")


def test_a_pull_loads_only_what_it_uses(zmqcli: Zmqcli, peers: Peers, unavoidable: set[str]) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    push.send(b"hello")

    modules = loaded(zmqcli, "-m", "zmqcli", "pull", "-c", endpoint_of(push), "-n", "1")

    assert not heavy(modules - unavoidable)
    assert not other_commands(modules, "pull")


def test_the_version_needs_no_zmq(zmqcli: Zmqcli) -> None:
    modules = loaded(zmqcli, "-m", "zmqcli", "--version")

    assert "zmq" not in modules
    assert not other_commands(modules, "")


def heavy(modules: set[str]) -> set[str]:
    """Return those of `modules` that are, or belong to, something heavy."""
    return {module for module in modules if any(module == name or module.startswith(name + ".") for name in HEAVY)}


def other_commands(modules: set[str], command: str) -> set[str]:
    """Return the modules of all commands but one. Those with a leading underscore are shared."""
    names = {module.removeprefix("zmqcli.commands.") for module in modules if module.startswith("zmqcli.commands.")}
    return {name for name in names if name != command and not name.startswith("_")}
