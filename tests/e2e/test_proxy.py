"""`zmqcli proxy` between plain pyzmq clients and workers, by libzmq's own proxy and by our own loop."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import zmq

from tests.faults.support import until
from tests.support.peers import free_port
from tests.test_startup import RUN, loaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

OWN_LOOP = ("--stats", "1h")
ODD = [b"two frames", b"\0\xff\n"]
STOPS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


class Proxy(NamedTuple):
    """A proxy at work, and its two ends: tcp and ipc."""

    process: Process
    frontend: str
    backend: str


@pytest.fixture(params=[(), OWN_LOOP], ids=["native", "own"])
def mode(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Return the options that make libzmq or our own loop pass the messages."""
    options: tuple[str, ...] = request.param
    return options


def start(zmqcli: Zmqcli, *options: str) -> Proxy:
    process = zmqcli.start("proxy", "--frontend", "tcp://127.0.0.1:0", "--backend", "./backend", *options, ready=True)
    frontend, backend = process.wait_ready()[:2]
    return Proxy(process, frontend, f"ipc://{zmqcli.directory}/{backend.removeprefix('ipc://')}")


def fill(push: zmq.Socket[bytes], bodies: Sequence[bytes]) -> int:
    """Send until nothing more is taken; return how many went."""
    push.sndtimeo = 200
    for count, body in enumerate(bodies):
        try:
            push.send(body)
        except zmq.Again:
            return count
    pytest.fail("it took everything")


def wait_for(proxy: Proxy, *events: str) -> None:
    """Wait until a proxy that was started with -v has told of these events."""
    for event in events:
        proxy.process.wait_stderr(event)


# The patterns


def test_a_queue_serves_clients_by_workers_and_survives_one(
    zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]
) -> None:
    proxy = start(zmqcli, "queue", "-v", *mode)
    workers = [
        peers.start("REP", "--connect", proxy.backend, "--receive", "1000", "--echo", stdin="pipe") for _ in range(3)
    ]
    for worker in workers:
        assert worker.endpoint
    again: dict[int, int] = {zmq.REQ_RELAXED: 1, zmq.REQ_CORRELATE: 1}
    clients = [peers.socket(zmq.REQ, connect=proxy.frontend, options=again) for _ in range(4)]

    def ask(rounds: int) -> None:
        for number in range(rounds):
            for index, client in enumerate(clients):
                client.send_multipart([b"%d %d" % (index, number), *ODD, b""])
            for index, client in enumerate(clients):
                while not client.poll(1000):  # what went to the worker that died is lost, as with any queue
                    client.send_multipart([b"%d %d" % (index, number), *ODD, b""])
                assert client.recv_multipart() == [b"%d %d" % (index, number), *ODD, b""]

    ask(10)
    workers[0].send_signal(signal.SIGKILL)
    wait_for(proxy, "backend: disconnected")
    ask(10)
    assert proxy.process.stop().ended(143)


def test_a_forwarder_carries_subscriptions_up_and_topics_down(
    zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]
) -> None:
    proxy = start(zmqcli, "forwarder", *mode)
    publishers = [peers.socket(zmq.XPUB, connect=proxy.frontend) for _ in range(2)]
    subscribers = [peers.socket(zmq.SUB, connect=proxy.backend) for _ in range(2)]
    subscribers[0].subscribe(b"weather")
    for publisher in publishers:
        assert publisher.recv() == b"\x01weather"
    subscribers[1].subscribe(b"sport")
    for publisher in publishers:
        assert publisher.recv() == b"\x01sport"

    publishers[0].send_multipart([b"sport", *ODD])
    assert subscribers[1].recv_multipart() == [b"sport", *ODD]
    publishers[1].send_multipart([b"weather", *ODD])
    assert subscribers[0].recv_multipart() == [b"weather", *ODD]
    subscribers[0].unsubscribe(b"weather")
    for publisher in publishers:
        assert publisher.recv() == b"\x00weather"


def test_a_streamer_shares_the_work(zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]) -> None:
    proxy = start(zmqcli, "streamer", "-v", *mode)
    pulls = [peers.socket(zmq.PULL, connect=proxy.backend) for _ in range(2)]
    pushes = [peers.socket(zmq.PUSH, connect=proxy.frontend) for _ in range(2)]
    for index, push in enumerate(pushes):
        for number in range(500):
            push.send_multipart([b"%d" % index, b"%d" % number, *ODD])
    got: list[list[bytes]] = []
    poller = zmq.Poller()
    for pull in pulls:
        poller.register(pull, zmq.POLLIN)
    while len(got) < 1000:
        ready = poller.poll(10_000)
        assert ready
        got += [socket.recv_multipart() for socket, _ in ready]

    assert sorted(got) == sorted([b"%d" % i, b"%d" % n, *ODD] for i in range(2) for n in range(500))


