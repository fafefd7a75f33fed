"""What receivers print of what a sender flushed before it ended, however it ended."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.support.raw_peer import Listener, RawPeer, dial
from tests.support.wire import frame

if TYPE_CHECKING:
    from tests.soak.judge import Outcome
    from tests.soak.world import Command, World

__all__ = ["RECEIVED_FROM", "sender_ends", "transient_beside_silence"]

RECEIVED_FROM = {"pull": "PUSH", "sub": "PUB", "xsub": "PUB", "dealer": "DEALER", "pair": "PAIR", "router": "DEALER"}


def sender_ends(world: World) -> Outcome:
    """Let a sender flush what it has and close, break off, half-close, or die in the middle of a message."""
    load = world.shape.load
    ways = [["-n", str(load.count), "-t", "2s"]]
    if world.shape.kind in {"pull", "sub"}:
        ways.append(["--transient"])
    command, sender = _start(world, *world.rng.choice(ways))
    stopped = world.chance(0.4)
    if stopped:  # its queues fill, and the end of the connection comes with them
        command.signal(signal.SIGSTOP)
    _send_and_end(world, sender, patience=1.0 if stopped else 10.0)
    if stopped:
        world.wait(0.1)
        command.signal(signal.SIGCONT)
    return _judged(world, command)


def transient_beside_silence(world: World) -> Outcome:
    """Let a connection that says nothing stand beside the sender; `--transient` ends when the sender has left."""
    command, sender = _start(world, "--transient", silent=world.rng.randint(1, 2))
    _send_and_end(world, sender, patience=10.0)
    return _judged(world, command, bound=6.0)


def _start(world: World, *options: str, silent: int = 0) -> tuple[Command, RawPeer]:
    argv = [world.shape.kind, *options, "-T", "%s"]
    if world.shape.binds:
        command = world.under_test(*argv, "-b", world.endpoint())
        world.silent(silent)
        sender = RawPeer(dial(command.endpoint))
    else:
        listener = Listener(world.endpoint())
        world.listeners.append(listener)
        command = world.under_test(*argv, "-c", listener.endpoint)
        sender = RawPeer(listener.accept())
    world.closing(sender.die)
    sender.join(RECEIVED_FROM[world.shape.kind])
    if RECEIVED_FROM[world.shape.kind] == "PUB":
        sender.read(3)  # the subscription
    return command, sender


def _send_and_end(world: World, sender: RawPeer, patience: float) -> None:
    """Send all, or a part of it, and end; `world.flushed` says how many whole messages the kernel took."""
    load = world.shape.load
    stream = b"".join(frame(load.body(number)) for number in range(load.count))
    how = world.pick("sender", ["closes", "half-closes", "breaks off", "dies in a message"])
    if how == "dies in a message":
        stream = stream[: world.moment(len(stream))]
    went = sender.send_some(stream, patience)
    world.sent = range(went * load.count // (len(frame(load.body(0))) * load.count))
    if how == "breaks off":
        sender.flush(2.0)
        sender.break_off()
    elif how == "half-closes":
        sender.half_close()
    else:
        sender.close()


def _judged(world: World, command: Command, bound: float = 20.0) -> Outcome:
    code = world.end(bound)
    short = "-n" in command.argv and len(world.sent) < world.shape.load.count
    # Who is told that a sender broke off cannot know that it had everything.
    broke_off = any(note == "sender=breaks off" for note in world.notes)
    fine = (*((124,) if short else ()), *((1,) if broke_off else ()))
    return world.outcome(code, sent=world.sent, also=command.numbers(), fine=fine, any_code_says_it=True)
