"""stdin that is not there: /dev/null, closed, or a terminal that belongs to another job."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.faults.support import in_shell, until
from tests.support.peers import endpoint_of
from tests.support.prompt import END, PROMPT, SUSPEND, Prompt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

TWO_WAY = {
    "pair": zmq.PAIR,
    "dealer": zmq.DEALER,
    "router": zmq.DEALER,
    "xpub": zmq.SUB,
    "xsub": zmq.XPUB,
    "stream": None,
}
"""Each command that sends and receives, with what talks to it; plain TCP to a STREAM."""
SENDERS = ["push", "pub", "req"]
NO_ANSWER = "give frames, --file PATH, --echo or --exec COMMAND"


@pytest.fixture
def prompt(zmqcli: Zmqcli) -> Iterator[Prompt]:
    """Return an interactive bash in the test's directory."""
    made = Prompt(zmqcli.environment, zmqcli.directory)
    yield made
    made.close()


def speak(peers: Peers, command: str, endpoint: str) -> None:
    """Say one thing to a two-way command."""
    kind = TWO_WAY[command]
    if kind is None:
        host, port = endpoint.removeprefix("tcp://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"heard")
        return
    peer = peers.socket(kind, connect=endpoint)
    if kind == zmq.SUB:
        peer.subscribe(b"heard")
        peer.poll(100)  # a SUB subscribes only while its thread is in libzmq
        return
    if kind == zmq.XPUB:
        peer.recv()  # the subscription
    peer.send(b"heard")


@pytest.mark.parametrize("stdin", ["< /dev/null", "<&-", "0> /dev/null"], ids=["null", "closed", "nohup"])
@pytest.mark.parametrize("command", TWO_WAY)
def test_a_service_without_stdin(zmqcli: Zmqcli, peers: Peers, short_dir: Path, command: str, stdin: str) -> None:
    ready = short_dir / "ready"
    ours = in_shell(
        zmqcli, f'exec "$@" {stdin}',
        command, "-q", "-b", "tcp://127.0.0.1:0", "-n", "1", "--ready-file", ready,
    )  # fmt: skip
    until(ours, lambda: ready.exists() or not ours.running, "the ready file")
    speak(peers, command, ready.read_text().strip())

    assert b"heard" in ours.finish().ok().stdout


@pytest.mark.parametrize("command", ["pair", "dealer"])
def test_a_service_without_stdin_ends_at_a_signal(zmqcli: Zmqcli, peers: Peers, command: str) -> None:
    ours = zmqcli.start(command, "-b", "tcp://127.0.0.1:0", ready=True)
    endpoint = ours.endpoint
    # Said after 2 s: a conversation whose stdin has ended would be over by then.
    until(ours, lambda: "hint: " in ours.stderr or not ours.running, "the hint")
    speak(peers, command, endpoint)

    assert ours.read_line() == b"heard"
    ours.stop().ended(143)


@pytest.mark.parametrize("stdin", [None, b""])
def test_rep_without_an_answer(zmqcli: Zmqcli, stdin: bytes | None) -> None:
    zmqcli("rep", "-q", "-b", "0", "-n", "1", stdin=stdin).error(2, "rep has no answer to give", NO_ANSWER)


def test_rep_whose_answers_run_out(zmqcli: Zmqcli, peers: Peers) -> None:
    ours = zmqcli.start("rep", "-q", "-b", "0", "-n", "2", stdin=b"only\n", ready=True)
    req = peers.socket(zmq.REQ, connect=ours.endpoint)
    req.send(b"first")

    assert req.recv() == b"only"
    ours.finish().error(3, "stdin ended before -n was met", "answered 1 of 2")


@pytest.mark.parametrize("command", TWO_WAY)
def test_a_service_in_the_background(prompt: Prompt, zmqcli: Zmqcli, peers: Peers, command: str) -> None:
    prompt.run(f"zmqcli {command} -b tcp://127.0.0.1:0 --ready-file up -n 1 2> said | cat > got &")
    endpoint = prompt.endpoint(zmqcli.directory / "up")
    prompt.run("true")  # what is typed for the shell makes the terminal readable

    assert "Running" in prompt.run("jobs")
    speak(peers, command, endpoint)
    prompt.run("wait")
    assert b"heard" in (zmqcli.directory / "got").read_bytes()
    said = (zmqcli.directory / "said").read_text()
    assert said.count("nothing will be sent (a background job cannot read the terminal)") == 1


@pytest.mark.parametrize("command", SENDERS)
def test_a_sender_in_the_background(prompt: Prompt, command: str) -> None:
    prompt.run(f"zmqcli {command} -b tcp://127.0.0.1:0 2> said &")
    shown = prompt.run("wait %1; echo code $?")

    assert "code 0" in shown
    assert "nothing will be sent (a background job cannot read the terminal)" in prompt.run("cat said")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("rep -q -b 0", 2),
        ("push -q -b 0 -f -", 1),
        ("push -q -b 0 -f /dev/tty", 1),
        ("rep -q -b 0 --echo --plain-passwords /dev/tty", 2),
        ("push -q -c 1 --plain-user u --plain-password-file /dev/tty x", 2),
        ("run -f /dev/tty", 2),
    ],
)
def test_what_needs_the_terminal_in_the_background(prompt: Prompt, line: str, code: int) -> None:
    prompt.run(f"zmqcli {line} 2> said &")

    assert f"code {code}" in prompt.run("wait %1; echo code $?")
    assert prompt.run("wc -l < said").strip() == "1"


@pytest.mark.parametrize("command", ["pair", "push"])
def test_a_job_that_is_put_into_the_background(prompt: Prompt, peers: Peers, command: str) -> None:
    peer = peers.socket(zmq.PAIR if command == "pair" else zmq.PULL, bind="tcp://127.0.0.1:0")
    prompt.type(f"zmqcli {command} -c {endpoint_of(peer)} -w 1\n")
    prompt.wait_for("connecting")
    prompt.type("one\n")
    assert peer.recv() == b"one"
    prompt.type(SUSPEND)
    prompt.wait_for(PROMPT)
    prompt.run("bg")
    for _ in range(5):
        assert "Running" in prompt.run("jobs")
    if command == "pair":
        peer.send(b"heard in the background")
        prompt.wait_for("heard in the background")
    prompt.type("fg\n")
    prompt.wait_for("zmqcli")
    prompt.type("two\n")
    assert peer.recv() == b"two"
    prompt.type(END)
    prompt.wait_for(PROMPT)

    assert "code 0" in prompt.run("echo code $?")


def test_the_stream_of_the_readme_typed_at_a_prompt(prompt: Prompt, zmqcli: Zmqcli) -> None:
    prompt.run("zmqcli stream -q -b tcp://127.0.0.1:0 --ready-file up -n 1 | cut -f 2 &")
    endpoint = prompt.endpoint(zmqcli.directory / "up")
    prompt.run("true")
    prompt.type(f"zmqcli stream -q -c {endpoint} hello\nwait; echo over\n")

    shown = prompt.wait_for("over\r\n")
    assert re.search(r"^hello$", shown.replace(PROMPT, ""), re.MULTILINE)
    assert "Stopped" not in shown