def test_a_pair_goes_both_ways(zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]) -> None:
    proxy = start(zmqcli, "pair", *mode)
    left = peers.socket(zmq.PAIR, connect=proxy.frontend)
    right = peers.socket(zmq.PAIR, connect=proxy.backend)
    left.send_multipart([b"", *ODD])
    assert right.recv_multipart() == [b"", *ODD]
    right.send(b"back")
    assert left.recv() == b"back"


@pytest.mark.parametrize(
    ("types", "source", "target", "options"),
    [
        ("DEALER/DEALER", zmq.DEALER, zmq.DEALER, ()),
        ("sub/pub", zmq.XPUB, zmq.SUB, OWN_LOOP),
        ("SUB/PUSH", zmq.XPUB, zmq.PULL, ()),
        ("PULL/PUB", zmq.PUSH, zmq.SUB, OWN_LOOP),
        ("PULL/PUB", zmq.PUSH, zmq.SUB, ()),
    ],
)
def test_other_pairs(
    zmqcli: Zmqcli, peers: Peers, types: str, source: int, target: int, options: tuple[str, ...]
) -> None:
    proxy = start(zmqcli, "--types", types, "-v", *options)
    receiver = peers.socket(target)
    if target == zmq.SUB:
        receiver.subscribe(b"")
    receiver.connect(proxy.backend)
    sender = peers.socket(source, connect=proxy.frontend)
    if source == zmq.XPUB:
        assert sender.recv() == b"\x01"
    wait_for(proxy, "backend: handshake done", "frontend: handshake done")
    receiver.rcvtimeo = 20
    while True:  # a PUB cannot say when the subscription has arrived
        sender.send_multipart([b"x", *ODD])
        try:
            assert receiver.recv_multipart() == [b"x", *ODD]
        except zmq.Again:
            continue
        break


# Where it is


def test_several_endpoints_a_side_and_the_ready_file(zmqcli: Zmqcli, peers: Peers) -> None:
    late = f"tcp://127.0.0.1:{free_port()}"
    proxy = zmqcli.start(
        *["proxy", "streamer", "--backend", "./b", "--capture", "0", "--frontend", "./f1", "--frontend", "0"],
        *["--frontend-connect", late],
        ready=True,
    )
    lines = proxy.wait_ready()
    assert [line.partition("127.0.0.1")[0] for line in lines] == ["ipc://./f1", "tcp://", "ipc://./b", "tcp://"]
    here = f"ipc://{zmqcli.directory}/"
    pull = peers.socket(zmq.PULL, connect=f"{here}b")
    pushes = [peers.socket(zmq.PUSH, connect=where) for where in (f"{here}f1", lines[1])]
    for number, push in enumerate([*pushes, peers.socket(zmq.PUSH, bind=late)]):
        push.send(b"%d" % number)

    assert sorted(pull.recv() for _ in range(3)) == [b"0", b"1", b"2"]
    said = proxy.stop().ended(143).stderr
    assert f"frontend connecting to {late}" in said
    assert f"backend bound {lines[2]}" in said
    assert not list(zmqcli.directory.glob("[fb]*"))


def test_an_end_that_dies_and_returns_is_served_again(zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]) -> None:
    worker_at = f"tcp://127.0.0.1:{free_port()}"
    proxy = zmqcli.start("proxy", "queue", "-v", "--frontend", "0", "--backend-connect", worker_at, *mode, ready=True)
    client = peers.socket(zmq.REQ, connect=proxy.endpoint)
    for _ in range(2):
        worker = peers.start("REP", "--bind", worker_at, "--receive", "9", "--echo")
        client.send(b"hello")
        assert client.recv() == b"hello"
        worker.close()
        proxy.wait_stderr("backend: disconnected")  # before that a request may still go to the worker that is gone
    assert proxy.running


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        ([], "pattern"),
        (["quue", "--frontend", "0", "--backend", "0"], "quue"),
        (["queue", "--frontend", "0"], "--backend-connect"),
        (["queue", "--backend", "0"], "--frontend 'tcp"),
        (["queue", "--frontend", "tcp://*:99999", "--backend", "0"], "99999"),
        (["--types", "REQ/PUB", "--frontend", "0", "--backend", "0"], "REQ/PUB"),
        (["--types", "PUSH/PULL", "--frontend", "0", "--backend", "0"], "swap"),
        (["--types", "PULL", "--frontend", "0", "--backend", "0"], "PULL"),
        (["queue", "--frontend", "inproc://x", "--backend", "0"], "inproc"),
        (["queue", "--frontend", "0", "--backend", "0", "-o", "NONSENSE=1"], "NONSENSE"),
        (["queue", "--frontend", "0", "--backend", "0", "--drop", "101%"], "--drop"),
        (["queue", "--frontend", "0", "--backend", "0", "--rate", "0"], "--rate"),
        (["queue", "--frontend", "0", "--backend", "0", "--tap", "-O", "nonsense"], "nonsense"),
        (["queue", "--frontend", "0", "--backend", "0", "-O", "jsonl"], "--tap"),
    ],
)
def test_usage(in_process: InProcess, argv: list[str], named: str) -> None:
    in_process("proxy", *argv).error(2, named)


