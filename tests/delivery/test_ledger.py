"""What became of what libzmq has taken, told by real connections of the kernel and by real sockets."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.connections import handle_events, until
from tests.support.kernel_links import KernelLink
from tests.support.links import TRANSPORTS, Transport, any_endpoint, known_endpoint
from tests.support.peers import free_port
from zmqcli.delivery.ledger import MOST_LEFT, QUIET_SECONDS, Doubt, Ledger
from zmqcli.delivery.link import Link
from zmqcli.zmtp.framing import Framing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.connections import Connections
    from tests.support.peers import Peers
    from zmqcli.message import Batch, Message
    from zmqcli.sockets.connection import Connection

ONE: Batch = [[b"x" * 98]]
"""100 bytes on the wire."""
MANY: list[Message] = [[b"x" * 98] for _ in range(50)]


class Books:
    """A ledger, and kernel connections over which the test itself writes what libzmq would."""

    def __init__(self, transport: Transport, doubt: Doubt = Doubt.SHARED, *, keeps: bool = False) -> None:
        self.transport = transport
        self.ledger = Ledger(doubt, keeps=keeps)
        self.ledger.count(Framing(), 0)
        self._ends: list[KernelLink] = []
        self._links: list[Link] = []

    def join(self) -> tuple[KernelLink, Link]:
        """Let a peer come."""
        kernel = KernelLink(self.transport)
        kernel.far.sendall(bytes(100))  # its handshake
        kernel.wait()
        kernel.near.recv(100)
        self._ends.append(kernel)
        link = Link(os.dup(kernel.near.fileno()), f"{self.transport}://here", number=kernel.near.fileno())
        self._links.append(link)
        self.ledger.joined(link)
        return kernel, link

    def take(self, batch: Batch) -> None:
        self.ledger.about_to_take(batch, 0, len(batch))
        self.ledger.took(len(batch), framing.size(batch, 0, len(batch)) if (framing := self.ledger.framing) else 0)

    def leave(self, kernel: KernelLink, link: Link) -> None:
        """Let the far end close, and tell."""
        kernel.near.setblocking(True)
        kernel.leave()
        self.tell_left(link)

    def tell_left(self, link: Link) -> None:
        self._links.remove(link)
        if not self.ledger.left(link):
            link.close()

    def look(self) -> None:
        """Look until it is settled, or it is plain that it will not be."""
        end = time.monotonic() + 5 * QUIET_SECONDS
        while not self.ledger.settled and time.monotonic() < end:
            self.ledger.look()

    def close(self) -> None:
        self.ledger.close()
        for link in self._links:
            link.close()
        for kernel in self._ends:
            kernel.near.close()
            kernel.far.close()


@pytest.fixture
def books() -> Iterator[Callable[..., Books]]:
    made: list[Books] = []

    def make(transport: Transport, doubt: Doubt = Doubt.SHARED, *, keeps: bool = False) -> Books:
        made.append(Books(transport, doubt, keeps=keeps))
        return made[-1]

    yield make
    for one in made:
        one.close()


def write(kernel: KernelLink, batch: Batch) -> None:
    for message in batch:
        kernel.near.sendall(bytes(2) + bytes(message[0]))


def read(kernel: KernelLink, batch: Batch) -> None:
    size = 100 * len(batch)
    while size:
        size -= len(kernel.far.recv(size))


def acknowledged(link: Link, size: int) -> bool:
    return any(link.written() == size and not link.look() for _ in range(100_000))


# tcp: the sums tell


def test_nothing_taken_is_settled(books: Callable[..., Books]) -> None:
    one = books("tcp")
    one.join()

    assert one.ledger.settled
    assert one.ledger.pause() is None


def test_over_tcp_it_is_settled_when_as_much_was_written_as_was_taken(books: Callable[..., Books]) -> None:
    one = books("tcp")
    kernel, link = one.join()
    one.take(MANY)
    assert not one.ledger.settled
    assert one.ledger.pause() is not None

    write(kernel, MANY[:-1])
    assert acknowledged(link, 4900)
    one.ledger.look()
    assert not one.ledger.settled

    write(kernel, MANY[-1:])
    assert acknowledged(link, 5000)
    one.look()
    assert one.ledger.settled


@pytest.mark.parametrize("written", [50, 49])
def test_over_tcp_it_is_known_afterwards_what_a_peer_took_along(books: Callable[..., Books], written: int) -> None:
    """It has read all that was written and closed: whether libzmq had more for it the kernel's queue does not tell."""
    one = books("tcp")
    kernel, link = one.join()
    one.take(MANY)
    write(kernel, MANY[:written])
    read(kernel, MANY[:written])
    assert acknowledged(link, 100 * written)
    one.leave(kernel, link)
    one.look()

    assert one.ledger.losses == ([] if written == len(MANY) else ["tcp://here"])
    assert one.ledger.settled


