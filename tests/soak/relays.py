"""What `pipe` and `proxy` make of it when the sender has left, the taker is slow, and the end comes."""

from __future__ import annotations

import re
import signal
import time
from typing import TYPE_CHECKING

from tests.support.raw_peer import Listener, RawPeer, dial
from tests.support.wire import frame

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
    return _pipe(world, _transform(world, ["eval", "eval", "exec"]), living=False)


def pipe_and_a_living_sender(world: World) -> Outcome:
    """Let the sender stay, until the same ends it."""
    return _pipe(world, _transform(world, ["eval", "exec"]), living=True)


def _transform(world: World, choices: list[str]) -> list[str]:
    if world.pick("by", choices) == "eval":
        return ["-e", EVALUATED]
    return [*EXECUTED, "-P", world.pick("processes", ["1", "4"])]


def _pipe(world: World, how: list[str], *, living: bool) -> Outcome:
    log = world.directory / LOG
    log.touch()
    end = world.pick("end", ENDS)
    duration = round(world.rng.uniform(0.6, 1.5), 2)
    command, taker = _start(world, "pipe", *how, *(["--duration", str(duration)] if end == "duration" else []))
    feed = _Feed(world, command, living=living)
    code = _end(world, command, taker, end, feed)
    if end == "duration" and feed.left is not None and feed.left < command.started + duration:
        feed.had = world.shape.load.count
    taken = {int(number) for number in re.findall(rb"\d{9}", log.read_bytes())}
    sent = taken.union(range(feed.had))
    return world.outcome(code, sent=sent, offered=world.shape.load.numbers, fine=(143, 130))


def streamer(world: World) -> Outcome:
    """Let `proxy streamer` take all while the taker is slow, until a signal comes."""
    how = world.pick("how", ["plain", "tap", "latency"])
    options = {"plain": [], "tap": ["--tap", "-O", "none"], "latency": ["--latency", "1ms"]}[how]
    command, taker = _start(world, "proxy", *options)
    end = world.pick("end", ENDS[1:])
    feed = _Feed(world, command, living=world.chance(0.5))
    code = _end(world, command, taker, end, feed)
    return world.outcome(code, sent=range(feed.had), offered=world.shape.load.numbers, fine=(143, 130))


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


class _Feed:
    """A sender that sends all to the frontend, beside everything else, and leaves then, or stays."""

    def __init__(self, world: World, command: Command, *, living: bool) -> None:
        load = world.shape.load
        self._ipc = world.shape.transport == "ipc"
        self._living = living
        self._stream = b"".join(frame(load.body(number)) for number in range(load.count))
        self._step = len(self._stream) // load.count
        self._went = 0
        self._sender = RawPeer(dial(command.endpoint)).join("PUSH")
        self.left: float | None = None
        """When it left, with nothing outstanding."""
        self.had = 0
        """How many messages the relay's kernel had, or over ipc its libzmq, when its end was asked for."""
        world.closing(self._sender.die)
        world.beside(self._run)

    def _run(self) -> None:
        end = time.monotonic() + 20
        while self._went < len(self._stream) and time.monotonic() < end:
            went = self._sender.send_some(self._stream[self._went : self._went + 65_536], 0.5)
            self._went += went
            if self._sender.closed:
                return
        if not self._living and self._sender.flush(5.0):
            self._sender.close()
            self.left = time.monotonic()

    def look(self) -> None:
        """Remember how much has been taken from it by now."""
        if self.left is not None:
            self.had = self._went // self._step
            return
        went, outstanding = self._went, self._sender.outstanding
        if not self._ipc or not outstanding:  # the kernel counts more than bytes there
            self.had = max(0, went - outstanding) // self._step

    def close(self) -> None:
        """End it."""
        self._sender.die()


def _end(world: World, command: Command, taker: RawPeer, end: str, feed: _Feed) -> int | None:
    """Let the taker take some, end the relay, and let the taker take what comes; return the exit code."""
    taker_reads = world.moment(world.shape.total // 2)
    taker.read(taker_reads, 0.5)
    if end != "duration":
        if world.chance(0.7) or command.argv[0] == "proxy":
            command.settle(0.15, 2.0)
        feed.look()
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
    feed.close()
    return code
