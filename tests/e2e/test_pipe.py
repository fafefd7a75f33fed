"""`zmqcli pipe` between plain pyzmq sockets: in order, and nothing is lost."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import zmq

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

ODD = [b"two frames", b"\0\xff\n"]


class Pipe(NamedTuple):
    """A pipe at work, with a PUSH before it and a PULL behind it."""

    process: Process
    push: zmq.Socket[bytes]
    pull: zmq.Socket[bytes]

    def through(self, *messages: Sequence[bytes]) -> None:
        """Send messages in."""
        for message in messages:
            self.push.send_multipart(message)

    def out(self, count: int) -> list[list[bytes]]:
        """Return the next messages that come out."""
        return [self.pull.recv_multipart() for _ in range(count)]


def start(zmqcli: Zmqcli, peers: Peers, *options: str, takes: bool = True) -> Pipe:
    process = zmqcli.start("pipe", "--frontend", "tcp://127.0.0.1:0", "--backend", "./backend", *options, ready=True)
    frontend, backend = process.wait_ready()[:2]
    pull = peers.socket(zmq.PULL)
    if takes:
        pull.connect(f"ipc://{zmqcli.directory}/{backend.removeprefix('ipc://')}")
    return Pipe(process, peers.socket(zmq.PUSH, connect=frontend), pull)


def fill(push: zmq.Socket[bytes], body: bytes) -> int:
    """Send numbered messages until nothing more is taken; return how many went."""
    for count in range(100_000):
        try:
            push.send(b"%06d" % count + body)
        except zmq.Again:
            return count
    pytest.fail("it took everything")


def workers(process: Process) -> list[int]:
    """Return the worker processes of a pipe, from /proc."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:  # it has ended
            continue
        if lines["PPid"] == str(process.pid):
            found.append(int(lines["Pid"]))
    return found


@pytest.mark.parametrize("parallel", [(), ("-P", "2")], ids=["here", "workers"])
def test_an_expression_makes_the_messages(zmqcli: Zmqcli, peers: Peers, parallel: tuple[str, ...]) -> None:
    expression = "None if body == b'drop' else [*frames, str(seq)] if len(frames) > 1 else value * 2"
    pipe = start(zmqcli, peers, *parallel, "-n", "5", "-e", expression)
    pipe.through([b"21"], ODD, [b"drop"], [b"{}"], ["é".encode()])

    assert pipe.out(3) == [[b"42"], [*ODD, b"2"], ["éé".encode()]]
    result = pipe.process.finish().ended(3)
    assert "message 4: -e raised TypeError" in result.stderr
    assert "5 messages, 2 dropped, 1 failed" in result.stderr


@pytest.mark.parametrize("parallel", [(), ("-P", "3")], ids=["one", "three"])
def test_a_command_makes_the_messages(zmqcli: Zmqcli, peers: Peers, parallel: tuple[str, ...]) -> None:
    pipe = start(
        zmqcli, peers, *parallel, "-n", "4", "--exec", "sh -c 'sleep 0.0$((6 - ZMQCLI_SEQ)); rev; [ $ZMQCLI_SEQ != 3 ]'"
    )
    pipe.through([b"abc"], ODD[:1], [b"fails"], [b"topic", b"12"])

    assert pipe.out(3) == [[b"cba"], [b"semarf owt"], [b"21"]]
    assert "message 3: sh failed (exit code 1)" in pipe.process.finish().ended(1).stderr


def test_a_thousand_messages_keep_their_order(zmqcli: Zmqcli, peers: Peers) -> None:
    pipe = start(zmqcli, peers, "-P", "2", "-n", "1000", "-e", "[topic, hashlib.md5(body).hexdigest()[:0], body * 2]")
    pipe.through(*([b"%d" % number, b"\xff%d" % number] for number in range(1000)))

    assert pipe.out(1000) == [[b"%d" % number, b"", b"\xff%d" % number * 2] for number in range(1000)]
    pipe.process.finish().ok()


def test_a_worker_that_is_killed_loses_nothing(zmqcli: Zmqcli, peers: Peers) -> None:
    pipe = start(zmqcli, peers, "-P", "2", "-n", "200", "-e", "(time.sleep(0.005), body)[1]")
    pipe.through(*([b"%d" % number] for number in range(200)))
    assert pipe.out(1) == [[b"0"]]
    os.kill(workers(pipe.process)[0], signal.SIGKILL)

    assert pipe.out(199) == [[b"%d" % number] for number in range(1, 200)]
    assert "a worker process ended (killed by SIGKILL); " in pipe.process.finish().ended(1).stderr