def test_over_tcp_the_sum_of_all_peers_counts(books: Callable[..., Books]) -> None:
    one = books("tcp")
    ends = [one.join() for _ in range(3)]
    one.take(MANY)
    for (kernel, link), share in zip(ends, (MANY[:20], MANY[20:25], MANY[25:]), strict=True):
        write(kernel, share)
        read(kernel, share)
        assert acknowledged(link, 100 * len(share))
    one.leave(*ends[1])
    one.look()

    assert one.ledger.losses == []
    assert one.ledger.settled


def test_what_libzmq_writes_of_its_own_does_not_hide_a_later_loss(books: Callable[..., Books]) -> None:
    """Answers to heartbeats, say: 50 bytes more than was taken."""
    one = books("tcp")
    kernel, link = one.join()
    one.take(ONE)
    write(kernel, ONE)
    kernel.near.sendall(bytes(50))
    assert acknowledged(link, 150)
    one.look()
    assert one.ledger.settled

    one.take(MANY)
    write(kernel, MANY[1:])
    kernel.far.recv(100_000)
    assert acknowledged(link, 150 + 4900)
    one.leave(kernel, link)
    one.look()
    assert one.ledger.losses == ["tcp://here"]


def test_a_socket_that_keeps_messages_gives_the_next_peer_a_chance(books: Callable[..., Books]) -> None:
    one = books("tcp", keeps=True)
    kernel, link = one.join()
    one.take(MANY)
    one.leave(kernel, link)
    one.look()
    assert one.ledger.parked
    assert one.ledger.losses == []

    again, link = one.join()
    write(again, MANY)
    read(again, MANY)
    assert acknowledged(link, 5000)
    one.look()
    assert one.ledger.settled
    assert one.ledger.losses == []


def test_a_copy_that_a_subscriber_did_not_get_is_lost_whatever_others_got(books: Callable[..., Books]) -> None:
    one = books("tcp", Doubt.COPIED)
    (served, its), (missed, other) = one.join(), one.join()
    one.take(MANY)
    write(served, MANY)
    read(served, MANY)
    assert acknowledged(its, 5000)
    one.leave(served, its)
    assert one.ledger.losses == []

    write(missed, MANY[1:])
    read(missed, MANY[1:])
    assert acknowledged(other, 4900)
    one.leave(missed, other)
    assert one.ledger.losses == ["tcp://here"]


def test_a_peer_that_nobody_saw_is_told_by_the_sum(books: Callable[..., Books]) -> None:
    one = books("tcp")
    one.take(ONE)
    one.ledger.left_unseen("tcp://here")
    one.look()

    assert one.ledger.losses == ["tcp://here"]


def test_of_many_peers_that_left_only_some_are_still_asked(books: Callable[..., Books]) -> None:
    one = books("tcp")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 # a count is all
    batch = MANY * 2
    one.take(batch)
    for message in batch:
        kernel, link = one.join()
        write(kernel, [message])
        read(kernel, [message])
        assert acknowledged(link, 100)
        one.leave(kernel, link)
        kernel.near.close()
    assert len(os.listdir("/proc/self/fd")) - before <= MOST_LEFT  # noqa: PTH208 # as above
    one.look()

    assert one.ledger.losses == []
    assert one.ledger.settled


# ipc: what was seen tells


def test_over_ipc_a_peer_that_leaves_before_all_was_seen_to_be_read_is_a_loss(books: Callable[..., Books]) -> None:
    one = books("ipc")
    kernel, link = one.join()
    one.take(MANY)
    write(kernel, MANY)
    read(kernel, MANY)  # all of it: but who knows what libzmq had more
    one.leave(kernel, link)

    assert one.ledger.losses == ["ipc://here"]


@pytest.mark.parametrize("reads", [True, False])
def test_over_ipc_a_single_small_message_is_known_to_be_read_or_not(books: Callable[..., Books], reads: bool) -> None:
    one = books("ipc")
    kernel, link = one.join()
    one.take(ONE)
    write(kernel, ONE)
    if reads:
        read(kernel, ONE)
    else:
        one.ledger.queued()
    kernel.far.close()
    kernel.wait(select.POLLRDHUP)
    if not reads:
        with pytest.raises(ConnectionResetError):
            kernel.near.recv(1)  # as libzmq does, and takes the error with it
    one.tell_left(link)
    one.look()

    assert one.ledger.losses == ([] if reads else ["ipc://here"])


def test_a_peer_that_leaves_when_everything_was_out_is_no_loss(books: Callable[..., Books]) -> None:
    one = books("ipc")
    kernel, link = one.join()
    one.take(ONE)
    write(kernel, ONE)
    read(kernel, ONE)
    one.look()
    assert one.ledger.settled
    one.leave(kernel, link)

    assert one.ledger.losses == []


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_nobody_counted_is_out_when_the_queues_are_empty(
    books: Callable[..., Books], transport: Transport
) -> None:
    one = books(transport)
    kernel, _ = one.join()
    write(kernel, ONE)
    one.ledger.took_uncounted()
    assert not one.ledger.settled

    read(kernel, ONE)
    one.look()
    assert one.ledger.settled
    assert one.ledger.losses == []