def test_options_of_each_side(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(
        zmqcli,
        "--types",
        "SUB/PUSH",
        "--frontend-option",
        "SUBSCRIBE=a",
        "--backend-option",
        "SNDHWM=5",
        "-o",
        "RCVHWM=7",
    )
    publisher = peers.socket(zmq.XPUB, connect=proxy.frontend)
    assert publisher.recv() == b"\x01a"


def test_an_address_in_use(zmqcli: Zmqcli, peers: Peers) -> None:
    taken = f"tcp://127.0.0.1:{free_port()}"
    peers.socket(zmq.PULL, bind=taken)

    zmqcli("proxy", "queue", "-q", "--frontend", "0", "--backend", taken).error(1, taken, "in use")


def test_the_plain_proxy_loads_neither_records_nor_codecs(zmqcli: Zmqcli) -> None:
    ends = ["--frontend", "0", "--backend", "0", "--duration", "0", "-o", "LINGER=0"]
    modules = loaded(zmqcli, RUN, "proxy", "queue", *ends)

    assert "zmqcli.sockets.native_proxy" in modules
    assert not [
        module for module in modules if module.startswith(("zmqcli.formats", "zmqcli.codecs", "zmqcli.terminal"))
    ]
    assert not modules & {"zmqcli.proxy.faults", "zmqcli.proxy.tap", "zmqcli.proxy.rates", "random"} - loaded(
        zmqcli, "import zmq, typer.core, typer.main"
    )


# How it ends


@pytest.mark.parametrize(("number", "code"), STOPS)
def test_a_signal_while_idle(zmqcli: Zmqcli, mode: tuple[str, ...], number: signal.Signals, code: int) -> None:
    proxy = start(zmqcli, "queue", "-q", *mode)

    assert proxy.process.stop(number, timeout=3).ended(code).stderr == ""
    assert not (zmqcli.directory / "backend").exists()


@pytest.mark.parametrize(("number", "code"), STOPS)
def test_nothing_in_flight_is_lost(
    zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...], number: signal.Signals, code: int
) -> None:
    proxy = start(zmqcli, "streamer", "-q", *mode, "--hwm", "10")
    pull = peers.socket(zmq.PULL, options={zmq.RCVHWM: 10}, connect=proxy.backend)
    push = peers.socket(zmq.PUSH, options={zmq.LINGER: 0}, connect=proxy.frontend)
    bodies = [b"%d" % index + bytes(20_000) for index in range(200)]
    for body in bodies[:100]:  # fills every queue on the way
        push.send(body)
    assert pull.recv() == bodies[0]
    proxy.process.send_signal(number)
    assert [pull.recv() for _ in bodies[1:100]] == bodies[1:100]
    assert proxy.process.finish().ended(code).stderr == ""


def test_what_nobody_takes_is_said(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(zmqcli, "streamer", "-v", "--linger", "0.1", "--duration", "0.4")
    push = peers.socket(zmq.PUSH, connect=proxy.frontend)
    push.send(b"nobody comes")

    assert "undelivered: frontend>backend" in proxy.process.finish().ended(5).stderr


def test_with_nobody_there_ever_a_signal_ends_at_once(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(zmqcli, "streamer", "-v")
    push = peers.socket(zmq.PUSH, connect=proxy.frontend, options={zmq.SNDHWM: 1})
    push.send(b"nobody comes")
    wait_for(proxy, "frontend: handshake done")

    assert "undelivered" in proxy.process.stop(timeout=3).ended(143).stderr


def block(proxy: Proxy, peers: Peers) -> None:
    """Send until every queue is full, and libzmq's proxy waits in the middle of a send."""
    pull = peers.socket(zmq.PULL, options={zmq.RCVHWM: 1}, connect=proxy.backend)
    push = peers.socket(zmq.PUSH, options={zmq.SNDHWM: 1}, connect=proxy.frontend)
    body = bytes(1 << 20)
    push.send(body)
    assert pull.recv() == body
    fill(push, [body] * 1000)


def test_the_second_interrupt_ends_at_once(zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]) -> None:
    proxy = start(zmqcli, "streamer", "-q", "--hwm", "1", "--linger", "1h", *mode)
    block(proxy, peers)
    proxy.process.send_signal(signal.SIGINT)
    with pytest.raises(AssertionError, match="no its end within"):
        proxy.process.finish(timeout=0.3)
    assert proxy.process.stop(signal.SIGINT, timeout=3).ended(130)
    assert not (zmqcli.directory / "backend").exists()


def test_a_proxy_that_waits_to_send_says_so_when_linger_ends(
    zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]
) -> None:
    proxy = start(zmqcli, "streamer", "-q", "--hwm", "1", "--linger", "0.2", *mode)
    block(proxy, peers)

    assert "undelivered: " in proxy.process.stop(timeout=5).ended(143).stderr


