"""A payload or a pattern that keeps a command at work for ever: signals, `-t` and `--duration` end it all the same."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgpack  # type: ignore[import-untyped] # the package ships no types
import pytest
import zmq

from tests.faults.support import SOAK, cpu_seconds, until
from tests.support.peers import endpoint_of
from zmqcli.engine.overtime import CUT_SHORT

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

MOST_SECONDS = 6.0
"""From what ends a command to its end: a second, and what a busy machine adds to that."""
WORK_SECONDS = 0.4
"""Of processor time since its start: whoever has used so much is at work on the message."""


class Evil(NamedTuple):
    """A message that takes minutes or years, and how it is looked at."""

    options: tuple[str, ...]
    message: list[bytes]


BACKTRACKS = b"a" * 40 + b"b"
NILS = msgpack.packb([None] * 1_000_000)
CASES = {
    "grep": Evil(("--grep", "(a+)+$"), [BACKTRACKS]),
    "grep, long": Evil(("--grep", "[ab]*c"), [b"a" * 3_000_000]),
    "expect": Evil(("--expect", "(a+)+$"), [BACKTRACKS]),
    "expect, long": Evil(("--expect", "[ab]*c", "-O", "none"), [b"a" * 3_000_000]),
    "expression": Evil(("-e", "[0 for _ in iter(int, 1)]"), [b"x"]),
    "expression, a pattern": Evil(("-e", "__import__('re').search('(a+)+$', topic)"), [BACKTRACKS]),
    "expression, a million values": Evil(("-e", "value"), [NILS]),
    "pickle": Evil(("-x", "pickle"), [b"\x80\x04](" + b"N" * 5_000_000 + b"e."]),
    "cbor": Evil(("-x", "cbor"), [b"\x9a" + (10_000_000).to_bytes(4, "big") + b"\xf6" * 10_000_000]),
    "frames": Evil(("-O", "pretty", "--full"), [b"x"] * 300_000),
    "jsonl": Evil(("-O", "jsonl", "-x", "auto"), [b"\xc1"] * 300_000),
    "hexdump": Evil(("-O", "hexdump"), [bytes(100_000_000)]),
}
ONE_OF_A_KIND = ("grep", "expect, long", "expression", "expression, a pattern", "cbor", "frames")
"""A pattern that backtracks and one that is long, Python and C called by it, a codec, a format."""


def busy(process: Process) -> bool:
    """Whether a process, or one that it has started, is at work."""
    children = Path(f"/proc/{process._popen.pid}/task/{process._popen.pid}/children").read_text()
    return bool(children) or cpu_seconds(process) > WORK_SECONDS


def start(zmqcli: Zmqcli, peers: Peers, evil: Evil, *options: str) -> Process:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0", options={zmq.LINGER: 0})
    process = zmqcli.start("pull", "-c", endpoint_of(push), *evil.options, *options)
    push.send_multipart(evil.message)
    return process


@pytest.mark.parametrize("name", CASES if SOAK else ONE_OF_A_KIND)
def test_a_signal_ends_it(zmqcli: Zmqcli, peers: Peers, name: str) -> None:
    process = start(zmqcli, peers, CASES[name])
    until(process, lambda: busy(process), "work")
    at = time.monotonic()
    result = process.stop(signal.SIGTERM).ended(143)
    assert time.monotonic() - at < MOST_SECONDS
    assert CUT_SHORT in result.stderr


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("grep", ("-t", "1"), 124),
        ("expression", ("--duration", "1"), 0),
        ("expect, long", ("--duration", "1", "-n", "5"), 124),
    ],
)
def test_so_does_the_clock(zmqcli: Zmqcli, peers: Peers, name: str, options: tuple[str, ...], code: int) -> None:
    at = time.monotonic()
    result = start(zmqcli, peers, CASES[name], *options).finish().ended(code)
    assert time.monotonic() - at < MOST_SECONDS
    assert CUT_SHORT in result.stderr


def test_what_came_before_is_shown(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0", options={zmq.LINGER: 0})
    process = zmqcli.start("pull", "-c", endpoint_of(push), "--grep", "(a+)+$|first", "-n", "3")
    push.send(b"first")
    assert process.read_line() == b"first"
    push.send(BACKTRACKS)
    until(process, lambda: busy(process), "work")
    result = process.stop(signal.SIGINT).ended(130)
    assert "received 1 of 3" in result.stderr


@pytest.mark.parametrize("options", [("--grep", "(a+)+$"), ("-e", "[0 for _ in iter(int, 1)]")])
def test_a_request_is_answered_though_it_is_not_shown(zmqcli: Zmqcli, peers: Peers, options: tuple[str, ...]) -> None:
    rep = zmqcli.start("rep", "-b", "tcp://127.0.0.1:0", "--echo", *options, ready=True)
    req = peers.socket(zmq.REQ, connect=rep.endpoint)
    req.send(BACKTRACKS)
    until(rep, lambda: busy(rep), "work")
    rep.stop(signal.SIGTERM).ended(143)
    assert req.recv() == b""


def test_what_leaves_is_bounded_too(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    push = zmqcli.start("push", "-c", endpoint_of(pull), "-E", "[0 for _ in iter(int, 1)]", "hello")
    until(push, lambda: busy(push), "work")
    at = time.monotonic()
    push.stop(signal.SIGTERM).ended(143)
    assert time.monotonic() - at < MOST_SECONDS


@pytest.mark.parametrize(
    ("options", "code"),
    [((), 143), (("-t", "1"), 124), (("--duration", "1"), 5)],
)
def test_a_pipe_says_what_it_had_in_hand(zmqcli: Zmqcli, peers: Peers, options: tuple[str, ...], code: int) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    pipe = zmqcli.start(
        *("pipe", "--frontend", "tcp://127.0.0.1:0", "--backend-connect", endpoint_of(pull)),
        *("-e", "[print('begun'), any(0 for _ in iter(int, 1))]", *options),
        ready=True,
    )
    push = peers.socket(zmq.PUSH, connect=pipe.endpoint)
    push.send(b"x")
    pipe.wait_stderr("begun")
    at = time.monotonic()
    result = (pipe.finish() if options else pipe.stop(signal.SIGTERM)).ended(code)
    assert time.monotonic() - at < MOST_SECONDS
    assert "undelivered: frontend>backend: 1 message not sent on" in result.stderr


def test_the_tap_of_a_proxy_is_bounded(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    proxy = zmqcli.start(
        *("proxy", "streamer", "--frontend", "tcp://127.0.0.1:0", "--backend-connect", endpoint_of(pull)),
        *("--tap", "-O", "pretty", "--full"),
        ready=True,
    )
    push = peers.socket(zmq.PUSH, connect=proxy.endpoint)
    push.send_multipart([b"x"] * 200_000)
    until(proxy, lambda: cpu_seconds(proxy) > WORK_SECONDS, "work")
    at = time.monotonic()
    proxy.stop(signal.SIGTERM).ended(143)
    assert time.monotonic() - at < MOST_SECONDS


def test_a_step_of_run_is_ended_by_its_clock(zmqcli: Zmqcli, short_dir: Path) -> None:
    evil = short_dir / "evil"
    evil.write_bytes(BACKTRACKS)
    at = time.monotonic()
    result = zmqcli("run", f"push -b inproc://it -f {evil}", "pull -c inproc://it --grep (a+)+$ -t 1", "--timeout", "8")
    assert time.monotonic() - at < 2 * MOST_SECONDS
    assert result.code == 124, result