def test_a_socket_that_drops_by_design_is_not_suspected(books: Callable[..., Books]) -> None:
    one = books("ipc", Doubt.NONE)
    kernel, link = one.join()
    one.take(MANY)
    one.leave(kernel, link)

    assert one.ledger.losses == []


# Real sockets


def take_all(pull: zmq.Socket[bytes], count: int) -> None:
    for _ in range(count):
        assert pull.poll(5000)
        pull.recv()


def settle(connection: Connection) -> None:
    ledger = connection.peers.ledger
    while not ledger.settled:
        handle_events(connection, 0.001)
        ledger.look()


@pytest.mark.parametrize("kind", ["PUSH", "DEALER", "PAIR"])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_settled_when_a_real_peer_has_everything(
    kind: str, transport: Transport, connections: Connections, peers: Peers, short_dir: Path
) -> None:
    ours = connections.open(kind, bind=any_endpoint(transport, short_dir))
    other = {"PUSH": zmq.PULL, "DEALER": zmq.DEALER, "PAIR": zmq.PAIR}[kind]
    theirs = peers.socket(other, connect=ours.endpoints[0])
    until(ours, lambda: ours.peers.count)
    for _ in range(5):
        batch: Batch = [[bytes(size)] for size in (0, 10, 255, 256, 70_000)]
        assert ours.send_batch(batch) == len(batch)
        assert not ours.peers.ledger.settled
        take_all(theirs, len(batch))
        settle(ours)
    theirs.close(linger=0)
    until(ours, lambda: not ours.peers.count)

    assert ours.peers.ledger.losses == []


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_libzmq_held_for_a_real_peer_that_left_is_a_loss(
    transport: Transport, connections: Connections, peers: Peers, short_dir: Path
) -> None:
    ours = connections.open("PUSH", bind=any_endpoint(transport, short_dir), hwm=10)
    theirs = peers.socket(zmq.PULL, options={zmq.RCVHWM: 1}, connect=ours.endpoints[0])
    until(ours, lambda: ours.peers.count)
    while ours.socket.poll(50, zmq.POLLOUT):
        ours.send_batch([[bytes(100_000)]])
    theirs.close(linger=0)
    until(ours, lambda: ours.peers.ledger.losses)

    assert ours.peers.ledger.losses == ours.endpoints


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_a_real_socket_keeps_goes_to_the_peer_that_comes(
    transport: Transport, connections: Connections, peers: Peers, short_dir: Path
) -> None:
    address = known_endpoint(transport, short_dir)
    ours = connections.open("PUSH", connect=address)
    ours.send_batch(ONE)
    ours.peers.ledger.look()
    assert ours.peers.ledger.parked

    theirs = peers.socket(zmq.PULL, bind=address)
    take_all(theirs, 1)
    settle(ours)
    assert ours.peers.ledger.losses == []


def test_a_heartbeat_of_ours_is_not_counted(connections: Connections, peers: Peers) -> None:
    ours = connections.open("PUSH", bind="tcp://127.0.0.1:0", heartbeat_ms=10)
    theirs = peers.socket(zmq.PULL, connect=ours.endpoints[0])
    until(ours, lambda: ours.peers.count)
    (link,) = ours.peers.links.values()
    while (link.written() or 0) < 500:  # some dozens of them
        handle_events(ours, 0.01)
    ours.send_batch(ONE)
    take_all(theirs, 1)
    settle(ours)

    assert ours.peers.ledger.losses == []


def test_nobody_waits_for_a_peer_that_never_was(connections: Connections) -> None:
    ours = connections.open("PUSH", connect=f"tcp://127.0.0.1:{free_port()}")

    assert ours.peers.ledger.settled
    assert not ours.peers.ledger.parked


# Replies


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("reads", [True, False])
def test_a_reply_is_owed_to_the_peer_that_asked(books: Callable[..., Books], transport: Transport, reads: bool) -> None:
    one = books(transport, Doubt.REPLIED)
    (asker, its), (other, others) = one.join(), one.join()
    one.ledger.asked(its, again=False)
    one.take(ONE)
    one.leave(other, others)
    assert one.ledger.losses == []

    if reads:
        write(asker, ONE)
        read(asker, ONE)
    one.leave(asker, its)
    assert one.ledger.losses == ([] if reads else [f"{transport}://here"])


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_req_that_asks_again_has_its_reply(books: Callable[..., Books], transport: Transport) -> None:
    one = books(transport, Doubt.REPLIED)
    kernel, link = one.join()
    for _ in range(3):
        one.ledger.asked(link, again=True)
        one.take(ONE)
        write(kernel, ONE)
        read(kernel, ONE)
    one.leave(kernel, link)

    assert one.ledger.losses == []


def test_a_message_that_the_last_peer_of_a_keeping_socket_left_unread_is_lost(books: Callable[..., Books]) -> None:
    one = books("ipc", keeps=True)
    kernel, link = one.join()
    one.take(ONE)
    write(kernel, ONE)
    one.leave(kernel, link)
    one.look()

    assert one.ledger.only_libzmq_knows
    assert one.ledger.after_closing() == ["ipc://here"]
