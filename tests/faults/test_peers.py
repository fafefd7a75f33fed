"""Peers that are killed, stopped, started again, slow, many."""

from __future__ import annotations

import hashlib
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults.support import (
    SOAK,
    freeze,
    has_read,
    line_bytes,
    meet,
    number_line,
    numbers,
    scaled,
    settle,
    stdin_held,
    until,
    write_heavy,
    write_lines,
)
from tests.support.links import TRANSPORTS, any_endpoint, known_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.support import Actor
    from tests.support.links import Transport
    from tests.support.processes import Zmqcli

LINES = 30_000
FEW = 500
"""Lines that a pipe holds."""
HEAVY = 200
AT_ONCE_RUNS = scaled(8, 50)
TINY = 10_000
HUGE = scaled(2, 10)
HUGE_BYTES = 100_000_000
PATIENT = "5m"
"""Linger for what takes its time on a busy machine."""

both_transports = pytest.mark.parametrize("transport", TRANSPORTS)
both_sides = pytest.mark.parametrize("binds", ["push", "pull"])


def accepted(stderr: str) -> int:
    """Return how many records the command says it had accepted."""
    found = re.search(r"undelivered.*\((\d+) records? had been accepted\)", stderr)
    assert found, stderr
    return int(found[1])


def accounted(stderr: str) -> int:
    """Return how many records the command says it had accepted, or not sent."""
    not_sent = re.search(r"(\d+) records? not sent", stderr)
    return accepted(stderr) + (int(not_sent[1]) if not_sent else 0)


