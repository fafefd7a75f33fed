"""Requests whose answer nobody waits for, answers that never come, and two commands with each other."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.soak.world import PEER_TYPES, Command
from tests.support.raw_peer import Listener, PeerTimeout, RawPeer, dial
from tests.support.wire import wire_size

if TYPE_CHECKING:
    from tests.soak.judge import Outcome
    from tests.soak.world import World

__all__ = ["a_plain_peer", "a_puller_of_one", "requester_gone", "service_gone", "to_zmqcli"]

ONE_READ_BYTES = 8192
"""What libzmq reads from a connection at once (in_batch_size in config.hpp)."""
PLAIN = Path(__file__).with_name("plain.py")


def requester_gone(world: World) -> Outcome:
    """Let `rep` or `router` answer a requester that has left, or is about to leave, or waits."""
    count = world.rng.randint(1, 3) if world.shape.binds else 1
    argv = [world.shape.kind, "--echo", "-n", str(count), "-t", "2s", "--linger", "1s", "-T", "%s"]
    if world.shape.binds:
        command = world.under_test(*argv, "-b", world.endpoint())
    else:
        listener = Listener(world.endpoint())
        world.listeners.append(listener)
        command = world.under_test(*argv, "-c", listener.endpoint)
    for number in range(count):
        sock = dial(command.endpoint) if world.shape.binds else world.listeners[0].accept()
        peer = RawPeer(sock).join("REQ")
        world.peers.append(peer)
        peer.post(b"", b"%09d" % number)
        how = world.pick("requester", ["waits", "leaves", "breaks off", "half-closes", "leaves in a moment"])
        if how == "waits":
            peer.read(13, 3.0)
        elif how == "half-closes":
            peer.half_close()
            world.beside(peer.read)
            continue
        elif how == "breaks off":
            peer.break_off()
        else:
            if how == "leaves in a moment":
                world.wait(0.002)
            peer.die()
    code = world.end()
    return world.outcome(code, sent=command.numbers(), fine=(124,))


def service_gone(world: World) -> Outcome:
    """Let `req` ask a service that leaves before an answer, or answers all."""
    argv = ["req", "-t", "700ms", "--linger", "500ms"]
    if world.shape.binds:
        command = world.under_test(*argv, "-b", world.endpoint(), load=world.shape.load)
        peer = RawPeer(dial(command.endpoint))
    else:
        listener = Listener(world.endpoint())
        world.listeners.append(listener)
        command = world.under_test(*argv, "-c", listener.endpoint, load=world.shape.load)
        peer = RawPeer(listener.accept())
    peer.join("REP")
    world.closing(peer.die)
    answers = world.rng.choice([0, world.rng.randint(0, world.shape.load.count), world.shape.load.count])
    size = world.shape.total // world.shape.load.count + 2  # the empty frame
    for number in range(answers):
        if not peer.read(size * (number + 1), 5.0):
            break
        peer.post(b"", world.shape.load.body(number))
    if answers < world.shape.load.count:
        how = world.pick("service", ["leaves", "takes it and leaves", "stays silent"])
        if how == "takes it and leaves":
            peer.read(size * (answers + 1), 2.0)
        if how != "stays silent":
            world.kill(peer)
    code = world.end()
    fine = (124,) if answers < world.shape.load.count else ()
    return world.outcome(code, also=command.numbers(), fine=fine, any_code_says_it=True)


def to_zmqcli(world: World) -> Outcome:
    """Let another zmqcli take exactly what is sent; it may be stopped for a while."""
    world.sender("-t", "8s")
    taker = _pull(world, "-n", str(world.shape.load.count), "-t", "8s")
    if world.chance(0.5):
        world.wait(0.3)
        taker.signal(signal.SIGSTOP)
        world.wait(0.4)
        taker.signal(signal.SIGCONT)
    code = world.end()
    taker.end()
    return world.outcome(code, also=taker.numbers())


def _pull(world: World, *options: str) -> Command:
    command = world.commands[0]
    end = ["-c", command.endpoint] if world.shape.binds else ["-b", world.listeners[0].endpoint]
    return world.command("pull", *end, *options)


def a_puller_of_one(world: World) -> Outcome:
    """Let a steady `pull` stand beside others that take one message and leave.

    What the libzmq of those has read at once, they leave behind, and only they could know.
    """
    world.sender("-t", "2s", "-w", "2", linger="2s")
    takers = [_pull(world, "--transient")]
    for _ in range(world.rng.randint(1, 3)):
        takers.append(_pull(world, "-n", "1", "-t", "2s"))
        if world.chance(0.5):
            takers[-1].end()
    code = world.end()
    for taker in takers:
        taker.end(1.0)
    one_read = ONE_READ_BYTES // wire_size(world.shape.load.size) + 1
    return world.outcome(
        code,
        also=set().union(*(taker.numbers() for taker in takers)),
        fine=(124,),
        unknowable=one_read * (len(takers) - 1),
    )


def a_plain_peer(world: World) -> Outcome:
    """Let a pyzmq program take exactly what is sent and end; it may be stopped for a while."""
    shape = world.shape
    sender = world.sender(*(("-t", "8s") if shape.kind in {"push", "pub"} else ()))
    argv = [PEER_TYPES[shape.kind], str(shape.load.count), str(world.directory / "plain")]
    if shape.binds:
        argv += ["--connect", sender.endpoint]
    else:
        world.listeners[0].close()
        if shape.transport == "ipc":
            Path(world.listeners[0].endpoint.removeprefix("ipc://")).unlink()
        argv += ["--bind", world.listeners[0].endpoint]
    if shape.curve:
        argv += ["--server", str(world.directory / "server.key_secret")]
    if shape.kind == "router":
        argv += ["--identity", "somebody"]
    plain = world.process([sys.executable, str(PLAIN), *argv])
    if world.chance(0.5):
        world.wait(0.3)
        plain.send_signal(signal.SIGSTOP)
        world.wait(0.4)
        plain.send_signal(signal.SIGCONT)
    code = world.end()
    try:
        plain.wait(5)
    except TimeoutError as error:
        raise PeerTimeout("the plain peer does not end") from error
    numbers = {int(line) for line in (world.directory / "plain").read_bytes().split()}
    return world.outcome(code, also=numbers)
