"""What a command must not load: every module costs every start, and a shell script starts hundreds."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of, free_port

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
    "zmqcli.options.profiles",
    "zmqcli.jobs.security",
    "zmqcli.completion",
    "zmqcli.endpoint_history",
    "zmqcli.security.allow_list",
    "zmqcli.diagnosis.handshakes",
    "zmqcli.sockets.security",
    "zmqcli.sockets.zap",
}

# -X importtime does not see what importlib.import_module loads, so the process tells by itself, however it ends.
PROBE = """
import os, sys
report = sys.argv.pop(1)
def end(code):
    with open(report, "w") as file:
        file.write("\\n".join(sys.modules))
    leave(code)
leave, os._exit = os._exit, end
try:
    {code}
finally:
    end(0)
"""
RUN = "from zmqcli.__main__ import main; main()"


def loaded(zmqcli: Zmqcli, code: str, *arguments: str, stdin: bytes = b"") -> set[str]:
    """Return the modules that a Python process has loaded once `code` is through."""
    report = zmqcli.directory / "modules"
    subprocess.run(
        [sys.executable, "-c", PROBE.format(code=code), report, *arguments],
        input=stdin,
        capture_output=True,
        env=zmqcli.environment,
        cwd=zmqcli.directory,
        timeout=30,
        check=True,
    )
    return set(report.read_text().splitlines())


@pytest.fixture
def unavoidable(zmqcli: Zmqcli) -> set[str]:
    """Return what pyzmq and Typer themselves load (json and subprocess, say): no command can be without it."""
    return loaded(zmqcli, "import zmq, typer.core, typer.main")


@pytest.mark.parametrize("body", [["hello"], []], ids=["frames", "stdin"])
def test_a_push_loads_only_what_it_uses(zmqcli: Zmqcli, peers: Peers, unavoidable: set[str], body: list[str]) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")

    modules = loaded(zmqcli, RUN, "push", "-c", endpoint_of(pull), *body, stdin=b"hello\n")

    assert pull.recv() == b"hello"
    assert "zmqcli.commands.plain" in modules
    assert not heavy(modules - unavoidable)
    assert not other_commands(modules, "plain")


def test_a_pull_loads_only_what_it_uses(zmqcli: Zmqcli, peers: Peers, unavoidable: set[str]) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    peers.socket(zmq.PUSH, connect=endpoint).send(b"hello")

    modules = loaded(zmqcli, RUN, "pull", "-b", endpoint, "-n", "1")

    assert "zmqcli.commands.pull" in modules
    assert not heavy(modules - unavoidable)
    assert not other_commands(modules, "pull")


def test_the_help_needs_no_zmq_and_no_command(zmqcli: Zmqcli) -> None:
    modules = loaded(zmqcli, RUN, "--help")

    assert "zmqcli.cli.app" in modules
    assert "zmq" not in modules
    assert not other_commands(modules, "")


@pytest.mark.parametrize(
    "words", [["su"], ["sub", "--subscribe-h"], ["sub", "-c", "tcp://127.0.0.1:5"], ["sub", "-O", ""]]
)
def test_a_completion_loads_neither_zmq_nor_typer(zmqcli: Zmqcli, words: list[str]) -> None:
    """So it takes less than half of `import zmq`; 2.6 of it is what it may take."""
    zmqcli.environment["_ZMQCLI_COMPLETE"] = "bash"
    modules = loaded(zmqcli, RUN, *words)

    assert "zmqcli.completion.answer" in modules
    assert not modules & {"zmq", "typer", "zmqcli.cli.app", "json", "inspect", "dataclasses"}


@pytest.mark.parametrize("words", [["sub", "-x", ""], ["sub", "-o", ""]])
def test_a_completion_of_codecs_and_options_loads_no_zmq(zmqcli: Zmqcli, words: list[str]) -> None:
    zmqcli.environment["_ZMQCLI_COMPLETE"] = "bash"
    modules = loaded(zmqcli, RUN, *words)

    assert not modules & {"zmq", "typer", "zmqcli.cli.app"}


def heavy(modules: set[str]) -> set[str]:
    """Return those of `modules` that are, or belong to, something heavy."""
    return {module for module in modules if any(module == name or module.startswith(name + ".") for name in HEAVY)}


def other_commands(modules: set[str], command: str) -> set[str]:
    """Return the modules of all commands but one, and but the table of commands."""
    names = {module.removeprefix("zmqcli.commands.") for module in modules if module.startswith("zmqcli.commands.")}
    return names - {command, "table"}