@pytest.mark.parametrize("options", [("-n", "1000000000"), ("-n", "1000000000", "-i", "1ms")], ids=["fast", "slow"])
def test_a_sender_that_never_stops_does_not_keep_it(
    zmqcli: Zmqcli, mode: tuple[str, ...], options: tuple[str, ...]
) -> None:
    proxy = start(zmqcli, "streamer", "-v", "--linger", "1h", *mode)
    pull = zmqcli.start("pull", "-c", proxy.backend, "-O", "none")
    push = zmqcli.start("push", "-c", proxy.frontend, *options, "x" * 100)
    wait_for(proxy, "backend: handshake done", "frontend: handshake done")
    proxy.process.send_signal(signal.SIGTERM)
    proxy.process.finish(timeout=10).ended(143)
    assert pull.running
    assert push.running


def test_a_closed_stdout_is_none_of_the_plain_proxys_business(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(zmqcli, "pair")
    proxy.process.close_stdout()
    left = peers.socket(zmq.PAIR, connect=proxy.frontend)
    right = peers.socket(zmq.PAIR, connect=proxy.backend)
    left.send(b"x")
    assert right.recv() == b"x"
    assert proxy.process.stop().ended(143)


@pytest.mark.parametrize("options", [("--tap",), OWN_LOOP], ids=["tap", "stats"])
def test_a_closed_stdout_ends_what_writes_to_it(zmqcli: Zmqcli, options: tuple[str, ...]) -> None:
    proxy = start(zmqcli, "pair", "-q", *options)
    proxy.process.close_stdout()

    assert proxy.process.finish(timeout=3).ended(141).stderr == ""


def test_transient_ends_with_its_peers(zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]) -> None:
    proxy = start(zmqcli, "pair", "-v", "--transient", *mode)
    left = peers.socket(zmq.PAIR, connect=proxy.frontend)
    right = peers.socket(zmq.PAIR, connect=proxy.backend)
    left.send(b"x")
    assert right.recv() == b"x"
    left.close()
    wait_for(proxy, "frontend: disconnected")
    assert proxy.process.running
    right.close()
    proxy.process.finish().ok()


# Captured and counted


def test_a_capture_is_watched_by_sub(zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]) -> None:
    proxy = start(zmqcli, "queue", "-v", "--capture", "./capture", *mode)
    watcher = zmqcli.start("sub", "-v", "-c", "./capture", "-O", "jsonl")
    wait_for(proxy, "capture: handshake done")
    client = peers.socket(zmq.REQ, connect=proxy.frontend, options={zmq.ROUTING_ID: b"me"})
    worker = peers.socket(zmq.REP, connect=proxy.backend)
    seen: list[bytes] = []
    while not seen or b"reply" not in seen[-1]:  # its subscription may come after the first ones
        client.send(b"request")
        assert worker.recv() == b"request"
        worker.send(b"reply")
        assert client.recv() == b"reply"
        seen += [watcher.read_line()] if seen or watcher_has(watcher) else []

    assert json.loads(seen[-1])["frames"] == ["me", "", "reply"]


def watcher_has(watcher: Process) -> bool:
    watcher._take(0.02)
    return bool(watcher._stdout)


def test_a_capture_reader_that_stops_reading_slows_nothing(zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]) -> None:
    proxy = start(zmqcli, "streamer", "-v", "--capture", "./capture", *mode)
    stalled = peers.socket(zmq.SUB, options={zmq.RCVHWM: 1, zmq.RCVBUF: 4096})
    stalled.subscribe(b"")
    stalled.connect(f"ipc://{zmqcli.directory}/capture")
    wait_for(proxy, "capture: handshake done")
    pull = peers.socket(zmq.PULL, connect=proxy.backend)
    push = peers.socket(zmq.PUSH, connect=proxy.frontend)
    for number in range(5000):
        push.send(b"%d" % number + bytes(1000))
        assert pull.recv().startswith(b"%d\0" % number)