def test_a_message_that_kills_workers_is_given_up(zmqcli: Zmqcli, peers: Peers) -> None:
    pipe = start(zmqcli, peers, "-P", "2", "-n", "4", "-e", "os._exit(7) if body == b'bad' else body")
    pipe.through([b"1"], [b"bad"], [b"2"], [b"3"])

    assert pipe.out(3) == [[b"1"], [b"2"], [b"3"]]
    assert "message 2 is dropped (2 workers ended over it: exit code 7)" in pipe.process.finish().ended(1).stderr


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (b"\x01", "it answered what was not asked"),
        (b"\x92\xc0\xc0" * 9, "it answered what was not asked"),
        (b"\xc1", "not msgpack"),
    ],
    ids=["another value", "more than was asked", "no value"],
)
def test_a_worker_whose_answers_make_no_sense_is_replaced(
    zmqcli: Zmqcli, peers: Peers, written: bytes, why: str
) -> None:
    # 4 is the descriptor of a worker's answers (worker.py): any expression can find it.
    expression = f"os.write(4, {written!r}) and os._exit(0) if body == b'bad' else body"
    pipe = start(zmqcli, peers, "-P", "1", "-n", "2", "-e", expression)
    pipe.through([b"bad"], [b"good"])

    assert pipe.out(1) == [[b"good"]]
    stderr = pipe.process.finish().ended(1).stderr
    assert f"message 1 is dropped (2 workers ended over it: {why}" in stderr


def test_workers_that_only_end_are_given_up(zmqcli: Zmqcli, peers: Peers) -> None:
    pipe = start(zmqcli, peers, "-P", "1", "-e", "os._exit(7)")
    pipe.through(*[[b"x"]] * 10)

    assert "worker processes end one after the other (exit code 7)" in pipe.process.finish().ended(1).stderr


@pytest.mark.parametrize(
    "options",
    [("-e", "print('aside') or body"), ("-P", "1", "-e", "print('aside') or sys.stdin.read() or body")],
    ids=["here", "workers"],
)
def test_what_an_expression_prints_is_no_message(zmqcli: Zmqcli, peers: Peers, options: tuple[str, ...]) -> None:
    pipe = start(zmqcli, peers, "-n", "1", *options)
    pipe.through([b"x"])

    assert pipe.out(1) == [[b"x"]]
    result = pipe.process.finish().ok()
    assert (result.stdout, "aside" in result.stderr) == (b"", True)


@pytest.mark.parametrize(
    "options",
    [
        ("-e", "body"),
        ("-e", "(time.sleep(0.002), body)[1]", "-P", "2"),
        ("--exec", "sh -c 'sleep 0.02; cat'", "-P", "4"),
    ],
    ids=["here", "workers", "commands"],
)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_out_what_has_arrived(
    zmqcli: Zmqcli, peers: Peers, options: tuple[str, ...], number: signal.Signals, code: int
) -> None:
    pipe = start(zmqcli, peers, *options)
    pipe.through(*([b"%d" % number] for number in range(40)))
    assert pipe.out(1) == [[b"0"]]
    pipe.process.send_signal(number)

    assert pipe.out(39) == [[b"%d" % number] for number in range(1, 40)]
    pipe.process.finish().ended(code)
    assert not workers(pipe.process)


@pytest.mark.parametrize("options", [("-e", "time.sleep(60)", "-P", "1"), ("--exec", "sleep 60")])
def test_what_is_not_done_when_linger_ends_is_said(zmqcli: Zmqcli, peers: Peers, options: tuple[str, ...]) -> None:
    pipe = start(zmqcli, peers, *options, "--linger", "0.2", "-t", "0.3")
    pipe.through([b"x"])

    result = pipe.process.finish().ended(124)
    assert "undelivered: frontend>backend: 1 message not sent on" in result.stderr
    assert not workers(pipe.process)


def test_a_signal_ends_an_expression_that_does_not_end(zmqcli: Zmqcli, peers: Peers) -> None:
    pipe = start(zmqcli, peers, "-e", "[print('begun'), any(0 for _ in iter(int, 1))]")
    pipe.through([b"x"])
    pipe.process.wait_stderr("begun")

    result = pipe.process.stop(signal.SIGTERM).ended(143)
    assert "undelivered: frontend>backend: 1 message not sent on" in result.stderr
    assert "the message at hand was given up" in result.stderr


@pytest.mark.parametrize("options", [("-e", "(time.sleep(0.4), body)[1]"), ("--exec", "sh -c 'sleep 0.4; cat'")])
def test_what_was_not_even_read_when_linger_ends_is_said(
    zmqcli: Zmqcli, peers: Peers, options: tuple[str, ...]
) -> None:
    pipe = start(zmqcli, peers, *options, "--linger", "0", "--duration", "0.3")
    pipe.through(*[[bytes(10_000_000)]] * 20)

    assert "messages have arrived that nobody took" in pipe.process.finish().ended(5).stderr


def test_nothing_is_read_while_nobody_takes(zmqcli: Zmqcli, peers: Peers) -> None:
    pipe = start(zmqcli, peers, "--hwm", "10", "-P", "2", "-e", "body", takes=False)
    pipe.push.sndhwm, pipe.push.sndtimeo = 10, 300
    body = bytes(100_000)
    sent = fill(pipe.push, body)
    pipe.pull.connect(f"ipc://{zmqcli.directory}/backend")

    assert [pipe.pull.recv()[:6] for _ in range(sent)] == [b"%06d" % number for number in range(sent)]
    pipe.process.stop().ended(143)


