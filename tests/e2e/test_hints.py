"""Hints: each fault is provoked between a real command and a real peer, and is said within 3 s.

Each needs 2 s of nothing happening, so the commands of a group are started together and then looked at one by one.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import zmq

from tests.support.peers import endpoint_of, free_port
from tests.support.processes import SCRIPT, Process
from zmqcli.diagnosis.facts import CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
SAID_WITHIN = 3.0
BUSY = 1.0
"""What a busy machine may add before this process has read the line."""
PATIENCE = 20.0
ANCHOR = "see docs/troubleshooting.md#"
"""In a hint, and in what is said at once of a handshake that security has made fail: never in both, of one fault."""
TCP = "tcp://127.0.0.1:0"
ANOTHER_USER = ("setpriv", "--reuid=65534", "--clear-groups")
NNG_PUSH = b"\0SP\0\0\x50\0\0"
"""What nanomsg and nng greet with: `SP`, and the protocol."""
WRONG_KEY = zmq.curve_public(b"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6")


class Case(NamedTuple):
    """A command that is stuck, and what it should say about it: a code, or several of which one (`a|b`)."""

    name: str
    process: Process
    code: str
    texts: tuple[str, ...]
    directory: Path


class Stage:
    """Commands and peers of one group of faults."""

    def __init__(self, zmqcli: Zmqcli, peers: Peers) -> None:
        self.zmqcli = zmqcli
        self.peers = peers
        self.directory = zmqcli.directory
        self.cases: list[Case] = []
        self._listeners: list[socket.socket] = []
        self._processes: list[Process] = []

    def case(self, code: str, *argv: str, texts: tuple[str, ...] = (), prefix: tuple[str, ...] = ()) -> Process:
        """Start a command that should say `code`, an empty one for nothing at all."""
        process = Process([*prefix, SCRIPT, *argv], environment=self.zmqcli.environment, directory=self.directory)
        self._processes.append(process)
        self.cases.append(Case(" ".join(argv), process, code, texts, self.directory))
        return process

    def server(self, serve: Callable[[socket.socket], object], *, family: int = socket.AF_INET) -> int:
        """Return the port of a plain server that does this with each connection and keeps it."""
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        listener = socket.create_server((host, 0), family=family)
        self.serve(listener, serve)
        port: int = listener.getsockname()[1]
        return port

    def serve(self, listener: socket.socket, serve: Callable[[socket.socket], object]) -> None:
        """Do this with each connection of a listener, until the stage is closed."""
        self._listeners.append(listener)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                    self._listeners.append(connection)
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()

    def overrun(self) -> int:
        """Return a port whose program accepts nothing and whose backlog is full: the kernel does not answer."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self._listeners.append(listener)
        for _ in range(3):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
            self._listeners.append(waiting)
        port: int = listener.getsockname()[1]
        return port

    def check(self) -> None:
        """Wait until each command has said something, or is known to say nothing, and compare."""
        ready: dict[str, float] = {}
        said: dict[str, float] = {}
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and len(said) < len(self.cases):
            for case in self.cases:
                case.process._take(0.002)
                now = time.monotonic()
                if re.search("connecting to|bound ", case.process.stderr):
                    ready.setdefault(case.name, now)
                over = not case.code and case.name in ready and now > ready[case.name] + SAID_WITHIN
                if ANCHOR in case.process.stderr or over:
                    said.setdefault(case.name, now)
        wrong = [problem for case in self.cases for problem in complaints(case, ready, said)]
        assert not wrong, "\n".join(wrong)

    def close(self) -> None:
        for process in self._processes:
            process.close()
            sys.stdout.write(process.story())
        for listener in self._listeners:
            try:
                listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            listener.close()


BEGINNINGS = "hint: |new connections are refused |tcp://[^ ]*: handshake failed: "


def complaints(case: Case, ready: dict[str, float], said: dict[str, float]) -> Iterator[str]:
    """Yield what is wrong with what a command has said."""
    hints = [line for line in case.process.stderr.splitlines() if ANCHOR in line]
    if not case.code:
        if hints:
            yield f"{case.name}: nothing is wrong, yet: {hints}"
        return
    if len(hints) != 1 or not re.match(f"zmqcli: ({BEGINNINGS})", hints[0]):
        yield f"{case.name}: not one hint of {case.code}: {case.process.stderr}"
        return
    if not re.search(rf"; see docs/troubleshooting.md#({case.code})$", hints[0]):
        yield f"{case.name}: not of {case.code}: {hints[0]}"
    for text in case.texts:
        if text not in hints[0]:
            yield f"{case.name}: {text!r} is not in: {hints[0]}"
    if "|" not in case.code and shown_on_the_page(hints[0], case) not in PAGE.read_text():
        yield f"{case.name}: the page shows it otherwise: {shown_on_the_page(hints[0], case)}"
    if said[case.name] - ready[case.name] > SAID_WITHIN + BUSY:
        yield f"{case.name}: after {said[case.name] - ready[case.name]:.1f} s"