def test_rates_of_each_side(zmqcli: Zmqcli, peers: Peers) -> None:
    proxy = start(zmqcli, "streamer", "-v", "--stats", "1h", "-J")
    pull = peers.socket(zmq.PULL, connect=proxy.backend)
    push = peers.socket(zmq.PUSH, connect=proxy.frontend)
    for _ in range(3):
        push.send_multipart([b"12", b"345"])
        pull.recv_multipart()
    frontend, backend = map(json.loads, proxy.process.stop().ended(143).lines)

    assert (frontend["side"], frontend["messages_in"], frontend["bytes_in"], frontend["messages_out"]) == (
        "frontend",
        3,
        15,
        0,
    )
    assert (backend["side"], backend["messages_in"], backend["messages_out"], backend["bytes_out"]) == (
        "backend",
        0,
        3,
        15,
    )
    assert frontend["peers"] == 1
    assert frontend["messages_in_per_second"] > 0


def test_rates_come_every_so_often_and_with_a_tap_on_stderr(zmqcli: Zmqcli) -> None:
    proxy = start(zmqcli, "streamer", "--stats", "10ms")
    assert proxy.process.read_lines(4)[2:] == [
        b"frontend: in 0 msg/s 0B/s, out 0 msg/s 0B/s, 0 peers",
        b"backend: in 0 msg/s 0B/s, out 0 msg/s 0B/s, 0 peers",
    ]
    proxy.process.stop().ended(143)
    tapped = zmqcli.start("proxy", "pair", "--frontend", "0", "--backend", "0", "--tap", "--stats", "10ms")
    assert tapped.wait_stderr("frontend: in 0").startswith("frontend: in 0")
    assert tapped.stop().ended(143).stdout == b""


def test_a_peer_that_has_taken_all_and_left_is_not_waited_for(
    zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]
) -> None:
    pull = peers.socket(zmq.PULL, bind=f"ipc://{zmqcli.directory}/pull")
    ends = ["--frontend", "0", "--backend-connect", "./pull", "--linger", "1h"]
    proxy = zmqcli.start("proxy", "streamer", "-v", *ends, *mode, ready=True)
    peers.socket(zmq.PUSH, connect=proxy.endpoint).send(b"x")
    assert pull.recv() == b"x"
    pull.close()
    proxy.wait_stderr("backend: disconnected")

    assert "undelivered" not in proxy.stop(timeout=5).ended(143).stderr


def test_messages_that_nobody_takes_cost_no_time(zmqcli: Zmqcli, peers: Peers, mode: tuple[str, ...]) -> None:
    """Libzmq's own proxy takes a whole core as long as a request waits for the first worker."""
    proxy = start(zmqcli, "queue", *mode)
    client = peers.socket(zmq.REQ, connect=proxy.frontend)
    client.send(b"is anybody there?")

    def spent() -> int:
        fields = Path(f"/proc/{proxy.process._popen.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])  # hundredths of a second: proc(5)

    assert not client.poll(200)
    before = spent()
    assert not client.poll(300)
    assert spent() - before < 10
    worker = peers.socket(zmq.REP, connect=proxy.backend)
    assert worker.recv() == b"is anybody there?"
    worker.send(b"yes")
    assert client.recv() == b"yes"


@pytest.mark.parametrize("command", ["proxy", "pipe"])
def test_the_ready_file_may_wait_for_a_peer_on_each_side(
    zmqcli: Zmqcli, peers: Peers, short_dir: Path, command: str
) -> None:
    file, front, back = short_dir / "ready", f"ipc://{short_dir}/f", f"ipc://{short_dir}/b"
    words = ["streamer"] if command == "proxy" else ["-e", "body"]
    ends = ["--frontend", front, "--backend", back, "--ready-file", str(file), "--ready-when", "peer"]
    ours = zmqcli.start(command, *words, *ends, "-v")
    push = peers.socket(zmq.PUSH, connect=front)
    until(ours, lambda: "handshake done" in ours.stderr, "the handshake of one side")
    assert not file.exists()

    pull = peers.socket(zmq.PULL, connect=back)
    push.send(b"x")
    assert pull.recv() == b"x"
    until(ours, file.exists, "the ready file")
    assert file.read_text().split() == [front, back]
    ours.stop()
