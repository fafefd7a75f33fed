"""The table: what is done to the commands, to which of them, how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.soak import exchanges, receivers, relays, senders
from tests.soak.world import Load, Shape

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.soak.judge import Outcome
    from tests.soak.world import World

__all__ = ["FAULTS", "Fault"]

ONE, BIG = Load(1, 100), Load(1, 1_000_000)
SOME, LONG = Load(100, 100), Load(1000, 10_000)
MANY, TINY = Load(20_000, 100), Load(300_000, 10)
BIGS = Load(4, 1_000_000)
USUAL = (ONE, BIG, SOME, SOME, LONG, LONG, MANY, MANY, MANY, TINY)
HEAVY = (LONG, MANY, MANY, TINY)
SENDERS = ("push", "push", "dealer", "pair", "pub")


@dataclass(frozen=True)
class Fault:
    """One row."""

    name: str
    script: Callable[[World], Outcome]
    share: int
    """Its part of 1,000 runs."""
    kinds: tuple[str, ...] = SENDERS
    loads: tuple[Load, ...] = USUAL
    sides: tuple[bool, ...] = (True, True, False)
    """Whether the command binds."""
    transports: tuple[str, ...] = ("tcp", "ipc")
    curve: float = 0.0
    """In which part of the runs."""

    def shape(self, rng: random.Random) -> Shape:
        """Choose what a run is made of."""
        return Shape(
            kind=rng.choice(self.kinds),
            transport=rng.choice(self.transports),
            binds=rng.choice(self.sides),
            load=rng.choice(self.loads),
            curve=rng.random() < self.curve,
        )


BINDS = (True,)
EITHER = (True, False)
FAULTS = (
    Fault("takes all and leaves", senders.takes_all_and_leaves, 90, (*SENDERS, "xpub", "router"), curve=0.2),
    Fault("a pyzmq peer takes all and leaves", exchanges.a_plain_peer, 50, (*SENDERS, "router"), curve=0.4),
    Fault("another zmqcli takes all", exchanges.to_zmqcli, 30, ("push",), sides=BINDS),
    Fault("killed", senders.killed, 90, (*SENDERS, "router"), curve=0.25),
    Fault("killed beside silence", senders.killed_beside_silence, 80, loads=HEAVY, sides=BINDS, curve=0.15),
    Fault("reads what is there and closes", senders.reads_what_is_there, 80, loads=(*HEAVY, LONG, LONG), curve=0.1),
    Fault("half-closes", senders.half_closes, 60, curve=0.1),
    Fault("closes at its first bytes", senders.first_bytes, 90),
    Fault("pull and pull -n 1", exchanges.a_puller_of_one, 30, ("push",), (SOME, MANY, MANY), BINDS),
    Fault("killed and replaced", senders.killed_and_replaced, 60, ("push", "push", "dealer", "pair"), curve=0.1),
    Fault(
        "half of a long message", senders.half_of_a_big_one, 30, ("push", "dealer"), (BIG, BIGS), (False, False, True)
    ),
    Fault("one of many", senders.dies_among_many, 50, ("push", "dealer"), HEAVY),
    Fault("stopped for good", senders.stopped_for_good, 30, curve=0.2),
    Fault("stopped for a while", senders.stopped_for_a_while, 25, curve=0.2),
    Fault("slow", senders.slow, 25, curve=0.2),
    Fault("hardly a descriptor", senders.out_of_descriptors, 30, ("push", "dealer"), HEAVY, BINDS),
    Fault("a signal while sending", senders.signals, 40, ("push", "push", "dealer", "pub"), HEAVY),
    Fault(
        "pub: another subscriber fails",
        senders.bystander_of_pub,
        20,
        ("pub that drops",),
        (ONE, SOME, Load(900, 1000)),
        BINDS,
    ),
    Fault("never reads the greeting", senders.never_reads_the_greeting, 20, ("push", "dealer", "pub")),
    Fault(
        "pipe, its sender has left",
        relays.pipe_without_its_sender,
        30,
        ("pipe",),
        (Load(1200, 10_000), Load(1500, 10_000), Load(1900, 10_000), MANY),
        EITHER,
    ),
    Fault(
        "pipe, its sender stays",
        relays.pipe_and_a_living_sender,
        20,
        ("pipe",),
        (Load(300, 30_000), Load(600, 10_000)),
        EITHER,
    ),
    Fault("proxy streamer", relays.streamer, 20, ("proxy",), (Load(900, 10_000), Load(1500, 10_000)), EITHER),
    Fault("rep: the requester leaves", exchanges.requester_gone, 40, ("rep", "rep", "router"), (ONE,)),
    Fault("req: the service leaves", exchanges.service_gone, 20, ("req",), (ONE, Load(20, 100), BIG), EITHER),
    Fault(
        "a receiver's sender ends",
        receivers.sender_ends,
        60,
        tuple(receivers.RECEIVED_FROM),
        (ONE, SOME, LONG, MANY),
        EITHER,
    ),
    Fault(
        "--transient beside silence", receivers.transient_beside_silence, 20, ("pull", "sub"), (ONE, SOME, MANY), BINDS
    ),
)