def shown_on_the_page(hint: str, case: Case) -> str:
    """Return a hint as the page shows it: with the ports, paths and mechanism of its examples."""
    text = hint.replace(str(case.directory), "/" + "tmp")
    return re.sub(r":\d{4,5}\b", ":5555", text)


@pytest.fixture
def stage(zmqcli: Zmqcli, peers: Peers) -> Iterator[Stage]:
    made = Stage(zmqcli, peers)
    yield made
    made.close()


def can_be_another_user() -> bool:
    """Whether the command can be run as nobody: by root, and from a directory that nobody may read."""
    if os.getuid() or not shutil.which(ANOTHER_USER[0]):
        return False
    return subprocess.run([*ANOTHER_USER, SCRIPT, "--version"], check=False, capture_output=True).returncode == 0


def test_who_cannot_reach_anybody(stage: Stage) -> None:
    missing, stale, plain, shut = (stage.directory / name for name in ("news", "stale", "notes.txt", "private"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(stale))
    plain.touch()
    refused, crossed = free_port(), free_port()
    stage.peers.socket(zmq.PUSH, connect=f"tcp://127.0.0.1:{crossed}")
    stage.peers.socket(zmq.PUSH, bind=TCP)
    elsewhere = stage.server(lambda _: None, family=socket.AF_INET6)

    stage.case("nothing-listens", "push", "-c", str(refused), "hello", texts=(f"127.0.0.1:{refused}", "refused"))
    stage.case("nothing-listens", "pull", "-c", str(crossed), texts=("both ends connect",))
    stage.case("nothing-listens", "pull", "-c", "@zmqcli-nobody")
    stage.case("nobody-came", "pull", "-b", "0", texts=("both ends bind",))
    stage.case("name-does-not-resolve", "pull", "-c", "nobody.invalid:5555", texts=("nobody.invalid",))
    stage.case("wrong-address-family", "pull", "-c", f"tcp://[::1]:{refused}", "-o", "IPV6=false", texts=("IPV6=true",))
    stage.case("wrong-address-family", "pull", "-c", str(elsewhere), texts=(f"tcp://[::1]:{elsewhere}",))
    stage.case("no-socket-file", "sub", "-c", str(missing), texts=(str(missing),))
    stage.case("stale-socket-file", "sub", "-c", str(stale), texts=(str(stale),))
    stage.case("not-a-socket", "sub", "-c", str(plain), texts=(str(plain),))
    if can_be_another_user():  # to root nothing is forbidden
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(shut))
        shut.chmod(0o700)
        stage.directory.chmod(0o755)
        stage.case("socket-file-forbidden", "sub", "-c", str(shut), prefix=ANOTHER_USER)
    stage.case("unreachable", "pull", "-c", f"tcp://192.0.2.1:0;127.0.0.1:{refused}")
    stage.case("no-answer", "pull", "-c", str(stage.overrun()))
    stage.case("nothing-listens", "monitor", "pull", "-c", str(refused))
    if shutil.which("prlimit"):
        full = free_port()
        stage.case("too-many-open-files", "pull", "-b", str(full), prefix=("prlimit", "--nofile=64"))
        for _ in range(40):
            stage.peers.socket(zmq.PUSH, connect=f"tcp://127.0.0.1:{full}")
    quiet = stage.zmqcli.start("pull", "-q", "-c", str(refused))
    stage.check()
    quiet._take(0.01)
    assert (quiet.running, quiet.stderr) == (True, "")


