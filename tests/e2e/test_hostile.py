"""Hostile payloads on a terminal: its state, the memory and the exit codes stay as they should.

One publisher feeds all processes at once, each case as a topic and as a body.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import zmq

from tests.support.hostile import BOMBS, HOSTILE, assert_calm
from tests.support.peers import endpoint_of
from tests.support.screens import Screen

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

SGR = re.compile(r"\x1b\[[0-9;]*m")
END = b"the end"
MESSAGES = [message for case in HOSTILE for message in ([case], [case, case])] + [[case] for case in BOMBS]
MOST_MEMORY_KB = 200_000
"""Of a process; it has about 45,000 before the first message."""


class Run(NamedTuple):
    """A way to look at messages, and the exit code it has."""

    options: list[str]
    code: int = 0
    kept: str = ""


RUNS = [
    Run(["-O", "pretty"]),
    Run(["-O", "pretty", "-x", "auto", "--color", "never"]),
    Run(["-O", "pretty", "-x", "json,msgpack"], 3),
    Run(["-O", "pretty", "-x", "text"], 3),
    Run(["-O", "text"], kept="\t"),
    Run(["-O", "text", "-x", "pickle", "-q"], 3, "\t"),
    Run(["-O", "quoted"], kept="\t"),
    Run(["-O", "jsonl", "-x", "auto"]),
    Run(["-O", "jsonl", "-x", "pickle"], 3),
    Run(["-O", "hexdump"]),
    Run(["-T", "%n %t %a %v %j %s{quoted} %0{json} %s{msgpack}"], 3, "\t"),
    Run(["--query", "[@, to_string(@)]", "-O", "pretty"]),
]


def memory_kb(process: Process) -> int:
    """Return the most memory a process has had."""
    status = Path(f"/proc/{process._popen.pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak
    return int(peak[1])


@pytest.mark.timeout(120)
def test_no_payload_does_anything_to_a_terminal(zmqcli: Zmqcli, peers: Peers) -> None:
    assert len(HOSTILE) >= 30
    pub = peers.socket(zmq.XPUB, bind="tcp://127.0.0.1:0", options={zmq.SNDHWM: 0, zmq.XPUB_VERBOSE: 1})
    count = str(len(MESSAGES) + 2)
    screens = [Screen() for _ in RUNS]
    processes = [
        zmqcli.start(
            *("sub", "-c", endpoint_of(pub), "-n", count, "-o", "RCVHWM=0", *run.options),
            stdout=screen.terminal,
            environment={"TERM": "xterm-256color"},
        )
        for run, screen in zip(RUNS, screens, strict=True)
    ]
    for _ in processes:
        assert pub.recv() == b"\x01"
    for message in [*MESSAGES, [END]]:
        pub.send_multipart(message)
    for process, screen in zip(processes, screens, strict=True):
        screen.wait_for(b"74 68 65 20 65 6e 64" if "hexdump" in process.argv else END, 60)
        assert memory_kb(process) < MOST_MEMORY_KB, process.argv
    pub.send(b"[]")

    for run, process, screen in zip(RUNS, processes, screens, strict=True):
        result = process.finish().ended(run.code)
        written = screen.finish().decode()
        plain = SGR.sub("", written) if "pretty" in run.options else written
        assert_calm(plain, kept=run.kept)
        assert_calm(result.stderr)
        if "pretty" in run.options and "--query" not in run.options:
            assert ":smile:" in plain
            assert "[bold red]markup[/]" in plain
        if "-q" in run.options:
            assert all(line.startswith("zmqcli: message ") for line in result.stderr.splitlines())


def test_raw_refuses_what_would_act_unless_it_is_told_to(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    for options, code, shown in (([], 2, b""), (["--raw-tty"], 0, b"\x1b[0m")):
        screen = Screen()
        ours = zmqcli.start(
            *("pull", "-c", endpoint_of(push), "-n", "1", "-q", "-O", "raw", *options), stdout=screen.terminal
        )
        push.send(b"\x1b[0m")
        ours.finish().ended(code)
        assert screen.finish() == shown


def test_nor_does_a_routing_id_in_headers_or_errors(zmqcli: Zmqcli, peers: Peers) -> None:
    ids = [*dict.fromkeys(case[:250] for case in HOSTILE if not case.startswith(b"\0"))]
    screens = [Screen() for _ in range(2)]
    looks = (["-O", "pretty"], ["-T", "%i %t %a"])
    routers = [
        zmqcli.start(
            *("router", "-b", "tcp://127.0.0.1:0", "-n", str(len(ids)), "-v", *look),
            stdout=screen.terminal,
            ready=True,
            environment={"TERM": "xterm"},
        )
        for look, screen in zip(looks, screens, strict=True)
    ]
    for router in routers:
        for name in ids:
            peers.socket(zmq.DEALER, connect=router.endpoint, options={zmq.ROUTING_ID: name}).send(b"x")
    for router, screen in zip(routers, screens, strict=True):
        assert_calm(router.finish().ok().stderr)
        assert_calm(SGR.sub("", screen.finish().decode()), kept="\t")

    to = zmqcli("router", "-b", "tcp://127.0.0.1:0", "-w", "0", "-n", "0", "--to", os.fsdecode(b"\x1b[2J\xc2\x9b"), "x")
    assert "no peer has the routing id" in to.ended(5).stderr
    assert_calm(to.stderr)


def test_nor_does_an_error_that_quotes_a_payload(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "1", "-x", "text", "--query", "sum(@)", "-q")
    for case in HOSTILE:
        push.send(case)
    ours.wait_stderr(f"message {len(HOSTILE)}:")
    result = ours.stop().ended(143)

    assert "31mred" in result.stderr
    assert_calm(result.stderr)
