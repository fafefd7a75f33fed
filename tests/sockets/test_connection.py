"""One socket: opened, sent on, received from and closed, with real peers."""

from __future__ import annotations

import errno
import os
import select
import socket as kernel_socket
import time
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from tests.support.connections import PATIENCE, until
from tests.support.links import TRANSPORTS, Transport, any_endpoint
from tests.support.messages import NASTY
from tests.support.peers import endpoint_of, free_port
from tests.support.raw_peer import RawPeer, dial
from tests.support.wire import GREETING, ready
from zmqcli.diagnosis.processes import process_name
from zmqcli.errors import ExitCode, OptionError, ZmqcliError
from zmqcli.message import as_bytes
from zmqcli.security.config import SecurityConfig
from zmqcli.sockets.batches import BATCH_BYTES, BATCH_FRAMES, BATCH_MESSAGES, ZERO_COPY_BYTES, PythonBatches
from zmqcli.sockets.connection import Unroutable, has_transport
from zmqcli.sockets.options.option import parse_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.connections import Connections
    from tests.support.peers import Peers
    from zmqcli.message import Batch, Frame, Message
    from zmqcli.sockets.connection import Connection

TCP = "tcp://127.0.0.1:0"


def received(connection: Connection, count: int) -> list[list[bytes]]:
    """Return the next messages, however many batches they come in."""
    messages: list[Message] = []
    while len(messages) < count:
        assert connection.socket.poll(10_000), f"{len(messages)} of {count}"
        messages += connection.receive_batch(count - len(messages))[0]
    return [[as_bytes(frame) for frame in message] for message in messages]


def send_all(connection: Connection, batch: Batch) -> None:
    at = 0
    while at < len(batch):
        assert connection.socket.poll(10_000, zmq.POLLOUT), f"{at} of {len(batch)}"
        at = connection.send_batch(batch, at)


# Sending


def test_a_batch_stops_where_libzmq_takes_no_more_and_says_where(connections: Connections) -> None:
    push = connections.open("PUSH", connect=f"tcp://127.0.0.1:{free_port()}", hwm=3)

    assert push.send_batch([[b"%d" % number] for number in range(5)]) == 3
    assert push.send_batch([[b"x"]]) == 0


def test_without_a_peer_nothing_is_taken(connections: Connections) -> None:
    push = connections.open("PUSH", bind=TCP)

    assert push.send_batch([[b"x"], [b"y"]]) == 0
    assert push.send_batch([[b"x", b"y"], [b"z"]], 1) == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_batch_taken_up_where_it_stopped_loses_and_repeats_nothing(
    transport: Transport, connections: Connections, peers: Peers, short_dir: Path
) -> None:
    push = connections.open("PUSH", bind=any_endpoint(transport, short_dir), hwm=5)
    pull = peers.socket(zmq.PULL, options={zmq.RCVHWM: 5}, connect=push.endpoints[0])
    until(push, lambda: push.peers.count)
    batch: Batch = [[b"%d" % number, bytes(100_000)] for number in range(100)]
    at = push.send_batch(batch)
    assert 0 < at < len(batch)

    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    numbers: list[int] = []
    while len(numbers) < len(batch):
        poller.register(push.socket, zmq.POLLOUT if at < len(batch) else 0)
        ready = dict(poller.poll(10_000))
        assert ready
        if push.socket in ready:
            at = push.send_batch(batch, at)
        if pull in ready:
            numbers.append(int(pull.recv_multipart()[0]))
    assert numbers == list(range(len(batch)))
    assert not pull.poll(0)


def test_a_batch_is_sent_from_its_start_on(connections: Connections, peers: Peers) -> None:
    push = connections.open("PUSH", bind=TCP)
    pull = peers.socket(zmq.PULL, connect=push.endpoints[0])
    until(push, lambda: push.peers.count)

    assert push.send_batch([[b"a"], [b"b"], [b"c"]], 1) == 3
    assert [pull.recv(), pull.recv()] == [b"b", b"c"]
    assert push.send_batch([]) == 0
    assert push.send_batch([[b"a"]], 1) == 1


