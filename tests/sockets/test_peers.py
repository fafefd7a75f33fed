"""Peers, told by real events and by descriptors of real connections."""

from __future__ import annotations

import os
import select
import socket
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.connections import until
from tests.support.kernel_links import KernelLink
from tests.support.links import TRANSPORTS, Transport, any_endpoint
from tests.support.peers import endpoint_of, free_port
from tests.support.wire import GREETING, ready
from zmqcli.diagnosis.events import Event
from zmqcli.sockets.peers import Peers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.connections import Connections
    from tests.support.peers import Peers as PlainPeers

ENDPOINTS: dict[Transport, str] = {"tcp": "tcp://127.0.0.1:5555", "ipc": "ipc:///tmp/x"}


class Scene:
    """Peers, and kernel connections whose events are told to them."""

    def __init__(self, transport: Transport = "tcp", *, shakes_hands: bool = True) -> None:
        self.transport = transport
        self.endpoint = ENDPOINTS[transport]
        self.peers = Peers(shakes_hands=shakes_hands)
        self.links: list[KernelLink] = []

    def tell(self, kind: int, value: int = 0, endpoint: str | None = None) -> None:
        self.peers.handle(Event(int(kind), value, self.endpoint if endpoint is None else endpoint))

    def arrive(self, kind: int = zmq.EVENT_ACCEPTED) -> KernelLink:
        """Open a connection and tell its event."""
        link = KernelLink(self.transport)
        self.links.append(link)
        self.tell(kind, link.near.fileno())
        return link

    def shake(self) -> None:
        self.tell(zmq.EVENT_HANDSHAKE_SUCCEEDED)

    def meet(self) -> KernelLink:
        """Open a connection whose handshake is done."""
        link = self.arrive()
        self.shake()
        return link

    def lose(self, link: KernelLink, *, unread: bytes = b"") -> None:
        """Let the far end leave, and tell as libzmq does: after it has closed its own end."""
        link.leave(unread=unread)
        number = link.near.fileno()
        link.near.close()
        self.tell(zmq.EVENT_DISCONNECTED, number)

    def close(self) -> None:
        self.peers.close()
        for link in self.links:
            link.near.close()
            link.far.close()


@pytest.fixture(params=TRANSPORTS)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    made = Scene(request.param)
    yield made
    made.close()


@pytest.fixture
def tcp() -> Iterator[Scene]:
    made = Scene("tcp")
    yield made
    made.close()


@pytest.fixture
def ipc() -> Iterator[Scene]:
    made = Scene("ipc")
    yield made
    made.close()


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 # a count is all


# Counting


@pytest.mark.parametrize("kind", [zmq.EVENT_ACCEPTED, zmq.EVENT_CONNECTED])
def test_a_peer_is_a_finished_handshake(scene: Scene, kind: int) -> None:
    scene.arrive(kind)
    assert (scene.peers.count, scene.peers.handshakes) == (0, 0)

    scene.shake()
    assert (scene.peers.count, scene.peers.handshakes) == (1, 1)


def test_a_peer_that_left_is_none_any_more_and_its_handshake_stays_counted(scene: Scene) -> None:
    first = scene.meet()
    scene.meet()
    scene.lose(first)

    assert (scene.peers.count, scene.peers.handshakes) == (1, 2)
    assert scene.peers.report == "the peer left"
    assert not scene.peers.ledger.losses
    assert not scene.peers.troubles


