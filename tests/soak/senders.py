"""What happens to a sender whose peers die, stop, half-close, dawdle and come back."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from tests.support.raw_peer import PeerTimeout
from tests.support.wire import GREETING

if TYPE_CHECKING:
    from tests.soak.judge import Outcome
    from tests.soak.world import Command, World
    from tests.support.raw_peer import RawPeer

__all__ = [
    "bystander_of_pub",
    "dies_among_many",
    "first_bytes",
    "half_closes",
    "half_of_a_big_one",
    "killed",
    "killed_and_replaced",
    "killed_beside_silence",
    "never_reads_the_greeting",
    "out_of_descriptors",
    "reads_what_is_there",
    "signals",
    "slow",
    "stopped_for_a_while",
    "stopped_for_good",
    "takes_all_and_leaves",
]


def _short(world: World) -> Command:
    """Start a sender that will have nobody left: it is soon over."""
    return world.sender("-t", "1.5s", linger="600ms")


def takes_all_and_leaves(world: World) -> Outcome:
    """Let the peer take exactly what was sent, and be gone."""
    world.sender(*_patience(world))
    peer = world.peer()
    peer.read(world.shape.total)
    world.kill(peer)
    return world.outcome(world.end())


def _patience(world: World) -> tuple[str, ...]:
    """Return `-t` for commands that only send; the others would wait so long for something to receive."""
    return ("-t", "8s") if world.shape.kind in {"push", "pub"} else ()


def killed(world: World) -> Outcome:
    """Let the peer die with data outstanding, at any moment."""
    sender = _short(world)
    _kill(world, sender, world.peer())
    return world.outcome(world.end(), fine=(124,))


def _kill(world: World, sender: Command, peer: RawPeer) -> None:
    peer.read(world.moment())
    if world.chance(0.5):
        sender.settle(0.03, 1.0)  # all queues on the way are full now
    world.kill(peer)


def killed_beside_silence(world: World) -> Outcome:
    """Let it die beside connections that say nothing."""
    sender = _short(world)
    before = world.chance(0.5)
    if before:
        world.silent(world.rng.randint(1, 3))
    peer = world.peer()
    if not before:
        world.silent(world.rng.randint(1, 3))
    _kill(world, sender, peer)
    return world.outcome(world.end(), fine=(124,))


def reads_what_is_there(world: World) -> Outcome:
    """Let the peer read all there is and close, while libzmq's own queue may be full.

    It has to be quicker than libzmq's thread, which fills the kernel's queue again. On a busy machine it is; here the
    sender is stopped meanwhile in half of the runs.
    """
    sender = _short(world)
    peer = world.peer()
    peer.read(world.moment(world.shape.total // 2))
    sender.settle(0.03, 1.0)
    stopped = world.pick("sender", ["stopped", "runs"]) == "stopped"
    if stopped:
        sender.signal(signal.SIGSTOP)
    peer.read_what_is_there(0.02 if stopped else world.rng.choice([0.0, 0.0005, 0.002]))
    world.kill(peer)
    if stopped:
        sender.signal(signal.SIGCONT)
    return world.outcome(world.end(), fine=(124,))


def half_closes(world: World) -> Outcome:
    """Let the peer say that it will send nothing more, as a relay does, and read on to the end."""
    sender = _short(world)
    peer = world.peer()
    peer.read(world.moment())
    if world.chance(0.5):
        sender.settle(0.03, 1.0)
    world.stop_listening()
    peer.half_close()
    peer.read()
    return world.outcome(world.end(), fine=(124,))


def first_bytes(world: World) -> Outcome:
    """Let a peer join and close at the first bytes it gets, or before; alone, or beside one that takes all."""
    _short(world)
    steady = world.shape.binds and world.shape.kind in {"push", "dealer"} and world.chance(0.5)
    if steady:
        other = world.peer()
        world.beside(other.read)
    for _ in range(world.rng.randint(1, 3)):
        try:
            peer = world.peer()
        except (PeerTimeout, OSError):  # the sender has ended
            break
        peer.read(world.rng.choice([0, 1, 12, 200, 8192, 8193]), 1.0)
        if not world.shape.binds:
            world.kill(peer)
            break
        peer.die()
    return world.outcome(world.end(), fine=(124,))


def killed_and_replaced(world: World) -> Outcome:
    """Let peers die, one after the other, and the last one read to the end."""
    sender = world.sender("-t", "3s", linger="2s")
    for _ in range(world.rng.randint(1, 3)):
        try:
            peer = world.peer()
        except (PeerTimeout, OSError):
            break
        peer.read(world.moment(world.shape.total // 2), 2.0)
        if world.chance(0.5):
            sender.settle(0.03, 1.0)
        how = world.pick("how", ["dies", "reads and leaves", "half-closes"])
        if how == "half-closes":
            peer.half_close()
            world.beside(peer.read)
            continue
        if how == "reads and leaves":
            peer.read_what_is_there()
        peer.die()
    _last_peer(world, sender)
    return world.outcome(world.end(), fine=(124,))


def _last_peer(world: World, sender: Command) -> None:
    """Let a peer come that reads to the end, if the command still wants one."""
    end = time.monotonic() + 4
    while sender.running and time.monotonic() < end:
        try:
            peer = world.connection(patience=0.2)
        except (PeerTimeout, OSError):
            continue
        try:
            world.join(peer)
        except (PeerTimeout, OSError):
            continue
        peer.read()


def stopped_for_good(world: World) -> Outcome:
    """Let the peer read no more; its kernel may have all the same."""
    _short(world)
    peer = world.peer()
    peer.read(world.moment())
    code = world.end()
    peer.read_what_is_there()
    return world.outcome(code, fine=(124,))


def stopped_for_a_while(world: World) -> Outcome:
    """Let the peer pause, and then take all."""
    world.sender(*_patience(world))
    peer = world.peer()
    peer.read(world.moment())
    world.wait(0.6)
    peer.read(world.shape.total)
    return _leave(world, peer)


def _leave(world: World, peer: RawPeer) -> Outcome:
    """End a run in which all should have come: the peer leaves, or waits for the command to do so."""
    if world.chance(0.5):
        world.kill(peer)
    else:
        peer.read()
    return world.outcome(world.end())


def slow(world: World) -> Outcome:
    """Let the peer take its time, and take all."""
    world.sender(*_patience(world))
    peer = world.peer()
    pauses = world.rng.randint(1, 30)
    share = max(1, world.shape.total // pauses)
    for number in range(1, pauses + 1):
        peer.read(share * number)
        time.sleep(world.rng.uniform(0, 1.2 / pauses))
    peer.read(world.shape.total)
    return _leave(world, peer)


def half_of_a_big_one(world: World) -> Outcome:
    """Let the peer die with half of a long message, and somebody take its place, or nobody."""
    sender = world.sender("-t", "3s", linger="1.5s")
    peer = world.peer()
    size = world.shape.total // world.shape.load.count
    peer.read(size * world.rng.randint(0, world.shape.load.count - 1) + world.rng.randint(1, size - 1))
    if world.chance(0.5):
        sender.settle(0.03, 1.0)
    if world.pick("how", ["dies", "reads and leaves"]) == "reads and leaves":
        peer.read_what_is_there()
    peer.die()
    if world.chance(0.7):
        _last_peer(world, sender)
    return world.outcome(world.end(), fine=(124,))


def out_of_descriptors(world: World) -> Outcome:
    """Let peers come until the sender has hardly a descriptor left, or none; one dies, the others read to the end."""
    descriptors = world.rng.randint(16, 24)
    many = world.rng.randint(1, 4)
    world.notes.append(f"descriptors={descriptors} peers={many}")
    sender = world.sender("-t", "1.5s", linger="600ms", descriptors=descriptors)
    peers = []
    try:
        _ = sender.endpoint
    except PeerTimeout:  # not even a file for it
        return world.outcome(world.end(), sent=(), fine=(1,))
    try:
        for _ in range(many):
            peers.append(world.peer(patience=1.0))
            if len(peers) > 1:
                world.beside(peers[-2].read)
    except (PeerTimeout, OSError):  # there was none for this one
        pass
    if peers:
        peers[-1].read(world.moment(world.shape.total // many), 2.0)
        sender.settle(0.03, 1.0)
        peers[-1].die()
    return world.outcome(world.end(), fine=(124,))


def dies_among_many(world: World) -> Outcome:
    """Let one of many peers under round robin die; the others read to the end."""
    many = world.rng.randint(2, 6)
    world.notes.append(f"peers={many}")
    sender = world.sender("-w", str(many), "-t", "4s", linger="2s", ends=many)
    peers = [world.peer(end) for end in range(many)]
    for peer in peers[1:]:
        world.beside(peer.read)
    peers[0].read(world.moment(world.shape.total // many), 3.0)
    how = world.pick("how", ["dies", "reads and leaves", "half-closes", "takes its share"])
    if how == "half-closes":
        peers[0].half_close()
        peers[0].read()
    elif how == "takes its share":
        peers[0].read()
    else:
        if how == "reads and leaves":
            sender.settle(0.03, 1.0)
            peers[0].read_what_is_there()
        peers[0].die()
    return world.outcome(world.end(), fine=(124,))


def signals(world: World) -> Outcome:
    """Send a signal while the sender sends; what it has taken from stdin it answers for."""
    sender = world.sender(linger="700ms")
    peer = world.peer()
    number = signal.Signals[world.pick("signal", ["SIGTERM", "SIGINT"])]
    how = world.pick("peer", ["reads on", "dawdles", "stops"])
    peer.read(world.moment(world.shape.total // 2))
    if how != "reads on":
        world.wait(0.2)
    sender.signal(number)
    if how == "dawdles":
        world.wait(0.3)
    if how != "stops":
        peer.read()
    code = world.end()
    peer.read_what_is_there()
    fine = (143,) if number == signal.SIGTERM else (130,)
    return world.outcome(code, sent=range(sender.consumed // (world.shape.load.size + 1)), fine=fine)


def bystander_of_pub(world: World) -> Outcome:
    """Let one subscriber die or stop beside one that reads all: that one gets all, and nobody complains."""
    world.sender("-w", "2", "-t", "3s", linger="1s")
    first, second = world.peer(), world.peer()
    world.peers.remove(second)
    world.closing(second.die)
    world.beside(first.read)
    second.read(world.moment(world.shape.total // 2), 1.0)
    how = world.pick("other", ["dies", "stops", "leaves"])
    if how == "leaves":
        second.read_what_is_there(0.01)
    if how != "stops":
        second.die()
    return world.outcome(world.end())


def never_reads_the_greeting(world: World) -> Outcome:
    """Let a connection that never reads anything stand beside a peer that takes all."""
    world.sender(*_patience(world), linger="1s", ends=2)
    idle = world.connection(0)
    world.closing(idle.die)
    if world.chance(0.5):
        idle.send(GREETING[:11])
    peer = world.peer(1)
    peer.read(world.shape.total)
    return _leave(world, peer)
