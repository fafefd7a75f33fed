"""Batches, by the compiled path and by its twin in Python: one contract, each test on both."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from zmqcli import _batches
from zmqcli.message import as_bytes, join
from zmqcli.sockets import batches as module
from zmqcli.sockets.batches import (
    BATCH_BYTES,
    BATCH_FRAMES,
    ZERO_COPY_BYTES,
    CompiledBatches,
    PythonBatches,
    Sent,
    batches_for,
    compiled,
)
from zmqcli.zmtp.framing import Framing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zmqcli.message import Batch, Frame, Message
    from zmqcli.sockets.batches import Batches

LARGE = ZERO_COPY_BYTES
FRAMING = Framing()


@pytest.fixture(params=["compiled", "python"])
def kind(request: pytest.FixtureRequest) -> type[CompiledBatches | PythonBatches]:
    if request.param == "python":
        return PythonBatches
    assert compiled(), "this suite needs the compiled path: a C compiler, and an install that built it"
    return CompiledBatches


class Pair:
    """Two sockets joined in process, and the batches of each."""

    def __init__(self, kind: Any, *, hwm: int = 0, sends: zmq.SocketType = zmq.PUSH) -> None:
        takes = {zmq.PUSH: zmq.PULL, zmq.PAIR: zmq.PAIR, zmq.ROUTER: zmq.DEALER}[sends]
        self.context: zmq.Context[Any] = zmq.Context()
        self.receiver, self.sender = self.context.socket(takes), self.context.socket(sends)
        for socket in (self.receiver, self.sender):
            socket.set_hwm(hwm)
        self.receiver.bind("inproc://pair")
        self.sender.connect("inproc://pair")
        self.incoming: Batches = kind(self.receiver)
        self.outgoing: Batches = kind(self.sender)


@pytest.fixture
def make_pair() -> Iterator[Callable[..., Pair]]:
    made: list[Pair] = []

    def make(*arguments: Any, **options: Any) -> Pair:
        made.append(Pair(*arguments, **options))
        return made[-1]

    yield make
    for pair in made:
        pair.context.destroy(linger=0)


@pytest.fixture
def pair(make_pair: Callable[..., Pair], kind: Any) -> Pair:
    return make_pair(kind)


def plain(batch: Batch) -> list[list[bytes]]:
    return [[as_bytes(frame) for frame in message] for message in batch]


def test_messages_arrive_as_they_were_sent(pair: Pair) -> None:
    batch: Batch = [[b"one"], [b"", b"\0\xff", b""], [memoryview(b"a view")], [b"x" * 300, b"y" * LARGE]]
    sent = pair.outgoing.send(batch, 0, 4, FRAMING)
    received, size, code = pair.incoming.receive(10)

    assert sent == Sent(4, 0, 0, FRAMING.size(batch, 0, 4))
    assert plain(received) == plain(batch)
    assert size == sum(len(frame) for message in batch for frame in message)
    assert code == errno.EAGAIN


def test_only_the_part_that_is_asked_for_is_sent_and_counted(pair: Pair) -> None:
    batch: Batch = [[b"before"], [b"x" * 256], [b"z"], [b"after"]]

    assert pair.outgoing.send(batch, 1, 3, FRAMING) == Sent(3, 0, 0, FRAMING.size(batch, 1, 3))
    assert plain(pair.incoming.receive(10)[0]) == [[b"x" * 256], [b"z"]]


def test_nothing_is_counted_without_a_framing(pair: Pair) -> None:
    assert pair.outgoing.send([[b"x"]], 0, 1, None) == Sent(1, 0, 0, 0)


def test_routing_ids_and_headers_are_counted_as_they_are_sent(pair: Pair) -> None:
    framing = Framing(routing_ids=1, extra=33)
    batch: Batch = [[b"id", b"x" * 222], [b"id", b"x" * 223, b""]]

    assert pair.outgoing.send(batch, 0, 2, framing).wire_bytes == framing.size(batch, 0, 2)


def test_receiving_ends_at_the_number_of_messages(pair: Pair) -> None:
    pair.outgoing.send([[b"x"]] * 5, 0, 5, None)

    assert [len(pair.incoming.receive(3)[0]) for _ in range(3)] == [3, 2, 0]


def test_receiving_ends_at_the_bytes(pair: Pair) -> None:
    half = b"x" * (BATCH_BYTES // 2)
    pair.outgoing.send([[half]] * 5, 0, 5, None)
    received, size, code = pair.incoming.receive(100)

    assert (len(received), size, code) == (2, BATCH_BYTES, 0)


def test_receiving_ends_at_the_frames(pair: Pair) -> None:
    many = [b""] * (BATCH_FRAMES // 2)
    pair.outgoing.send([[*many] for _ in range(3)], 0, 3, None)

    assert [len(pair.incoming.receive(100)[0]) for _ in range(2)] == [2, 1]


def test_sending_ends_where_there_is_no_room(make_pair: Callable[..., Pair], kind: Any) -> None:
    pair = make_pair(kind, hwm=2)
    batch: Batch = [[b"x", b"y"]] * 10
    sent = pair.outgoing.send(batch, 0, 10, FRAMING)

    assert sent == Sent(4, 0, errno.EAGAIN, FRAMING.size(batch, 0, 4))
    assert len(pair.incoming.receive(10)[0]) == 4


def test_a_message_to_nobody_is_told_by_its_errno(make_pair: Callable[..., Pair], kind: Any) -> None:
    pair = make_pair(kind, sends=zmq.ROUTER)
    pair.sender.setsockopt(zmq.ROUTER_MANDATORY, 1)

    assert pair.outgoing.send([[b"nobody", b"x"]], 0, 1, None)[:3] == (0, 0, errno.EHOSTUNREACH)


@pytest.mark.parametrize("size", [1, LARGE])
def test_a_closed_socket_is_an_error_and_no_crash(pair: Pair, size: int) -> None:
    pair.receiver.close()
    pair.sender.close()

    assert pair.incoming.receive(1) == ([], 0, errno.ENOTSOCK)
    assert pair.outgoing.send([[b"x" * size]], 0, 1, None)[:3] == (0, 0, errno.ENOTSOCK)


def test_a_large_frame_is_not_copied_and_outlives_its_batch(pair: Pair) -> None:
    data = bytes(range(256)) * (LARGE // 256)
    pair.outgoing.send([[data, b"small"]], 0, 1, None)
    frame = pair.incoming.receive(1)[0][0][0]
    view = memoryview(frame)
    pair.receiver.close()

    assert not isinstance(frame, bytes)
    assert len(frame) == len(data)
    del frame
    assert view == data


def test_a_peer_that_leaves_between_two_frames_ends_the_batch_within_the_message(
    make_pair: Callable[..., Pair], kind: Any
) -> None:
    pair = make_pair(kind, sends=zmq.PAIR)
    send_one = pair.outgoing._send_one if kind is CompiledBatches else pair.outgoing._send  # type: ignore[attr-defined]

    def leave_after(frame: Frame, *how: Any) -> None:
        send_one(frame, *how)
        pair.receiver.close()
        while int(pair.sender.getsockopt(zmq.EVENTS)) & zmq.POLLOUT:  # its end is told by another thread
            pass

    setattr(pair.outgoing, "_send_one" if kind is CompiledBatches else "_send", leave_after)
    message: Message = [b"x" * LARGE, b"y", b"z"]

    assert pair.outgoing.send([message], 0, 1, None)[:3] == (0, 1, errno.EAGAIN)


@pytest.mark.parametrize("wrong", [["text"], [None], "text", [[b"nested"]]])
def test_what_is_no_message_raises(make_pair: Callable[..., Pair], wrong: Any) -> None:
    pair = make_pair(CompiledBatches)
    with pytest.raises(TypeError):
        pair.outgoing.send([[b"good"], wrong], 0, 2, None)

    assert plain(pair.incoming.receive(5)[0]) == [[b"good"]]


def test_the_compiled_path_is_used_where_it_was_built(pair: Pair) -> None:
    assert isinstance(batches_for(pair.sender), CompiledBatches)


@pytest.mark.parametrize(
    "spoil",
    [
        "import os; os.environ['ZMQCLI_BATCHES'] = 'python'",
        "import zmqcli; sys.modules['zmqcli._batches'] = None",
        "import zmq.backend.cython._zmq as loaded; loaded.__file__ = '/nowhere/_zmq.so'",
    ],
    ids=["forced", "not built", "libzmq hidden"],
)
def test_the_twin_takes_its_place(spoil: str) -> None:
    code = f"import sys; {spoil}; from zmqcli.sockets.batches import compiled; print(compiled())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout == "False\n"


def test_a_library_without_libzmq_is_refused() -> None:
    with pytest.raises(OSError, match="is not loaded"):
        _batches.bind("/nowhere/libzmq.so")
    assert module.compiled()
    with pytest.raises(OSError, match="have no zmq_msg_"):
        _batches.bind(_batches.__file__)


# The batch itself


BATCH: list[Message] = [[b"one"], [b"", b"two"], [b"x" * LARGE, b"three", b""], [b"four"]]


@pytest.fixture
def batch(make_pair: Callable[..., Pair]) -> Batch:
    pair = make_pair(CompiledBatches)
    pair.outgoing.send(BATCH, 0, len(BATCH), None)
    return pair.incoming.receive(10)[0]


def test_the_compiled_path_is_bound_by_its_first_use() -> None:
    # In a process of its own: elsewhere another test has bound it.
    program = (
        "import zmq; from zmqcli.sockets.batches import CompiledBatches\n"
        "socket = zmq.Context().socket(zmq.PAIR); socket.bind('inproc://it')\n"
        "print(CompiledBatches(socket).receive(1)[0] == [])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout == "True\n"


def test_a_batch_reads_as_a_list_of_messages(batch: Batch) -> None:
    assert len(batch) == len(BATCH)
    assert plain(batch) == BATCH
    assert [plain([batch[index]])[0] for index in (0, 3, -1, -4)] == [BATCH[index] for index in (0, 3, -1, -4)]
    for part in (slice(1, 3), slice(None, None, -1), slice(5, 9), slice(-2, None), slice(0, 4, 2)):
        assert plain(batch[part]) == BATCH[part]
    for index in (4, -5):
        with pytest.raises(IndexError):
            batch[index]


def test_a_batch_equals_the_same_messages(make_pair: Callable[..., Pair]) -> None:
    pair = make_pair(CompiledBatches)
    messages: list[Message] = [[b"a"], [b"b", b"c"]]
    pair.outgoing.send(messages, 0, 2, None)
    received = pair.incoming.receive(5)[0]

    assert received == messages
    assert received != messages[:1]


@pytest.mark.parametrize(("between", "after"), [(b"\t", b"\n"), (b"", b""), (b"--", b"\r\n")])
def test_a_batch_is_joined_as_its_messages_would_be(batch: Batch, between: bytes, after: bytes) -> None:
    assert join(batch, between, after) == join(BATCH, between, after)
    assert join(BATCH, between, after) == b"".join(between.join(map(as_bytes, message)) + after for message in BATCH)


def test_a_received_batch_is_sent_on_as_it_is(batch: Batch, pair: Pair) -> None:
    assert pair.outgoing.send(batch, 1, 4, FRAMING) == Sent(4, 0, 0, FRAMING.size(BATCH, 1, 4))
    assert plain(pair.incoming.receive(10)[0]) == BATCH[1:]


def test_a_received_batch_is_kept_where_there_is_no_room(batch: Batch, make_pair: Callable[..., Pair]) -> None:
    pair = make_pair(CompiledBatches)
    with pair.context.socket(zmq.PUSH) as lonely:
        assert CompiledBatches(lonely).send(batch, 1, 4, FRAMING) == Sent(1, 0, errno.EAGAIN, 0)
    assert plain(batch) == BATCH


@given(st.binary(max_size=300), st.sampled_from([b"\n", b"\0", b"ab", b"aab"]))
def test_a_chunk_is_cut_as_bytes_split_does_it(chunk: bytes, delimiter: bytes) -> None:
    records, rest = _batches.split(chunk, delimiter)
    *expected, last = chunk.split(delimiter)

    assert list(records) == [[record] for record in expected]
    assert rest == last


def test_a_long_record_is_a_view_of_its_chunk() -> None:
    chunk = b"short\n" + b"x" * LARGE + b"\n"
    (short,), (long,) = _batches.split(chunk, b"\n")[0]

    assert short == b"short"
    assert isinstance(long, memoryview)
    assert long.obj is chunk


def test_records_of_a_chunk_are_sent_without_being_made(pair: Pair) -> None:
    records, _ = _batches.split(b"one\ntwo\n" + b"x" * LARGE + b"\nrest", b"\n")

    assert pair.outgoing.send(records, 0, 3, FRAMING).reached == 3
    assert plain(pair.incoming.receive(10)[0]) == [[b"one"], [b"two"], [b"x" * LARGE]]


def test_a_signal_interrupts_no_batch(pair: Pair) -> None:
    """Libzmq returns EINTR also from calls that do not wait."""
    handled = []
    before = signal.signal(signal.SIGALRM, lambda *_: handled.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.00005, 0.00005)
    try:
        for _ in range(200):
            assert pair.outgoing.send([[b"x"]] * 500, 0, 500, None).errno == 0
            assert pair.incoming.receive(500)[2] in {0, errno.EAGAIN}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert handled