class TestLeaving:
    @pytest.mark.parametrize("command", ["push", "pub", "dealer", "pair", "req"])
    def test_nobody_listens(self, zmqcli: Zmqcli, late_endpoint: str, command: str) -> None:
        result = zmqcli(command, "-c", late_endpoint, "-t", "1", "lost").ended(124)

        assert "undelivered" in result.stderr
        assert result.stdout == b""

    @both_transports
    @both_sides
    def test_killed_with_data_outstanding(
        self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path, binds: str
    ) -> None:
        file = write_heavy(short_dir / "heavy", HEAVY)
        push = meet(zmqcli, actor, transport, binds, "--linger", "300ms", stdin=file, RCVHWM=1)
        assert actor.take(3).count == 3
        until(push, lambda: has_read(push, file), "reading of stdin")
        actor.send_signal(signal.SIGKILL)

        assert accounted(push.finish().ended(5).stderr) == HEAVY

    @both_transports
    def test_killed_with_data_outstanding_in_a_run(
        self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path
    ) -> None:
        file = write_heavy(short_dir / "heavy", HEAVY)
        endpoint = actor.open("PULL", bind=any_endpoint(transport, short_dir), RCVHWM=1)
        run = zmqcli.start("run", f"push -c {endpoint} --linger 300ms", stdin=file)
        assert actor.take(3).count == 3
        until(run, lambda: has_read(run, file), "reading of stdin")
        actor.send_signal(signal.SIGKILL)

        assert accounted(run.finish().ended(5).stderr) == HEAVY

    @both_sides
    def test_killed_before_all_was_accepted(self, zmqcli: Zmqcli, actor: Actor, short_dir: Path, binds: str) -> None:
        # One read of stdin takes it all, its end included; a small queue and a small socket take a part of it.
        file = write_lines(short_dir / "lines", 2500)
        push = meet(zmqcli, actor, "ipc", binds, "--linger", "300ms", "--hwm", "1", stdin=file, RCVHWM=1)
        assert actor.take(3).count == 3
        until(push, lambda: has_read(push, file), "reading of stdin")
        actor.send_signal(signal.SIGKILL)

        result = push.finish(5).ended(5)
        assert 3 <= accepted(result.stderr) < 2500
        assert "not sent" in result.stderr

    @pytest.mark.parametrize(("command", "peer"), [("push", "PULL"), ("dealer", "DEALER")])
    def test_killed_before_stdin_was_read(
        self, zmqcli: Zmqcli, actor: Actor, short_dir: Path, command: str, peer: str
    ) -> None:
        # Nothing more comes, but what is there is many reads long: its end is looked for once every peer is gone.
        file = write_lines(short_dir / "lines", 20_000)
        endpoint = actor.open(peer, bind=any_endpoint("ipc", short_dir), RCVHWM=1)
        ours = zmqcli.start(command, "-c", endpoint, "--linger", "300ms", "--hwm", "1", stdin=file)
        assert actor.take(3).count == 3
        actor.send_signal(signal.SIGKILL)

        result = ours.finish(10).ended(5)
        assert 3 <= accepted(result.stderr) < 20_000
        assert f"{20_000 - accepted(result.stderr)} records not sent" in result.stderr

    def test_a_long_one_taken_and_gone_at_once(self, zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
        file = write_heavy(short_dir / "heavy", 1)
        for run in range(AT_ONCE_RUNS // 2):
            push = meet(zmqcli, actor, "ipc", "push", stdin=file, name=str(run))
            actor.order("take", name="it", count=1, patience=15_000)
            actor.order("close", name="it", linger=0)
            assert actor.taken().count == 1, f"run {run}"
            actor.answer()
            push.finish().ok()

    @both_transports
    @both_sides
    def test_all_taken_and_gone_at_once(
        self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path, binds: str
    ) -> None:
        file = write_lines(short_dir / "lines", 2000)
        alarms = []
        for run in range(AT_ONCE_RUNS):
            push = meet(zmqcli, actor, transport, binds, stdin=file, name=str(run))
            actor.order("take", name="it", count=2000, patience=15_000)
            actor.order("close", name="it", linger=0)
            assert actor.taken().complete(2000), f"run {run}"
            actor.answer()
            result = push.finish()
            if result.code:
                alarms.append(f"run {run}: {result.code}, {result.stderr}")

        # Over ipc the kernel empties the queue when a peer reads and when it leaves alike: docs/delivery.md.
        assert len(alarms) <= (max(2, AT_ONCE_RUNS // 20) if transport == "ipc" else 0), alarms
        assert all("went away with data outstanding" in alarm for alarm in alarms)

    @both_transports
    def test_idle_and_gone_is_no_trouble(self, zmqcli: Zmqcli, actor: Actor, transport: Transport) -> None:
        push = meet(zmqcli, actor, transport, "pull", "-v", stdin="pipe")
        push.write(line_bytes(FEW))
        assert actor.take(FEW).complete(FEW)
        actor.send_signal(signal.SIGKILL)
        push.wait_stderr("disconnected")
        push.close_stdin()

        push.finish().ok()

    @both_transports
    def test_a_killed_sender_leaves_whole_messages(
        self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path
    ) -> None:
        endpoint = actor.open("PULL", bind=any_endpoint(transport, short_dir))
        first = zmqcli.start("push", "-c", endpoint, stdin=numbers(zmqcli))
        begun = actor.take(LINES)
        first.stop(signal.SIGKILL)
        rest = actor.take(10 * LINES, patience=300)
        zmqcli("push", "-c", endpoint, stdin=line_bytes(FEW)).ok()

        assert begun.complete(LINES)
        assert rest.ordered
        assert rest.count == rest.distinct == (rest.last or 0) + 1 - (rest.first or 0)
        assert rest.bytes == 100 * rest.count
        assert actor.take(FEW).complete(FEW)

    @both_transports
    def test_a_killed_sender_does_not_stop_a_receiver(
        self, zmqcli: Zmqcli, actors: Callable[[], Actor], transport: Transport, short_dir: Path
    ) -> None:
        pull = zmqcli.start("pull", "-b", any_endpoint(transport, short_dir), ready=True)
        killed, second = actors(), actors()
        killed.open("PUSH", connect=pull.endpoint)
        killed.order("send", name="it", count=100_000_000, size=100)
        assert pull.read_line() == number_line(0)
        killed.send_signal(signal.SIGKILL)
        second.open("PUSH", connect=pull.wait_ready()[0])
        second.send(FEW, first=900_000_000)
        second.end()
        lines: list[bytes] = []
        while not lines or lines[-1] != number_line(900_000_000 + FEW - 1):
            lines.append(pull.read_line())

        of_second = [line for line in lines if line.startswith(b"9")]
        of_first = [line for line in lines if not line.startswith(b"9")]
        assert of_second == [number_line(900_000_000 + number) for number in range(FEW)]
        assert of_first == [number_line(1 + number) for number in range(len(of_first))]

    @both_transports
    def test_a_killed_receiver_is_replaced(
        self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path
    ) -> None:
        endpoint = known_endpoint(transport, short_dir)
        first = zmqcli.start("pull", "-b", endpoint, ready=True)
        first.wait_ready()
        actor.open("PUSH", connect=endpoint)
        actor.send(FEW)
        assert first.read_lines(FEW)[-1] == number_line(FEW - 1)
        first.stop(signal.SIGKILL)
        second = zmqcli.start("pull", "-b", endpoint, "-n", "1", ready=True)
        second.wait_ready()
        # What a plain sender sends while it has not noticed goes nowhere; so until one arrives.
        actor.order("flood", name="it", size=100, patience=500)

        line = second.finish().ok().stdout
        assert re.fullmatch(rb"\d{9} x{90}\n", line)


class TestRestarting:
    def test_between_messages_loses_nothing(
        self, zmqcli: Zmqcli, actors: Callable[[], Actor], transport: Transport, short_dir: Path
    ) -> None:
        endpoint = known_endpoint(transport, short_dir)
        push = zmqcli.start("push", "-v", "-c", endpoint, stdin="pipe")
        for life in range(3):
            actor = actors()
            actor.open("PULL", bind=endpoint)
            push.write(line_bytes(FEW, life * FEW))
            taken = actor.take(FEW)
            settle(push, lambda: stdin_held(push), 0.1)  # and it has been seen that all is taken
            actor.end()
            until(push, lambda life=life: push.stderr.count("disconnected:") > life, "the end of the connection")  # type: ignore[misc] # of the lambda
            assert (taken.count, taken.first, taken.last) == (FEW, life * FEW, (life + 1) * FEW - 1)
        push.close_stdin()

        push.finish().ok()

    def test_with_data_outstanding_is_said(
        self, zmqcli: Zmqcli, actors: Callable[[], Actor], transport: Transport, short_dir: Path
    ) -> None:
        endpoint = known_endpoint(transport, short_dir)
        first, second = actors(), actors()
        first.open("PULL", bind=endpoint, RCVHWM=1)
        file = write_heavy(short_dir / "heavy", HEAVY)
        push = zmqcli.start("push", "-c", endpoint, "--linger", PATIENT, stdin=file)
        before = first.take(10)
        until(push, lambda: has_read(push, file), "reading of stdin")
        first.shut()
        first.end()
        second.open("PULL", bind=endpoint)
        after = second.take(HEAVY, patience=1000)

        result = push.finish()
        assert before.count == 10
        assert after.ordered
        assert after.last == HEAVY - 1
        lost = HEAVY - before.count - after.count
        assert lost > 0
        assert result.code == 5, f"{lost} lost, and: {result.stderr}"
        assert accepted(result.stderr) == HEAVY

    def test_a_bound_sender_serves_the_next(self, zmqcli: Zmqcli, actors: Callable[[], Actor], endpoint: str) -> None:
        push = zmqcli.start("push", "-v", "-b", endpoint, stdin="pipe", ready=True)
        for life in range(3):
            actor = actors()
            actor.open("PULL", connect=push.endpoint)
            push.write(line_bytes(FEW, life * FEW))
            taken = actor.take(FEW)
            settle(push, lambda: stdin_held(push), 0.1)  # and it has been seen that all is taken
            actor.end()
            until(push, lambda life=life: push.stderr.count("disconnected:") > life, "the end of the connection")  # type: ignore[misc] # of the lambda
            assert (taken.count, taken.first, taken.last) == (FEW, life * FEW, (life + 1) * FEW - 1)
        push.close_stdin()

        push.finish().ok()


class TestStopped:
    @both_sides
    def test_a_reader_for_a_while(
        self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path, binds: str
    ) -> None:
        file = write_lines(short_dir / "lines", LINES)
        push = meet(zmqcli, actor, transport, binds, stdin=file)
        assert actor.take(100).count == 100
        freeze(actor)
        actor.order("take", name="it", count=LINES - 100, patience=15_000)
        actor.send_signal(signal.SIGCONT)
        rest = actor.taken()

        assert (rest.count, rest.distinct, rest.first, rest.last) == (LINES - 100, LINES - 100, 100, LINES - 1)
        push.finish().ok()

    def test_a_reader_for_good(self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
        file = write_heavy(short_dir / "heavy", HEAVY)
        push = meet(zmqcli, actor, transport, "pull", "--linger", "300ms", stdin=file, RCVHWM=1)
        assert actor.take(1).count == 1
        freeze(actor)

        assert accepted(push.finish().ended(5).stderr) == HEAVY

    def test_a_reader_with_little_on_its_way(self, zmqcli: Zmqcli, actor: Actor, transport: Transport) -> None:
        push = meet(zmqcli, actor, transport, "pull", "--linger", "300ms", stdin="pipe")
        push.write(b"000000000\n")
        assert actor.take(1).count == 1
        freeze(actor)
        push.write(b"000000001\n")
        push.close_stdin()

        # tcp: the peer's kernel has it and says so; ipc: the peer itself has to read it.
        assert push.finish().code == (0 if transport == "tcp" else 5)
        actor.send_signal(signal.SIGCONT)
        assert actor.take(1).last == 1

    def test_a_reader_that_is_killed_then(self, zmqcli: Zmqcli, actor: Actor, transport: Transport) -> None:
        push = meet(zmqcli, actor, transport, "pull", "-v", stdin="pipe")
        push.write(b"000000000\n")
        assert actor.take(1).count == 1
        freeze(actor)
        push.write(b"000000001\n")
        until(push, lambda: stdin_held(push) == 0, "reading of stdin")
        settle(push, lambda: stdin_held(push))  # and libzmq has written it
        actor.send_signal(signal.SIGKILL)
        push.wait_stderr("disconnected")
        push.close_stdin()

        assert accepted(push.finish().ended(5).stderr) == 2

    def test_a_sender_for_a_while(self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
        file = write_lines(short_dir / "lines", 10 * LINES)
        push = meet(zmqcli, actor, transport, "pull", stdin=file)
        assert actor.take(1).count == 1
        freeze(push)
        before = actor.take(10 * LINES, patience=300)
        push.send_signal(signal.SIGCONT)
        after = actor.take(10 * LINES - 1 - before.count)

        assert before.count < 10 * LINES - 1, "it was too fast to be stopped"
        assert after.first == before.count + 1
        assert (after.last, after.count) == (10 * LINES - 1, 10 * LINES - 1 - before.count)
        push.finish().ok()

    def test_our_reader_for_a_while(self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
        pull = zmqcli.start("pull", "-b", any_endpoint(transport, short_dir), "-n", str(LINES), ready=True)
        actor.open("PUSH", connect=pull.endpoint)
        freeze(pull)
        actor.order("send", name="it", count=LINES, size=100)
        pull.send_signal(signal.SIGCONT)

        assert pull.finish().ok().stdout == line_bytes(LINES)


class TestSlowAndMany:
    def test_a_slow_reader(self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
        file = write_heavy(short_dir / "heavy", HEAVY)
        push = meet(zmqcli, actor, transport, "pull", "--linger", PATIENT, stdin=file, RCVHWM=1)
        taken = [actor.take(5) for _ in range(HEAVY // 5)]

        assert [take.first for take in taken] == list(range(0, HEAVY, 5))
        assert sum(take.count for take in taken) == HEAVY
        push.finish().ok()

    def test_ten_senders_and_one_receiver(self, zmqcli: Zmqcli, transport: Transport, short_dir: Path) -> None:
        pull = zmqcli.start("pull", "-b", any_endpoint(transport, short_dir), "-n", "20000", ready=True)
        files = [write_lines(short_dir / f"lines{n}", 2000, first=n * 2000) for n in range(10)]
        senders = [
            zmqcli.start("push", "-c", pull.endpoint if n == 0 else pull.wait_ready()[0], stdin=file)
            for n, file in enumerate(files)
        ]
        lines = pull.finish().ok().lines

        assert sorted(lines) == [number_line(number) for number in range(20_000)]
        for n in range(10):  # and each one's own in order
            own = [line for line in lines if n * 2000 <= int(line[:9]) < (n + 1) * 2000]
            assert own == sorted(own)
        for sender in senders:
            sender.finish().ok()

    def test_ten_senders_and_one_plain_receiver(
        self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path
    ) -> None:
        endpoint = actor.open("PULL", bind=any_endpoint(transport, short_dir))
        files = [write_lines(short_dir / f"lines{n}", 2000, first=n * 2000) for n in range(10)]
        senders = [zmqcli.start("push", "-c", endpoint, stdin=file) for file in files]
        taken = actor.take(20_000)

        assert (taken.count, taken.distinct) == (20_000, 20_000)
        for sender in senders:
            sender.finish().ok()

    @both_sides
    def test_tiny_messages(
        self, zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path, binds: str
    ) -> None:
        file = short_dir / "tiny"
        file.write_bytes(b"".join(b"%d\n" % number for number in range(TINY)))
        push = meet(zmqcli, actor, transport, binds, stdin=file)

        assert actor.take(TINY).complete(TINY)
        push.finish().ok()

    def test_huge_messages(self, zmqcli: Zmqcli, transport: Transport, short_dir: Path) -> None:
        files = [short_dir / f"huge{number}" for number in range(HUGE)]
        for number, file in enumerate(files):
            file.write_bytes(number.to_bytes(4, "big") * (HUGE_BYTES // 4))
        arguments = [word for file in files for word in ("-f", file)]
        with (short_dir / "received").open("wb") as received:
            pull = zmqcli.start(
                "pull", "-b", any_endpoint(transport, short_dir), "-n", str(HUGE), "-O", "raw",
                ready=True, stdout=received.fileno(),
            )  # fmt: skip
            push = zmqcli.start("push", "-c", pull.endpoint, "--linger", PATIENT, *arguments)
            pull.finish(300 if SOAK else 40).ok()
        push.finish().ok()

        assert (short_dir / "received").stat().st_size == HUGE * HUGE_BYTES
        with (short_dir / "received").open("rb") as received:
            for file in files:
                assert hashlib.sha256(received.read(HUGE_BYTES)).digest() == hashlib.sha256(file.read_bytes()).digest()


class TestSeveralEndpoints:
    def test_all_goes_to_the_living(self, zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
        alive = actor.open("PULL", bind="tcp://127.0.0.1:0")
        dead = [known_endpoint("tcp", short_dir), f"ipc://{short_dir}/nobody"]
        file = write_lines(short_dir / "lines", LINES)
        arguments = [word for endpoint in (dead[0], alive, dead[1]) for word in ("-c", endpoint)]
        push = zmqcli.start("push", *arguments, stdin=file)

        assert actor.take(LINES).complete(LINES)
        push.finish().ok()

    def test_one_that_dies_idle_takes_nothing_along(
        self, zmqcli: Zmqcli, actors: Callable[[], Actor], transport: Transport, short_dir: Path
    ) -> None:
        dying, living = actors(), actors()
        endpoints = [
            actor.open("PULL", bind=any_endpoint(transport, short_dir).replace("/socket", f"/{name}"))
            for name, actor in (("dying", dying), ("living", living))
        ]
        push = zmqcli.start("push", "-v", "-w", "2", "-c", endpoints[0], "-c", endpoints[1], stdin="pipe")
        push.write(line_bytes(FEW))
        before = dying.take(FEW // 2), living.take(FEW // 2)
        dying.send_signal(signal.SIGKILL)
        push.wait_stderr("disconnected")
        push.write(line_bytes(FEW, first=FEW))
        after = living.take(FEW)
        push.close_stdin()

        assert [taken.count for taken in before] == [FEW // 2, FEW // 2]
        assert (after.count, after.first, after.last) == (FEW, FEW, 2 * FEW - 1)
        push.finish().ok()

    def test_what_dies_with_a_peers_buffer_is_said(
        self, zmqcli: Zmqcli, actors: Callable[[], Actor], transport: Transport, short_dir: Path
    ) -> None:
        dying, living = actors(), actors()
        endpoints = [
            actor.open("PULL", bind=any_endpoint(transport, short_dir).replace("/socket", f"/{name}"), RCVHWM=1)
            for name, actor in (("dying", dying), ("living", living))
        ]
        file = write_heavy(short_dir / "heavy", HEAVY)
        push = zmqcli.start("push", "-w", "2", "-c", endpoints[0], "-c", endpoints[1], stdin=file)
        before = dying.take(3)
        until(push, lambda: has_read(push, file), "reading of stdin")
        dying.send_signal(signal.SIGKILL)
        after = living.take(HEAVY, patience=1000)

        result = push.finish().ended(5)
        assert before.count + after.count < HEAVY
        assert accepted(result.stderr) == HEAVY
        assert endpoints[0].rpartition("/")[2] in result.stderr