def test_all_bytes_and_frames_arrive_as_they_were_sent(connections: Connections, peers: Peers) -> None:
    push = connections.open("PUSH", bind=TCP)
    pull = connections.open("PULL", connect=push.endpoints[0])
    until(push, lambda: push.peers.count)
    send_all(push, [[*message] for message in NASTY])

    assert received(pull, len(NASTY)) == NASTY
    assert peers.context is not push.socket.context


@pytest.mark.parametrize("size", [0, ZERO_COPY_BYTES - 1, ZERO_COPY_BYTES, ZERO_COPY_BYTES + 1, 3_000_000])
@pytest.mark.parametrize("frames", [1, 3])
def test_large_frames_go_uncopied_and_arrive_whole(connections: Connections, size: int, frames: int) -> None:
    push = connections.open("PUSH", bind=TCP)
    pull = connections.open("PULL", connect=push.endpoints[0])
    until(push, lambda: push.peers.count)
    message: Message = [os.urandom(size) for _ in range(frames)]

    assert push.send_batch([message, [b"next"]]) == 2
    assert received(pull, 2) == [message, [b"next"]]


def test_a_received_message_can_be_sent_on_without_a_copy(connections: Connections, peers: Peers) -> None:
    router = connections.open("ROUTER", bind=TCP)
    dealer = peers.socket(zmq.DEALER, connect=router.endpoints[0])
    dealer.send_multipart([b"", b"small", bytes(ZERO_COPY_BYTES)])
    assert router.socket.poll(10_000)
    batch, _ = router.receive_batch()

    assert router.send_batch(batch) == 1
    assert dealer.recv_multipart() == [b"", b"small", bytes(ZERO_COPY_BYTES)]


class LosesItsPeer(list["Frame"]):
    """A message whose peer leaves after its first frame."""

    def __init__(self, connection: Connection, peer: zmq.Socket[bytes], *frames: Frame) -> None:
        super().__init__(frames)
        self._connection = connection
        self._peer = peer

    def __iter__(self) -> Iterator[Frame]:
        for index, frame in enumerate(super().__iter__()):
            if index == 1:
                self._peer.close(linger=0)
                until(self._connection, lambda: not self._connection.peers.count)
                self._connection.socket.getsockopt(zmq.EVENTS)  # lets the socket, too, take notice
            yield frame


@pytest.mark.parametrize("kind", ["PUSH", "DEALER", "PAIR"])
@pytest.mark.parametrize("frames", [2, 3])
def test_a_peer_that_leaves_within_a_message_leaves_no_half_of_it_to_the_next(
    kind: str, frames: int, connections: Connections, peers: Peers
) -> None:
    other = {"PUSH": zmq.PULL, "DEALER": zmq.DEALER, "PAIR": zmq.PAIR}[kind]
    sender = connections.open(kind, bind=TCP)
    sender._batches = PythonBatches(sender.socket)  # which asks the message for one frame after the other
    first = peers.socket(other, connect=sender.endpoints[0])
    until(sender, lambda: sender.peers.count)
    message: Message = [*[b"1", b"2", b"3"][:frames]]
    taken = sender.send_batch([[b"whole"], LosesItsPeer(sender, first, *message)])
    # Where libzmq notices the end of the pipe only with the next frame, it drops the rest of the message and reports
    # success (lb.cpp, _dropping). A PAIR notices at once.
    assert taken == 1 or kind != "PAIR"
    second = peers.socket(other, connect=sender.endpoints[0])
    until(sender, lambda: sender.peers.count)
    both: list[Message] = [message, [b"last"]]
    rest = both[taken - 1 :]
    send_all(sender, rest)

    assert [second.recv_multipart() for _ in rest] == rest


@pytest.mark.parametrize("kind", ["ROUTER", "STREAM"])
def test_a_message_to_nobody_is_unroutable_and_the_rest_of_the_batch_goes(
    kind: str, connections: Connections, peers: Peers
) -> None:
    router = connections.open(kind, bind=TCP)
    other = zmq.DEALER if kind == "ROUTER" else zmq.STREAM
    dealer = peers.socket(other, options={zmq.ROUTING_ID: b"me"}, connect=router.endpoints[0])
    if kind == "ROUTER":
        dealer.send(b"hello")
    else:
        dealer.recv_multipart()
    ((known, *_),) = received(router, 1)
    batch: Batch = [[known, b"1"], [b"nobody", b"2"], [known, b"3"]]
    with pytest.raises(Unroutable) as caught:
        router.send_batch(batch)

    assert (caught.value.index, caught.value.routing_id) == (1, b"nobody")
    assert caught.value.exit_code is ExitCode.UNDELIVERED
    assert router.send_batch(batch, 2) == 3
    data = b""
    while len(data) < 2:
        data += dealer.recv_multipart()[-1]
    assert data == b"13"