def test_who_meets_something_else(stage: Stage) -> None:
    def answer(data: bytes, connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(data)
        connection.close()

    http = stage.server(partial(answer, b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    tls = stage.server(partial(answer, b"\x15\x03\x01\x00\x02\x02\x46"))
    closing = stage.server(lambda connection: connection.close())
    ssh = stage.server(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n"))
    silent = stage.server(lambda _: None)
    foreign, nng_path = stage.directory / "foreign", stage.directory / "nng"
    stage.serve(unix_listener(foreign), lambda connection: connection.close())
    nng = stage.server(lambda connection: connection.sendall(NNG_PUSH))
    stage.serve(unix_listener(nng_path), lambda connection: connection.sendall(NNG_PUSH))
    sub = stage.peers.socket(zmq.SUB, bind=TCP)

    stage.case("handshake-fails", "pull", "-c", str(http), texts=(probe_of(http),))
    stage.case("handshake-fails", "pull", "-c", str(tls), texts=(probe_of(tls),))
    stage.case("handshake-fails", "pull", "-c", str(closing), texts=(probe_of(closing),))
    stage.case("handshake-fails", "pull", "-c", str(foreign), texts=(f"ask it: zmqcli probe ipc://{foreign};",))
    stage.case("silent-port", "pull", "-c", str(ssh), texts=(probe_of(ssh),))
    stage.case("silent-port", "pull", "-c", str(silent), texts=(probe_of(silent),))
    stage.case("type-does-not-fit", "pull", "-c", str(nng), texts=("nanomsg or nng", probe_of(nng)))
    stage.case("type-does-not-fit", "pull", "-c", str(nng_path), texts=("nanomsg or nng",))
    misfit = ("push", "-c", endpoint_of(sub), "x")
    # Both ends see that the other one does not fit, and which of them hangs up first is a race.
    stage.case("type-does-not-fit|handshake-fails", *misfit, texts=("a PUSH talks to PULL",))
    taken, dialled = free_port(), free_port()
    stage.case("type-does-not-fit|handshake-fails", "pub", "-b", str(taken), "x", texts=("SUB or XSUB",))
    stage.peers.socket(zmq.PULL, connect=f"tcp://127.0.0.1:{taken}")
    stage.case("type-does-not-fit", "pull", "-b", str(dialled), texts=("a PULL talks to PUSH", "nanomsg or nng"))
    with again_and_again(lambda: dial(dialled, NNG_PUSH)):
        stage.check()


def probe_of(port: int) -> str:
    return f"; ask it: zmqcli probe tcp://127.0.0.1:{port};"


def dial(port: int, greeting: bytes) -> None:
    """Connect, say `greeting`, and wait for the other end to hang up: nng then tries again."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            connection.sendall(greeting)
            while connection.recv(100):
                pass
    except OSError:  # not there yet, or reset
        pass


def test_whose_security_does_not_match(stage: Stage) -> None:
    _, secret = zmq.curve_keypair()
    curve = stage.peers.socket(zmq.PULL, options={zmq.CURVE_SERVER: 1, zmq.CURVE_SECRETKEY: secret}, bind=TCP)
    plain = stage.peers.socket(zmq.PULL, options={zmq.PLAIN_SERVER: 1}, bind=TCP)
    password = stage.directory / "password"
    password.touch(mode=0o600)
    password.write_text("secret")
    user = ("--plain-user", "me", "--plain-password-file", str(password))
    bound = free_port()
    with again_and_again(refusal(stage.peers)):
        wrong_key = (f"--curve-server-key={WRONG_KEY.decode()}",)
        stage.case("wrong-curve-key", "push", "-c", endpoint_of(curve), *wrong_key, "x")
        stage.case("mechanisms-differ", "push", "-c", endpoint_of(curve), "x", texts=("CURVE", "no security (NULL)"))
        stage.case("mechanisms-differ", "push", "-c", endpoint_of(plain), "x", texts=("PLAIN", "no security (NULL)"))
        stage.case("refused-by-authentication", "push", "-c", endpoint_of(plain), *user, "x", texts=("status 400",))
        both = free_port()
        stage.case("mechanisms-differ|wrong-curve-key", "pull", "-b", str(both), *wrong_key)
        stage.case("mechanisms-differ|wrong-curve-key", "push", "-c", str(both), *wrong_key, "x")
        # Which end is the first to see it, and whether the other one then only sees it hang up, is a race.
        stage.case("mechanisms-differ|handshake-fails", "pull", "-b", str(bound), "-o", "PLAIN_SERVER=true")
        stage.peers.socket(zmq.PUSH, connect=f"tcp://127.0.0.1:{bound}")
        stage.check()


@contextmanager
def again_and_again(action: Callable[[], object]) -> Iterator[None]:
    """Do it in a thread every 20 ms."""
    done = threading.Event()

    def repeat() -> None:
        while not done.wait(0.02):
            action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def refusal(peers: Peers) -> Callable[[], None]:
    """Return what answers a question of ZAP in the peers' context, when there is one, with status 400."""
    handler = peers.socket(zmq.REP, bind="inproc://zeromq.zap.01")

    def refuse() -> None:
        if handler.poll(0):
            version, request, *_ = handler.recv_multipart()
            handler.send_multipart([version, request, b"400", b"no", b"", b""])

    return refuse


def test_who_is_connected_and_hears_nothing(stage: Stage) -> None:
    peers = stage.peers
    rep, other_rep, router, mute = (peers.socket(kind, bind=TCP) for kind in (zmq.REP, zmq.REP, zmq.ROUTER, zmq.ROUTER))
    publisher, quiet_publisher = peers.socket(zmq.PUB, bind=TCP), peers.socket(zmq.PUB, bind=TCP)
    published, unheard, shown, monitored, counted = (free_port() for _ in range(5))
    for subscribed_to in (published, monitored, counted):
        peers.socket(zmq.SUB, connect=f"tcp://127.0.0.1:{subscribed_to}", options={zmq.SUBSCRIBE: b"sports"})
    for ignored in (unheard, shown, shown):
        peers.socket(zmq.SUB, connect=f"tcp://127.0.0.1:{ignored}")
    slow, pusher, leaving = peers.socket(zmq.REP, bind=TCP), peers.socket(zmq.PUSH, bind=TCP), peers.socket(zmq.REP)
    first = peers.socket(zmq.DEALER, options={zmq.ROUTING_ID: b"me"}, connect=endpoint_of(router))
    first.send(b"here")
    router.recv_multipart()
    port = free_port()
    leaving.bind(f"tcp://127.0.0.1:{port}")

    wrong_prefix = ("sub", "-c", endpoint_of(publisher), "-s", "wether")
    ask = f"zmqcli probe --listen {endpoint_of(publisher)} "
    stage.case("prefix-matches-nothing", *wrong_prefix, texts=("'wether'", ask))
    stage.case("no-matching-subscriber", "pub", "-b", str(published), "weather", "72F", texts=("'sports'",))
    stage.case("no-subscription", "pub", "-b", str(unheard), "weather", "72F", texts=("a peer is connected",))
    stage.case("no-subscription", "xpub", "-b", str(shown), texts=("2 peers are connected",))
    stage.case("missing-delimiter", "dealer", "-c", endpoint_of(rep), "-n", "1", "x", texts=("a REP", "--envelope"))
    stage.case("missing-delimiter", "dealer", "-c", endpoint_of(other_rep), "x")  # ends after a second
    stage.case("router-does-not-answer", "req", "-c", endpoint_of(mute), "x", texts=("zmqcli dealer",))
    stage.case("routing-id-in-use", "req", "-c", endpoint_of(router), "--identity", "me", "x")
    stage.case("request-lost", "req", "-c", f"tcp://127.0.0.1:{port}", "x", texts=("--retry",))
    stage.case("", "sub", "-c", endpoint_of(quiet_publisher))
    stage.case("", "pull", "-c", endpoint_of(pusher))
    stage.case("", "dealer", "--envelope", "-c", endpoint_of(slow), "-n", "1", "x")
    stage.case("", "run", "pub -b inproc://nobody-is-there hello")
    stage.case("", "monitor", "pub", "-b", str(monitored))
    stage.case("", "top", "xpub", "-b", str(counted), "-O", "jsonl")
    assert leaving.recv() == b"x"
    leaving.close(linger=0)
    bind_again(peers, port)
    with again_and_again(lambda: publisher.send_multipart([b"weather.berlin", b"72F"])):
        stage.check()


def bind_again(peers: Peers, port: int) -> None:
    """Bind a new REP where one has just closed."""
    rep = peers.socket(zmq.REP)
    end = time.monotonic() + PATIENCE
    while True:
        try:
            rep.bind(f"tcp://127.0.0.1:{port}")
        except zmq.ZMQError:  # closing takes libzmq a moment
            assert time.monotonic() < end
        else:
            return


def test_a_port_in_use_is_said_with_who_has_it(zmqcli: Zmqcli) -> None:
    port = free_port()
    zmqcli.start("pull", "-b", str(port), ready=True).wait_ready()

    zmqcli("pull", "-b", str(port)).error(1, "address in use by zmqcli, pid ", "docs/troubleshooting.md#address-in-use")


def test_a_missing_directory_and_a_port_of_the_system_are_said(zmqcli: Zmqcli) -> None:
    zmqcli("pull", "-b", "./no/feed").error(1, "mkdir -p ./no; see docs/troubleshooting.md#no-directory")
    if not can_be_another_user():
        return
    process = Process(
        [*ANOTHER_USER, SCRIPT, "pull", "-b", "80", "--duration", "0"],
        environment=zmqcli.environment,
        directory=zmqcli.directory,
    )
    result = process.finish()
    process.close()
    if result.code:  # containers may let anybody bind any port
        result.error(1, "permission denied", "docs/troubleshooting.md#privileged-port")


def test_every_fault_has_a_section() -> None:
    headings = re.findall(r"^#+ (.*)$", PAGE.read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}

    assert not {*CODES, "address-in-use", "privileged-port", "no-directory"} - anchors


def test_every_fault_is_provoked() -> None:
    text = Path(__file__).read_text()

    assert not [code for code in CODES if f'case("{code}"' not in text]


def unix_listener(path: Path) -> socket.socket:
    """Return a plain listener on a unix socket."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    return listener
