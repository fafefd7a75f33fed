"""What `pipe` and `proxy` make of it when the sender has left, the taker is slow, and the end comes."""

from __future__ import annotations

import re
import signal
import time
from typing import TYPE_CHECKING

from tests.soak.raw import Listener, RawPeer, dial
from tests.soak.wire import frame

if TYPE_CHECKING:
    from tests.soak.judge import Outcome
    from tests.soak.world import Command, World

__all__ = ["pipe_and_a_living_sender", "pipe_without_its_sender", "streamer"]

LOG = "taken"
EVALUATED = f'open("{LOG}", "ab").write(frames[-1][:9] + b"\\n") and frames'
"""Passes a message on, and writes down that it was taken."""
EXECUTED = ["--exec", f"tee -a {LOG}", "-I", "raw"]
ENDS = ("duration", "SIGTERM", "SIGINT")


def pipe_without_its_sender(world: World) -> Outcome:
    """Let the sender leave and the taker be slow, until `--duration` or a signal ends the pipe."""
    return _pipe(world, ["-e", EVALUATED], living=False)


def pipe_and_a_living_sender(world: World) -> Outcome:
    """Let the sender stay; each message is passed on by a command of its own, or by an expression."""
    if world.pick("by", ["exec", "eval"]) == "eval":
        return _pipe(world, ["-e", EVALUATED], living=True)
    return _pipe(world, [*EXECUTED, "-P", world.pick("processes", ["1", "4"])], living=True)


def _pipe(world: World, how: list[str], *, living: bool) -> Outcome:
    log = world.directory / LOG
    log.touch()
    end = world.pick("end", ENDS)
    limit = ["--duration", f"{world.rng.uniform(0.6, 1.5):.2f}s"] if end == "duration" else []
    command, taker = _start(world, "pipe", *how, *limit)
    code = _feed_and_end(world, command, taker, end, living=living)
    taken = [int(number) for number in re.findall(rb"\d{9}", log.read_bytes())]
    return world.outcome(code, sent=taken, offered=world.shape.load.numbers, fine=(143, 130))


def streamer(world: World) -> Outcome:
    """Let `proxy streamer` take all while the taker is slow, until a signal comes."""
    how = world.pick("how", ["plain", "tap", "latency"])
    options = {"plain": [], "tap": ["--tap", "-O", "none"], "latency": ["--latency", "1ms"]}[how]
    command, taker = _start(world, "proxy", *options)
    end = world.pick("end", ENDS[1:])
    code = _feed_and_end(world, command, taker, end, living=world.chance(0.5))
    return world.outcome(code, fine=(143, 130))


def _start(world: World, name: str, *options: str) -> tuple[Command, RawPeer]:
    """Start the relay, its frontend bound; return it and its taker, which has joined."""
    linger = world.pick("linger", ["300ms", "600ms", "3s"])
    kind = ["streamer"] if name == "proxy" else []
    argv = [name, *kind, "--frontend", world.endpoint("front"), "--linger", linger, *options]
    if world.shape.binds:
        command = world.under_test(*argv, "--backend", world.endpoint("back"))
        taker = RawPeer(dial(command.endpoints[1]))
    else:
        listener = Listener(world.endpoint("back"))
        world.listeners.append(listener)
        command = world.under_test(*argv, "--backend-connect", listener.endpoint)
        taker = RawPeer(listener.accept())
    world.peers.append(taker)
    return command, taker.join("PULL")


def _feed_and_end(world: World, command: Command, taker: RawPeer, end: str, *, living: bool) -> int | None:
    """Send it everything, end it, and let the taker take what comes; return the exit code."""
    load = world.shape.load
    sender = RawPeer(dial(command.endpoint)).join("PUSH")
    world.closing(sender.die)
    stream = b"".join(frame(load.body(number)) for number in range(load.count))
    taker_reads = world.moment(world.shape.total // 2)

    def feed() -> None:
        sender.send(stream)
        if not living:
            sender.die()

    world.beside(feed)
    taker.read(taker_reads, 0.5)
    if end != "duration":
        if world.chance(0.7) or command.argv[0] == "proxy":
            command.settle(0.15, 2.0)
        command.signal(signal.Signals[end])
    pauses = world.rng.choice([0, 10, 30])

    def take() -> None:
        # With pauses it needs longer than most lingers.
        for number in range(1, pauses + 1):
            time.sleep(0.05)
            taker.read(taker_reads + (world.shape.total - taker_reads) * number // (pauses + 1), 0.02)
        taker.read()

    world.beside(take)
    code = world.end()
    sender.die()
    return code