def test_a_type_that_cannot_send_says_so(connections: Connections) -> None:
    pull = connections.open("PULL", bind=TCP)

    with pytest.raises(ZmqcliError, match=r"^cannot send on this PULL \(operation not supported\)$"):
        pull.send_batch([[b"x"]])


# Receiving


def test_nothing_there_is_an_empty_batch(connections: Connections) -> None:
    assert connections.open("PULL", bind=TCP).receive_batch() == ([], 0)


@pytest.fixture
def pair(connections: Connections, peers: Peers) -> tuple[Connection, zmq.Socket[bytes]]:
    """Return a PULL without a limit and a PUSH whose messages it gets."""
    pull = connections.open("PULL", bind=TCP, hwm=0)
    push = peers.socket(zmq.PUSH, options={zmq.SNDHWM: 0}, connect=pull.endpoints[0])
    until(pull, lambda: pull.peers.count)
    return pull, push


def test_a_batch_has_no_more_messages_than_asked_for(pair: tuple[Connection, zmq.Socket[bytes]]) -> None:
    pull, push = pair
    for number in range(BATCH_MESSAGES + 5):
        push.send(b"%03d" % number)
    messages: list[bytes] = []
    while len(messages) < BATCH_MESSAGES + 5:
        assert pull.socket.poll(10_000)
        batch, size = pull.receive_batch(3) if len(messages) < 6 else pull.receive_batch()
        assert 0 < len(batch) <= (3 if len(messages) < 6 else BATCH_MESSAGES)
        assert size == 3 * len(batch)
        messages += [as_bytes(message[0]) for message in batch]

    assert messages == [b"%03d" % number for number in range(BATCH_MESSAGES + 5)]
    assert pull.receive_batch(0) == ([], 0)