@pytest.mark.parametrize("end", ["tcp://127.0.0.1:0", "ipc://{}/backend"])
def test_a_taker_that_leaves_with_work_outstanding_is_said(zmqcli: Zmqcli, peers: Peers, end: str) -> None:
    ends = ["--frontend", "tcp://127.0.0.1:0", "--backend", end.format(zmqcli.directory)]
    process = zmqcli.start("pipe", *ends, "--hwm", "1", "-e", "body", ready=True)
    frontend, backend = process.wait_ready()[:2]
    taker = peers.socket(zmq.PULL, connect=backend, options={zmq.RCVHWM: 1})
    push = peers.socket(zmq.PUSH, connect=frontend, options={zmq.SNDHWM: 1, zmq.SNDTIMEO: 200})
    fill(push, bytes(1_000_000))

    taker.close()
    process.wait_stderr(f"undelivered: backend: {backend} went away with data outstanding")
    process.send_signal(signal.SIGKILL)


def test_what_is_kept_for_a_taker_that_never_came_is_said(zmqcli: Zmqcli, peers: Peers) -> None:
    ends = ["--frontend", "tcp://127.0.0.1:0", "--backend-connect", "./nobody"]
    process = zmqcli.start("pipe", *ends, "-e", "print('begun') or body", ready=True)
    peers.socket(zmq.PUSH, connect=process.wait_ready()[0]).send(b"x")
    process.wait_stderr("begun")

    assert "undelivered: backend: no peer" in process.stop(signal.SIGINT).ended(130).stderr


def test_it_sleeps_while_results_wait_for_a_slow_end(zmqcli: Zmqcli, peers: Peers) -> None:
    pipe = start(zmqcli, peers, "--hwm", "1", "-P", "1", "-e", "body")
    pipe.pull.rcvhwm = 1
    pipe.push.sndtimeo = 300
    fill(pipe.push, bytes(100_000))
    before = cpu_ticks(pipe.process)
    pipe.pull.poll(0)
    time.sleep(0.3)  # what it does in this time is what is measured

    assert cpu_ticks(pipe.process) - before <= 10
    pipe.process.send_signal(signal.SIGKILL)


def cpu_ticks(process: Process) -> int:
    """Return the hundredths of a second of the processor that a process has had: proc(5)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_counts_and_times_end_it(zmqcli: Zmqcli) -> None:
    ends = ["--frontend", "./a", "--backend", "./b", "-e", "body"]

    zmqcli("pipe", *ends, "-n", "0").ok()
    assert "nothing happened for 100ms" in zmqcli("pipe", *ends, "-t", "0.1").ended(124).stderr
    zmqcli("pipe", *ends, "--duration", "0.1").ok()
    assert "received 0 of 1" in zmqcli("pipe", *ends, "-n", "1", "--duration", "0.1").ended(124).stderr


def test_stop_ends_at_the_first_failure(zmqcli: Zmqcli, peers: Peers) -> None:
    pipe = start(zmqcli, peers, "--on-error", "stop", "--exec", "sh -c 'cat; [ $ZMQCLI_SEQ != 2 ]'")
    pipe.through([b"1"], [b"2"])

    assert pipe.out(1) == [[b"1"]]
    pipe.process.finish().ended(1)


def test_from_subscriptions_to_publications(zmqcli: Zmqcli, peers: Peers) -> None:
    process = zmqcli.start(
        "pipe",
        *("--types", "SUB/PUB", "--frontend", "tcp://127.0.0.1:0", "--backend", "tcp://127.0.0.1:0"),
        *("-x", "text,json", "-n", "1", "-e", "[topic + '/f', value * 2 if topic == 't' else None]"),
        ready=True,
    )
    frontend, backend = process.wait_ready()[:2]
    sub = peers.socket(zmq.SUB, connect=backend, options={zmq.SUBSCRIBE: b"t/"})
    xpub = peers.socket(zmq.XPUB, connect=frontend)
    assert xpub.recv() == b"\x01"
    sub.poll(300)  # its subscription has no sign that a PUB gives
    xpub.send_multipart([b"t", b"1.5"])

    assert sub.recv_multipart() == [b"t/f", b"3.0"]
    process.finish().ok()


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-e", "body", "--exec", "cat"),
        ("-e", "a b"),
        ("--exec", ""),
        ("-e", "body", "-I", "raw"),
        ("-e", "body", "-P", "0"),
        ("--exec", "cat", "-P", "1001"),
        ("-e", "body", "--types", "ROUTER/DEALER"),
        ("-e", "body", "--on-error", "stop"),
        ("-e", "body", "-x", "nosuch"),
    ],
)
def test_what_means_nothing_is_refused(in_process: InProcess, options: tuple[str, ...]) -> None:
    in_process("pipe", "--frontend", "./a", "--backend", "./b", *options).error(2)
