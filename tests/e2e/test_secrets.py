"""Secrets that stand in variables stay with zmqcli: no program that it starts for the user gets them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

SECRET = "correct horse battery staple"  # noqa: S105 # the very thing that must not be found
VARIABLES = {
    "ZMQCLI_PLAIN_PASSWORD": SECRET,
    "ZMQCLI_CURVE_SECRET_KEY": SECRET,
    "ZMQCLI_USERS": f"alice {SECRET}",
    "ZMQCLI_TOPIC": SECRET,  # one of those that tell of a message, put there by somebody else
    "ZMQCLI_LINGER": "3s",
    "ZMQCLI_HISTORY": "off",
    "OTHER": "kept",
}
LOOK = "import json, os; print(json.dumps(dict(os.environ)))"
EXPRESSION = "__import__('json').dumps(dict(os.environ))"
SECURED = ("--plain-passwords", "env:ZMQCLI_USERS")


def told(variables: dict[str, str]) -> set[str]:
    return {name for name in variables if name.startswith("ZMQCLI_")} - {"ZMQCLI_LINGER", "ZMQCLI_HISTORY"}


def secured(peers: Peers, kind: int, endpoint: str) -> zmq.Socket[bytes]:
    """Return a client that the variable lets in."""
    user: dict[int, bytes] = {zmq.PLAIN_USERNAME: b"alice", zmq.PLAIN_PASSWORD: SECRET.encode()}
    return peers.socket(kind, connect=endpoint, options=user)


def pulling(zmqcli: Zmqcli, peers: Peers, script: Path) -> bytes:
    ours = zmqcli.start(
        *("pull", "-q", "-b", "tcp://127.0.0.1:0", "-n", "1", *SECURED, "--exec", f"python3 {script}"),
        ready=True,
        environment=VARIABLES,
    )
    secured(peers, zmq.PUSH, ours.endpoint).send(b"x")
    return ours.finish().ok().stdout


def answering(zmqcli: Zmqcli, peers: Peers, script: Path) -> bytes:
    ours = zmqcli.start(
        *("rep", "-q", "-b", "tcp://127.0.0.1:0", "-n", "1", *SECURED, "--exec", f"python3 {script}"),
        ready=True,
        environment=VARIABLES,
    )
    client = secured(peers, zmq.REQ, ours.endpoint)
    client.send(b"x")
    answer = client.recv()
    ours.finish().ok()
    return answer


def piped(zmqcli: Zmqcli, peers: Peers, *what: str) -> bytes:
    """Return what a pipe makes of a message: one whose frontend is secured by a variable."""
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start(
        *("pipe", "-q", "--frontend", "tcp://127.0.0.1:0", "--backend-connect", endpoint_of(pull), "-n", "1"),
        *(*SECURED, *what),
        ready=True,
        environment=VARIABLES,
    )
    secured(peers, zmq.PUSH, ours.wait_ready()[0]).send(b"x")
    made = pull.recv()
    ours.finish().ok()
    return made


def step(zmqcli: Zmqcli, peers: Peers, script: Path) -> bytes:
    """Return what a step prints whose own options name no secret: those of its neighbour do."""
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start(
        *("run", "-q", "--no-prefix", f"pull -c {endpoint_of(push)} -n 1 --exec 'python3 {script}'"),
        f"pull -b tcp://127.0.0.1:0 {' '.join(SECURED)} &",
        environment=VARIABLES,
    )
    push.send(b"x")
    return ours.finish().ok().stdout


@pytest.mark.parametrize("way", ["pull", "rep", "pipe --exec", "pipe --exec -P", "pipe -e -P", "run"])
def test_children_get_no_secret(way: str, zmqcli: Zmqcli, peers: Peers, short_dir: Path) -> None:
    script = short_dir / "look.py"
    script.write_text(LOOK)
    command = f"python3 {script}"
    match way:
        case "pull":
            seen = pulling(zmqcli, peers, script)
        case "rep":
            seen = answering(zmqcli, peers, script)
        case "run":
            seen = step(zmqcli, peers, script)
        case "pipe -e -P":
            seen = piped(zmqcli, peers, "-P", "2", "-e", EXPRESSION)
        case _:
            seen = piped(zmqcli, peers, *(["-P", "2"] if "-P" in way else []), "--exec", command)
    variables = json.loads(seen)

    assert SECRET not in seen.decode()
    assert told(variables) <= {"ZMQCLI_SEQ", "ZMQCLI_TOPIC", "ZMQCLI_FRAMES", "ZMQCLI_ROUTING_ID"}
    assert (variables["OTHER"], variables["ZMQCLI_LINGER"], variables["ZMQCLI_HISTORY"]) == ("kept", "3s", "off")