def test_a_batch_ends_at_about_a_mebibyte(pair: tuple[Connection, zmq.Socket[bytes]]) -> None:
    pull, push = pair
    frame = bytes(BATCH_BYTES // 4)
    for _ in range(12):
        push.send_multipart([frame, b""])
    left = 12
    while left:
        assert pull.socket.poll(10_000)
        batch, size = pull.receive_batch()
        assert 1 <= len(batch) <= 4
        assert size == len(batch) * len(frame) <= BATCH_BYTES
        left -= len(batch)


def test_a_batch_is_bounded_by_frames_too(pair: tuple[Connection, zmq.Socket[bytes]]) -> None:
    pull, push = pair
    for _ in range(40):
        push.send_multipart([b"x"] * 1000)
    sizes: list[int] = []
    while sum(sizes) < 40:
        assert pull.socket.poll(10_000)
        sizes.append(len(pull.receive_batch()[0]))
    assert max(sizes) <= BATCH_FRAMES // 1000 + 1


def test_a_message_larger_than_a_batch_is_one(pair: tuple[Connection, zmq.Socket[bytes]]) -> None:
    pull, push = pair
    push.send_multipart([b"head", bytes(2 * BATCH_BYTES), b"tail"])
    assert pull.socket.poll(10_000)
    ((head, body, tail),), size = pull.receive_batch()

    assert (as_bytes(head), len(body), as_bytes(tail)) == (b"head", 2 * BATCH_BYTES, b"tail")
    assert size == 2 * BATCH_BYTES + 8


def test_a_rep_takes_one_request_and_a_req_one_reply(connections: Connections) -> None:
    rep = connections.open("REP", bind=TCP)
    clients = [connections.open("REQ", connect=rep.endpoints[0]) for _ in range(2)]
    for client in clients:
        assert client.send_batch([[b"request"]]) == 1
    for _ in clients:
        assert rep.socket.poll(10_000)
        batch, _ = rep.receive_batch()
        assert len(batch) == 1
        assert rep.send_batch([[b"reply"]]) == 1
    for client in clients:
        assert client.socket.poll(10_000)
        assert len(client.receive_batch()[0]) == 1


def test_a_second_request_before_the_reply_is_a_broken_state(connections: Connections) -> None:
    rep = connections.open("REP", bind=TCP)
    req = connections.open("REQ", connect=rep.endpoints[0])
    assert req.send_batch([[b"request"]]) == 1

    with pytest.raises(ZmqcliError, match=r"^cannot send on this REQ \(.+\)$"):
        req.send_batch([[b"again"]])


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_a_sender_that_is_turned_away_has_still_sent_arrives(
    connections: Connections, transport: Transport, short_dir: Path
) -> None:
    pull = connections.open("PULL", bind=any_endpoint(transport, short_dir))
    sender = RawPeer(dial(pull.endpoints[0]))
    sender.send(GREETING + ready("PUSH"))
    until(pull, lambda: pull.peers.count)
    pull.turn_senders_away()
    sender.post(b"on its way")

    assert received(pull, 1) == [[b"on its way"]]
    sender.read_what_is_there(PATIENCE)
    assert sender.over
    sender.sock.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_once_senders_are_turned_away_nobody_new_gets_in(
    connections: Connections, transport: Transport, short_dir: Path
) -> None:
    pull = connections.open("PULL", bind=any_endpoint(transport, short_dir))
    pull.turn_senders_away()
    with dial(pull.endpoints[0]) as late:
        late.settimeout(PATIENCE)
        poll = select.poll()
        poll.register(late, select.POLLHUP)
        until(pull, lambda: poll.poll(0))

    assert not pull.peers.links


def test_a_type_that_cannot_receive_says_so(connections: Connections) -> None:
    with pytest.raises(ZmqcliError, match=r"^cannot receive on this PUSH \(operation not supported\)$"):
        connections.open("PUSH", bind=TCP).receive_batch()


def test_an_xpub_reads_who_subscribes_and_who_ends_it(connections: Connections, peers: Peers) -> None:
    xpub = connections.open("XPUB", bind=TCP)
    subs = [peers.socket(zmq.SUB, options={zmq.SUBSCRIBE: b"weather"}, connect=xpub.endpoints[0]) for _ in range(2)]

    def subscribers() -> int:
        xpub.read_subscriptions()
        return xpub.peers.subscriptions[b"weather"]

    until(xpub, lambda: subscribers() == 2)  # the second one of the same prefix counts as well
    subs[0].setsockopt(zmq.UNSUBSCRIBE, b"weather")
    subs[0].poll(0)
    until(xpub, lambda: subscribers() == 1)
    subs[1].close(linger=0)
    until(xpub, lambda: subscribers() == 0)


# Opening


def option(connection: Connection, name: int) -> object:
    return connection.socket.getsockopt(name)


@pytest.mark.parametrize("kind", ["PUSH", "DEALER", "REQ"])
def test_immediate_only_with_several_connects(kind: str, connections: Connections) -> None:
    first, second = (f"tcp://127.0.0.1:{free_port()}" for _ in range(2))

    assert option(connections.open(kind, connect=first), zmq.IMMEDIATE) == 0
    assert option(connections.open(kind, bind=TCP, connect=first), zmq.IMMEDIATE) == 0
    assert option(connections.open(kind, connect=(first, second)), zmq.IMMEDIATE) == 1
    assert option(connections.open("PULL", connect=(first, second)), zmq.IMMEDIATE) == 0


def test_what_the_config_says_is_set(connections: Connections) -> None:
    made = connections.open(
        "DEALER", bind=TCP, hwm=7, max_size=1000, identity=b"\x00me", heartbeat_ms=300, options=[parse_option("TOS=4")]
    )
    expected = {
        zmq.SNDHWM: 7,
        zmq.RCVHWM: 7,
        zmq.MAXMSGSIZE: 1000,
        zmq.ROUTING_ID: b"\x00me",
        zmq.HEARTBEAT_IVL: 300,
        zmq.HEARTBEAT_TIMEOUT: 600,
        zmq.TOS: 4,
        zmq.IPV6: 0,
    }

    assert {name: option(made, name) for name in expected} == expected


def test_what_the_user_says_last_goes(connections: Connections) -> None:
    first, second = (f"tcp://127.0.0.1:{free_port()}" for _ in range(2))
    made = connections.open(
        "PUSH", connect=(first, second), hwm=7, options=[parse_option("SNDHWM=9"), parse_option("IMMEDIATE=no")]
    )

    assert (option(made, zmq.SNDHWM), option(made, zmq.IMMEDIATE)) == (9, 0)


def test_the_first_waits_for_a_peer_are_short_unless_it_may_refuse(connections: Connections) -> None:
    plain = SecurityConfig("PLAIN", server=False, user=b"bob", password=b"x")

    def waits(**settings: Any) -> tuple[object, object]:
        made = connections.open("PUSH", connect=f"tcp://127.0.0.1:{free_port()}", **settings)
        return option(made, zmq.RECONNECT_IVL), option(made, zmq.RECONNECT_IVL_MAX)

    assert waits() == (20, 200)
    assert waits(security=plain) == (100, 0)
    assert waits(options=[parse_option("RECONNECT_IVL=1s")]) == (1000, 0)
    assert waits(options=[parse_option("RECONNECT_IVL_MAX=1s")]) == (20, 1000)


def test_an_option_that_does_not_fit_the_type_is_refused(connections: Connections) -> None:
    made = connections.make("PUSH", bind=TCP, options=[parse_option("XPUB_VERBOSE=1")])

    with pytest.raises(OptionError) as caught:
        made.open()
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_context_option_reaches_the_context_before_its_first_socket(connections: Connections) -> None:
    made = connections.open("PUSH", bind=TCP, options=[parse_option("IO_THREADS=3")])

    assert made.socket.context.get(zmq.IO_THREADS) == 3


def test_a_sub_asks_for_its_prefixes_and_an_xsub_sends_them(connections: Connections, peers: Peers) -> None:
    for kind in ("SUB", "XSUB"):
        xpub = peers.socket(zmq.XPUB, bind=TCP)
        connections.open(kind, connect=endpoint_of(xpub), subscriptions=[b"weather", b"\x00"])
        assert {xpub.recv(), xpub.recv()} == {b"\x01weather", b"\x01\x00"}


def test_conflate_keeps_the_latest(connections: Connections, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind=TCP)
    pull = connections.open("PULL", connect=endpoint_of(push), conflate=True)
    until(pull, lambda: pull.peers.count)
    for number in range(10):
        push.send(b"%d" % number)
    latest = b""
    while latest != b"9":
        assert pull.socket.poll(10_000)
        batch, _ = pull.receive_batch()
        assert len(batch) <= 1
        latest = as_bytes(batch[0][0])


def test_a_blocking_publisher_gets_eagain_where_another_one_drops(connections: Connections, peers: Peers) -> None:
    for block in (True, False):
        xpub = connections.open("XPUB", bind=TCP, hwm=2, block=block)
        peers.socket(zmq.SUB, options={zmq.RCVHWM: 2, zmq.SUBSCRIBE: b""}, connect=xpub.endpoints[0])
        assert xpub.socket.poll(10_000)
        xpub.read_subscriptions()
        batch: Batch = [[bytes(1 << 20)] for _ in range(64)]
        assert (xpub.send_batch(batch) < len(batch)) is block


def test_a_router_is_mandatory(connections: Connections) -> None:
    router = connections.open("ROUTER", bind=TCP)

    with pytest.raises(Unroutable):
        router.send_batch([[b"nobody", b"x"]])


# Endpoints


def test_a_port_that_was_chosen_is_told(connections: Connections) -> None:
    made = connections.open("PULL", bind="tcp://*:*")

    assert made.endpoints == [endpoint_of(made.socket)]
    assert not made.endpoints[0].endswith((":0", "*"))


def test_an_address_in_use_is_said_with_how_to_see_by_whom(connections: Connections) -> None:
    first = connections.open("PULL", bind=TCP)
    port = first.endpoints[0].rpartition(":")[2]
    second = connections.make("PULL", bind=f"127.0.0.1:{port}")

    with pytest.raises(ZmqcliError) as caught:
        second.open()
    assert str(caught.value) == (
        f"cannot bind 127.0.0.1:{port} (address in use by {process_name(os.getpid())}, pid {os.getpid()}); "
        f"see who has it: ss -ltnp 'sport = :{port}'; see docs/troubleshooting.md#address-in-use"
    )
    assert caught.value.exit_code is ExitCode.RUNTIME


@pytest.mark.parametrize("address", ["tcp://192.0.2.1:5555", "tcp://nodevice:5555"])
def test_an_address_of_another_machine_cannot_be_bound(address: str, connections: Connections) -> None:
    with pytest.raises(ZmqcliError, match=f"^cannot bind {address} .*; bind an address of this machine, or tcp://"):
        connections.make("PULL", bind=address).open()


def test_an_ipv6_address_turns_ipv6_on(connections: Connections) -> None:
    try:
        with kernel_socket.create_server(("::1", 0), family=kernel_socket.AF_INET6):
            pass
    except OSError as error:
        if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            pytest.skip("this machine has no IPv6")
        raise
    pull = connections.open("PULL", bind="tcp://[::1]:0")
    push = connections.open("PUSH", connect=pull.endpoints[0])
    until(push, lambda: push.peers.count)

    assert option(pull, zmq.IPV6) == 1


def test_an_ipc_file_goes_with_the_connection(connections: Connections, short_dir: Path) -> None:
    path = short_dir / "socket"
    made = connections.open("PULL", bind=str(path))
    assert path.is_socket()
    assert made.endpoints == [f"ipc://{path}"]
    made.close(0.0)

    assert not path.exists()


def test_an_ipc_path_that_is_a_file_is_left_alone(connections: Connections, short_dir: Path) -> None:
    path = short_dir / "file"
    path.write_text("precious")

    with pytest.raises(ZmqcliError, match=f"^cannot bind ipc://{path} "):
        connections.make("PULL", bind=str(path)).open()
    assert path.read_text() == "precious"


def test_a_connect_that_libzmq_refuses_is_said(connections: Connections) -> None:
    with pytest.raises(ZmqcliError, match=r"^cannot connect udp://127.0.0.1:5555 \(.+\)$") as caught:
        connections.make("PUSH", connect="udp://127.0.0.1:5555").open()
    assert caught.value.exit_code is ExitCode.RUNTIME


def test_which_transports_there_are() -> None:
    assert all(map(has_transport, ("tcp", "ipc", "inproc")))
    assert has_transport("ws") is zmq.has("ws")
    assert not has_transport("carrier-pigeon")


# Closing


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 # a count is all


def test_closing_leaves_nothing_open_and_may_be_done_again(connections: Connections, peers: Peers) -> None:
    assert peers.directory
    before = open_descriptors()
    made = connections.open("PULL", bind=TCP)
    made.close(0.0)
    made.close(0.0)

    assert made.socket.closed
    assert made.socket.context.closed
    assert open_descriptors() == before


def test_closing_never_takes_longer_than_linger(connections: Connections) -> None:
    made = connections.open("PUSH", connect=f"tcp://127.0.0.1:{free_port()}")
    assert made.send_batch([[b"nobody takes this"]]) == 1
    before = time.monotonic()
    made.close(0.05)

    assert 0.04 < time.monotonic() - before < 2


def test_a_context_of_others_stays(connections: Connections, peers: Peers) -> None:
    made = connections.open("PUSH", bind="inproc://here", context=peers.context)
    pull = peers.socket(zmq.PULL, connect="inproc://here")
    send_all(made, [[b"x"]])
    assert pull.recv() == b"x"
    made.close(0.0)

    assert not peers.context.closed


def test_a_connection_that_could_not_be_opened_closes(connections: Connections) -> None:
    made = connections.make("PULL", bind="tcp://192.0.2.1:5555")
    with pytest.raises(ZmqcliError):
        made.open()
    made.close(0.0)

    assert made.socket.context.closed


def test_a_socket_tells_its_mechanism_and_whether_it_uses_ipv6(connections: Connections) -> None:
    plain = connections.open("PULL", bind=TCP)
    secured = connections.open(
        "PULL", bind="tcp://[::1]:0", security=SecurityConfig("PLAIN", server=True, passwords={b"user": b"password"})
    )

    assert (plain.mechanism, plain.uses_ipv6) == ("NULL", False)
    assert (secured.mechanism, secured.uses_ipv6) == ("PLAIN", True)