def test_a_stream_has_no_handshakes_its_peers_are_the_ids_it_tells_of() -> None:
    scene = Scene(shakes_hands=False)
    link = scene.arrive()
    assert (scene.peers.count, scene.peers.handshakes) == (0, 0)
    assert scene.peers.handle_name(b"\x00id")
    assert (scene.peers.count, scene.peers.handshakes) == (1, 1)
    scene.tell(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
    assert not scene.peers.report

    assert not scene.peers.handle_name(b"\x00id")
    assert (scene.peers.count, scene.peers.handshakes) == (0, 1)
    scene.lose(link, unread=b"nobody has read this")
    assert scene.peers.ledger.losses == [scene.endpoint]
    scene.close()


def test_a_handshake_is_given_to_a_connection_of_its_own_endpoint(tcp: Scene) -> None:
    tcp.arrive()
    other = KernelLink("tcp")
    tcp.links.append(other)
    tcp.tell(zmq.EVENT_CONNECTED, other.near.fileno(), "tcp://127.0.0.1:6666")
    tcp.tell(zmq.EVENT_HANDSHAKE_SUCCEEDED, endpoint="tcp://127.0.0.1:6666")

    assert {link.endpoint: link.handshaken for link in tcp.peers.links.values()} == {
        "tcp://127.0.0.1:5555": False,
        "tcp://127.0.0.1:6666": True,
    }
    assert not any(link.guessed for link in tcp.peers.links.values())


@pytest.mark.parametrize("leaves", ["the peer", "the silent one"])
@pytest.mark.parametrize("first", ["the peer", "the silent one"])
def test_of_two_connections_with_one_handshake_it_is_known_at_the_latest_when_one_leaves(
    scene: Scene, first: str, leaves: str
) -> None:
    """Its event names the endpoint only, but libzmq tells when a connection ends without one."""
    links = {name: scene.arrive() for name in (first, "the silent one" if first == "the peer" else "the peer")}
    scene.shake()
    assert scene.peers.count == 1

    if leaves == "the silent one":
        scene.tell(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, 32)
    scene.lose(links[leaves])

    assert scene.peers.count == (0 if leaves == "the peer" else 1)
    assert scene.peers.gone is (leaves == "the peer")


def test_over_tcp_who_has_not_greeted_has_not_finished_a_handshake(tcp: Scene) -> None:
    peer, silent = tcp.arrive(), tcp.arrive()
    peer.far.sendall(bytes(92))
    peer.wait()
    tcp.shake()

    assert {number: link.handshaken for number, link in tcp.peers.links.items()} == {
        peer.near.fileno(): True,
        silent.near.fileno(): False,
    }


def test_over_ipc_who_has_not_read_our_greeting_has_not_finished_a_handshake(ipc: Scene) -> None:
    peer, silent = ipc.arrive(), ipc.arrive()
    silent.near.sendall(bytes(10))
    ipc.shake()

    assert ipc.peers.links[peer.near.fileno()].handshaken
    assert not ipc.peers.links[silent.near.fileno()].handshaken


def test_of_two_connections_with_two_handshakes_who_leaves_was_a_peer(scene: Scene) -> None:
    first = scene.arrive()
    scene.arrive()
    scene.shake()
    scene.shake()
    scene.lose(first)

    assert (scene.peers.count, scene.peers.handshakes) == (1, 2)
    assert scene.peers.report == "the peer left"


def test_an_event_of_a_connection_nobody_knows_is_no_harm(scene: Scene) -> None:
    scene.tell(zmq.EVENT_DISCONNECTED, 987)
    scene.shake()
    scene.tell(zmq.EVENT_ACCEPTED, 987)  # gone before its event was read: no such descriptor

    assert scene.peers.count == 0
    assert not scene.peers.links


def test_every_duplicate_is_closed(scene: Scene) -> None:
    before = open_descriptors()
    link = scene.meet()
    scene.arrive()
    scene.lose(link)
    scene.peers.close()
    for one in scene.links:
        one.near.close()
        one.far.close()

    assert open_descriptors() == before


# What a lost peer took along


def test_a_peer_that_leaves_with_bytes_unread_is_a_loss(scene: Scene) -> None:
    scene.lose(scene.meet(), unread=b"nobody has read this")

    assert scene.peers.ledger.losses == [scene.endpoint]


def test_who_had_not_shaken_hands_takes_nothing_along(scene: Scene) -> None:
    scene.lose(scene.arrive(), unread=b"greeting")

    assert not scene.peers.ledger.losses
    assert scene.peers.report == "it connected and left without a handshake: its socket type may not fit"


def test_a_clean_leave_after_the_reader_was_slow_is_no_loss(scene: Scene) -> None:
    link = scene.meet()
    link.near.sendall(b"read late")
    scene.peers.ledger.queued()
    assert link.far.recv(100) == b"read late"
    while scene.peers.ledger.queued():
        pass
    scene.lose(link)

    assert not scene.peers.ledger.losses


def test_the_queue_is_looked_at_and_remembered(scene: Scene) -> None:
    link, idle = scene.meet(), scene.meet()
    link.fill()
    left = scene.peers.ledger.queued()

    assert left > 0
    assert scene.peers.links[link.near.fileno()].last_queued == left
    assert scene.peers.links[idle.near.fileno()].last_queued == 0


def test_an_ipc_peer_that_leaves_with_bytes_in_the_queue_is_a_loss_though_its_reset_was_taken(ipc: Scene) -> None:
    link = ipc.meet()
    link.near.sendall(bytes(50_000))  # more than one read of libzmq takes: what that takes may be read by now
    assert ipc.peers.ledger.queued() > 0
    link.leave()
    with pytest.raises(ConnectionResetError):
        link.near.recv(1)  # as libzmq does, and takes the error with it
    number = link.near.fileno()
    assert ipc.peers.ledger.queued() == 0  # gone with the peer: that says nothing
    assert ipc.peers.links[number].last_queued > 0
    link.near.close()
    ipc.tell(zmq.EVENT_DISCONNECTED, number)

    assert ipc.peers.ledger.losses == [ipc.endpoint]


def test_a_tcp_reset_is_a_loss_though_its_error_was_taken(tcp: Scene) -> None:
    link = tcp.meet()
    link.leave(unread=b"not read")
    with pytest.raises(ConnectionResetError):
        link.near.recv(1)
    number = link.near.fileno()
    link.near.close()
    tcp.tell(zmq.EVENT_DISCONNECTED, number)

    assert tcp.peers.ledger.losses == [tcp.endpoint]


def test_a_tcp_peer_that_ends_its_side_may_read_on_until_it_closes(tcp: Scene) -> None:
    link = tcp.meet()
    link.fill()
    tcp.peers.ledger.took_uncounted()
    link.far.shutdown(1)
    link.wait(select.POLLRDHUP)
    number = link.near.fileno()
    link.near.close()
    tcp.tell(zmq.EVENT_DISCONNECTED, number)
    assert tcp.peers.ledger.losses == []

    link.far.close()
    while not tcp.peers.ledger.losses:
        tcp.peers.ledger.look()
    assert tcp.peers.ledger.losses == [tcp.endpoint]


# What a receiver is told


def test_a_descriptor_that_the_next_connection_has_already_is_no_trouble(scene: Scene) -> None:
    """Clients that come and go quickly: when the first one's events are read, its descriptor is another's."""
    link = scene.meet()
    scene.tell(zmq.EVENT_DISCONNECTED, link.near.fileno())

    assert scene.peers.troubles == []
    assert scene.peers.ledger.losses == []
    assert scene.peers.count == 0


def test_a_connection_this_end_has_dropped_is_a_trouble(scene: Scene) -> None:
    link = scene.meet()
    number = link.near.fileno()
    link.near.close()
    scene.tell(zmq.EVENT_DISCONNECTED, number)

    (trouble,) = scene.peers.troubles
    assert trouble.startswith(f"connection on {scene.endpoint} dropped by this end")


def test_bytes_that_an_ipc_sender_left_unread_here_are_a_trouble(ipc: Scene) -> None:
    link = ipc.meet()
    link.far.sendall(b"tail of the stream")
    ipc.lose(link)

    (trouble,) = ipc.peers.unread
    assert trouble.startswith(f"18 bytes lost on {ipc.endpoint}")


def test_bytes_that_a_tcp_sender_left_unread_here_are_none(tcp: Scene) -> None:
    link = tcp.meet()
    link.far.sendall(b"libzmq reads these")
    tcp.lose(link)

    assert not tcp.peers.troubles
    assert not tcp.peers.unread


@pytest.mark.parametrize("only_receives", [True, False])
def test_a_sender_that_breaks_off_may_have_taken_something_back(tcp: Scene, only_receives: bool) -> None:
    tcp.peers.only_receives = only_receives
    tcp.lose(tcp.meet(), unread=b"a reset is what this makes")

    assert bool(tcp.peers.unread) is only_receives


# Subscriptions


def test_subscriptions_are_counted_by_prefix() -> None:
    peers = Peers()
    for message in (b"\x01weather", b"\x01weather", b"\x01", b"\x00", b"\x00weather", b"\x01\x00\xff"):
        peers.handle_subscription(message)

    assert +peers.subscriptions == Counter({b"weather": 1, b"\x00\xff": 1})


def test_an_end_without_a_beginning_and_what_is_no_subscription_mean_nothing() -> None:
    peers = Peers()
    for message in (b"\x00never", b"", b"hello", b"\x02x"):
        peers.handle_subscription(message)
    peers.handle_subscription(b"\x01never")

    assert +peers.subscriptions == Counter({b"never": 1})


@pytest.mark.parametrize(
    ("first", "wanted"),
    [(None, True), (b"weather", True), (b"weather.berlin", True), (b"weathe", False), (b"news", False), (b"", False)],
)
def test_somebody_wants_a_message_that_starts_with_a_prefix(first: bytes | None, wanted: bool) -> None:
    peers = Peers()
    assert not peers.subscribed(first)
    peers.handle_subscription(b"\x01weather")
    assert peers.subscribed(first) is wanted

    peers.handle_subscription(b"\x00weather")
    assert not peers.subscribed(first)
    peers.handle_subscription(b"\x01")
    assert peers.subscribed(first)


# Reports


@pytest.mark.parametrize("kind", [zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL])
def test_why_a_handshake_failed_outlives_the_disconnect_and_the_retry_that_follow_it(tcp: Scene, kind: int) -> None:
    link = tcp.arrive(zmq.EVENT_CONNECTED)
    tcp.tell(kind)
    why = tcp.peers.report
    assert why.startswith("handshake failed: ")
    tcp.lose(link)
    assert tcp.peers.report == why
    tcp.tell(zmq.EVENT_CONNECT_RETRIED, 100)

    assert tcp.peers.report == why


def test_a_retry_after_a_peer_left_is_not_taken_for_a_name_that_does_not_resolve(tcp: Scene) -> None:
    link = tcp.arrive(zmq.EVENT_CONNECTED)
    tcp.shake()
    tcp.lose(link)
    tcp.tell(zmq.EVENT_CONNECT_RETRIED, 100)  # without a CLOSED, which only a connect that failed has

    assert "resolve" not in tcp.peers.report


def test_who_does_not_fit_is_reported_though_it_was_gone_before_its_event_was_read(tcp: Scene) -> None:
    tcp.tell(zmq.EVENT_CONNECTED, 987)  # no such descriptor any more
    tcp.tell(zmq.EVENT_DISCONNECTED, 987)

    assert tcp.peers.report == "it connected and left without a handshake: its socket type may not fit"


# What libzmq reports, from real sockets that do not find each other


def test_nothing_listens_there(connections: Connections) -> None:
    connection = connections.open("PUSH", connect=f"tcp://127.0.0.1:{free_port()}")
    until(connection, lambda: connection.peers.report)

    assert connection.peers.report == "connection refused, retrying"


def test_no_such_ipc_socket(connections: Connections, short_dir: Path) -> None:
    connection = connections.open("PUSH", connect=f"ipc://{short_dir}/nobody")
    until(connection, lambda: connection.peers.report)
    assert connection.peers.report == "no such socket, retrying"

    (short_dir / "nobody").touch()
    until(connection, lambda: connection.peers.report != "no such socket, retrying")
    assert connection.peers.report == "nobody listens there, retrying"


def test_no_such_abstract_name(connections: Connections) -> None:
    connection = connections.open("PUSH", connect=f"ipc://@zmqcli-test-{os.getpid()}")
    until(connection, lambda: connection.peers.report)

    assert connection.peers.report == "nobody listens there, retrying"


def test_a_name_that_does_not_resolve(connections: Connections) -> None:
    connection = connections.open("PUSH", connect="tcp://nobody.invalid:5555")
    until(connection, lambda: connection.peers.report)

    assert "the name does not resolve" in connection.peers.report


def test_a_peer_of_a_type_that_does_not_fit(connections: Connections) -> None:
    """Both ends check, and the first to see it closes. Here that is always this end: the peer only reads."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = connections.open("PUSH", connect=f"tcp://127.0.0.1:{server.getsockname()[1]}")
        peer, _ = server.accept()
        with peer:
            peer.sendall(GREETING + ready("SUB"))
            until(connection, lambda: "its socket type may not fit" in connection.peers.report)

    assert connection.peers.report == "it connected and left without a handshake: its socket type may not fit"
    assert connection.peers.count == 0


def test_a_server_that_does_not_speak_zmtp(connections: Connections) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = connections.open("PUSH", connect=f"tcp://127.0.0.1:{server.getsockname()[1]}")
        client, _ = server.accept()
        with client:
            client.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n" * 10)
            client.shutdown(socket.SHUT_WR)
            until(connection, lambda: "handshake failed" in connection.peers.report)


def test_mechanisms_that_differ(connections: Connections, peers: PlainPeers) -> None:
    server = peers.socket(zmq.PULL, options={zmq.PLAIN_SERVER: 1}, bind="tcp://127.0.0.1:0")
    connection = connections.open("PUSH", connect=endpoint_of(server))
    until(connection, lambda: connection.peers.report.startswith("handshake failed: "))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_real_peers_come_and_go(
    transport: Transport, connections: Connections, peers: PlainPeers, short_dir: Path
) -> None:
    connection = connections.open("PULL", bind=any_endpoint(transport, short_dir))
    (address,) = connection.endpoints
    first, second = (peers.socket(zmq.PUSH, connect=address) for _ in range(2))
    until(connection, lambda: connection.peers.count == 2)
    first.close(linger=0)
    until(connection, lambda: connection.peers.count == 1)
    second.close(linger=0)
    until(connection, lambda: connection.peers.count == 0)

    assert connection.peers.handshakes == 2
    assert not connection.peers.ledger.losses
    assert not connection.peers.troubles
