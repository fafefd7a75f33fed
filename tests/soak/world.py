"""One run of the soak: a directory, a clock, the commands of zmqcli, and the peers they have."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.soak.judge import Outcome
from tests.support.processes import SCRIPT, clean_environment
from tests.support.raw_peer import PATIENCE, Listener, PeerTimeout, RawPeer, bridge, dial
from tests.support.wire import wire_size
from zmqcli.zmtp.protocol import SIGNATURE

if TYPE_CHECKING:
    import random
    import signal
    import socket
    from collections.abc import Callable, Iterable
    from types import TracebackType

__all__ = ["PEER_TYPES", "Command", "Load", "Shape", "World"]

BOUND = 20.0
"""Seconds that a command has to end after the last thing that happens to it; then it hangs."""
PEER_TYPES = {
    "push": "PULL",
    "dealer": "DEALER",
    "pair": "PAIR",
    "pub": "SUB",
    "pub that drops": "SUB",
    "xpub": "SUB",
    "router": "DEALER",
}
TWO_WAY = frozenset({"dealer", "pair", "router", "xpub"})
"""Those that receive as well: `-t` ends them when nothing comes, with 124."""
PEER_ID = "somebody"
"""The routing id that `router --to` sends to."""
SUBCOMMANDS = {
    "push": ("push",),
    "dealer": ("dealer",),
    "pair": ("pair",),
    "pub": ("pub", "--block"),
    "pub that drops": ("pub",),
    "xpub": ("xpub", "--block"),
    "router": ("router", "--to", PEER_ID),
}


@dataclass(frozen=True)
class Load:
    """So many numbered lines of so many bytes each, without their ends."""

    count: int
    size: int

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of all its messages."""
        return frozenset(range(self.count))

    def body(self, number: int) -> bytes:
        """Return one message: nine digits, and what fills it up."""
        return (b"%09d " % number).ljust(self.size, b"x")[: self.size]

    def file(self, directory: Path) -> Path:
        """Return a file with all of it, made once."""
        path = directory / f"{self.count}x{self.size}"
        if not path.exists():
            new = path.with_suffix(f".{os.getpid()}")
            with new.open("wb") as out:
                out.writelines(self.body(number) + b"\n" for number in range(self.count))
            new.rename(path)
        return path


@dataclass(frozen=True)
class Shape:
    """What a run is made of, as chance has it."""

    kind: str
    transport: str
    binds: bool
    load: Load
    curve: bool = False

    def __str__(self) -> str:
        side = "-b" if self.binds else "-c"
        curve = " curve" if self.curve else ""
        return f"{self.kind} {side} {self.transport}{curve} {self.load.count}x{self.load.size}"

    @property
    def half_known(self) -> int:
        """How many messages may be lost unsaid: over ipc a single long one counts as read when its beginning was."""
        return int(self.transport == "ipc" and 4096 <= self.load.size < 160 * 1024)  # docs/delivery.md

    @property
    def total(self) -> int:
        """The bytes of all its messages on the wire."""
        return self.load.count * wire_size(self.load.size, curve=self.curve)


class Command:
    """One command of zmqcli that runs, or has run."""

    def __init__(
        self,
        directory: Path,
        name: str,
        argv: list[str],
        *,
        stdin: Path | None,
        descriptors: int | None,
        environment: dict[str, str],
    ) -> None:
        self.argv = argv
        self.out = directory / f"{name}.out"
        self._err = directory / f"{name}.err"
        self._ready = directory / f"{name}.ready"
        self._stdin = os.open(stdin or os.devnull, os.O_RDONLY)
        command = [str(SCRIPT), argv[0], "--ready-file", str(self._ready), *argv[1:]]

        def limit() -> None:
            if descriptors is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        self.started = time.monotonic()
        with self.out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                command,
                stdin=self._stdin,
                stdout=out,
                stderr=err,
                cwd=directory,
                env=environment,
                preexec_fn=limit if descriptors is not None else None,  # noqa: PLW1509 # one system call, no locks
            )

    @property
    def endpoints(self) -> list[str]:
        """Where it has bound."""
        end = time.monotonic() + BOUND
        while not self._ready.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                raise PeerTimeout(f"never ready: {self.stderr}")
            time.sleep(0.002)
        return self._ready.read_text().split()

    @property
    def endpoint(self) -> str:
        """Where it has bound, if that is one place."""
        return self.endpoints[0]

    @property
    def stderr(self) -> str:
        """What it has said so far."""
        return self._err.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    @property
    def consumed(self) -> int:
        """How many bytes of its stdin it has read; also when it has ended."""
        return os.lseek(self._stdin, 0, os.SEEK_CUR)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.running:
            self.process.send_signal(number)

    def end(self, bound: float = BOUND) -> int | None:
        """Wait for its end; None when it had to be killed."""
        try:
            return self.process.wait(bound)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def settle(self, quiet: float = 0.1, patience: float = 5.0) -> None:
        """Wait until it uses no processor time any more: it waits for somebody."""
        seen, since, end = -1, time.monotonic(), time.monotonic() + patience
        while self.running and time.monotonic() < end and time.monotonic() - since < quiet:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
            now = int(fields[11]) + int(fields[12])
            if now != seen:
                seen, since = now, time.monotonic()
            time.sleep(0.01)

    def numbers(self) -> set[int]:
        """Return the numbers of the messages it has printed."""
        return {int(line[:9]) for line in self.out.read_bytes().split(b"\n") if line[:9].isdigit()}

    def close(self) -> None:
        """Leave nothing behind."""
        if self.running:
            self.process.kill()
            self.process.wait()
        os.close(self._stdin)


class World:
    """Everything a script needs, and everything it has made."""

    def __init__(self, rng: random.Random, shape: Shape, loads: Path) -> None:
        self.rng = rng
        self.shape = shape
        self.directory = Path(tempfile.mkdtemp(prefix="zk", dir="/tmp"))  # short: an ipc path
        self.notes: list[str] = []
        """What chance has chosen beside the shape, for who wants to understand a run."""
        self._loads = loads
        self.commands: list[Command] = []
        self.peers: list[RawPeer] = []
        self.listeners: list[Listener] = []
        self._idle: list[RawPeer] = []
        self._threads: list[threading.Thread] = []
        self._closers: list[Callable[[], object]] = []
        self._sender: Command | None = None
        self._read_by_then: list[int] = []
        self.sent: range = range(0)
        """What a sender of a receiver has sent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for command in self.commands:
            command.close()
        for peer in [*self.peers, *self._idle]:
            peer.die()
        for listener in self.listeners:
            listener.close()
        for close in self._closers:
            close()
        for thread in self._threads:
            thread.join(BOUND)
        shutil.rmtree(self.directory, ignore_errors=True)

    # Chance

    def chance(self, share: float) -> bool:
        """Return True in that share of the runs."""
        return self.rng.random() < share

    def pick(self, name: str, choices: Iterable[str]) -> str:
        """Choose, and note what."""
        choice = self.rng.choice(list(choices))
        self.notes.append(f"{name}={choice}")
        return choice

    def moment(self, total: int | None = None) -> int:
        """Return at which byte of all a fault strikes: anywhere, and more often near the ends."""
        total = self.shape.total if total is None else total
        where = self.rng.random()
        if where < 0.2:
            at = self.rng.randint(0, min(total, 8192))
        elif where < 0.35:
            at = max(0, total - self.rng.randint(0, 65_536))
        else:
            at = self.rng.randint(0, total)
        self.notes.append(f"at={at}")
        return at

    def wait(self, most: float) -> None:
        """Let some time pass, at most that many seconds."""
        time.sleep(self.rng.uniform(0, most))

    # Commands

    def endpoint(self, name: str = "s", transport: str | None = None) -> str:
        """Return an endpoint to bind."""
        if (transport or self.shape.transport) == "tcp":
            return "tcp://127.0.0.1:0"
        return f"ipc://{self.directory}/{name}"

    def command(
        self, *argv: str, load: Load | None = None, stdin: Path | None = None, descriptors: int | None = None
    ) -> Command:
        """Start a command; `load` is its stdin."""
        command = Command(
            self.directory,
            f"c{len(self.commands)}",
            list(argv),
            stdin=load.file(self._loads) if load else stdin,
            descriptors=descriptors,
            environment=clean_environment(self.directory),
        )
        self.commands.append(command)
        return command

    def sender(self, *options: str, linger: str = "5s", ends: int = 1, descriptors: int | None = None) -> Command:
        """Start the command under test as its shape says; it binds, or connects to so many listeners."""
        shape = self.shape
        argv = [*SUBCOMMANDS[shape.kind], "--linger", linger, *options]
        if shape.binds:
            argv += ["-b", self.endpoint()]
        else:
            self.listeners = [Listener(self.endpoint(f"s{number}")) for number in range(ends)]
            for listener in self.listeners:
                argv += ["-c", listener.endpoint]
        if shape.curve:
            self._make_keys()
            certificate = self.directory / "server.key"
            secret = f"{certificate}_secret"
            argv += ["--curve-server-cert", secret] if shape.binds else ["--curve-server-key", str(certificate)]
        return self.under_test(*argv, load=shape.load, descriptors=descriptors)

    def under_test(self, *argv: str, load: Load | None = None, descriptors: int | None = None) -> Command:
        """Start the command that is judged."""
        self._sender = self.command(*argv, load=load, descriptors=descriptors)
        return self._sender

    def process(self, argv: list[str]) -> subprocess.Popen[bytes]:
        """Start a program that is no zmqcli."""
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, cwd=self.directory)

        def close() -> None:
            process.kill()
            process.wait()

        self._closers.append(close)
        return process

    # Peers

    def connection(self, end: int = 0, patience: float = PATIENCE) -> RawPeer:
        """Return a connection with the command under test on which nothing has been said."""
        assert self._sender is not None
        lives = self._sender.process.poll
        if self.shape.binds:
            return RawPeer(dial(self._sender.endpoint, patience, lives=lambda: lives() is None))
        return RawPeer(self.listeners[end].accept(patience, lives=lambda: lives() is None))

    def peer(self, end: int = 0, patience: float = PATIENCE) -> RawPeer:
        """Return a peer of the command under test that has joined and read nothing yet."""
        return self.join(self.connection(end), patience)

    def join(self, peer: RawPeer, patience: float = PATIENCE) -> RawPeer:
        """Make a peer of a connection."""
        self.peers.append(peer)
        if self.shape.curve:
            bridge(peer, *self._real_peer(), subscribes=PEER_TYPES[self.shape.kind] == "SUB")
        else:
            identity = PEER_ID.encode() if self.shape.kind == "router" else b""
            peer.join(PEER_TYPES[self.shape.kind], identity, patience)
        return peer

    def closing(self, close: Callable[[], object]) -> None:
        """Do that at the end."""
        self._closers.append(close)

    def silent(self, count: int = 1) -> None:
        """Let connections stand beside the real peers that say nothing, or next to nothing."""
        assert self._sender is not None
        for _ in range(count):
            connection = RawPeer(dial(self._sender.endpoint))
            words = self.pick("silent", ["nothing", "nothing", "a byte", "a signature"])
            connection.send({"nothing": b"", "a byte": SIGNATURE[:1], "a signature": SIGNATURE}[words])
            self._idle.append(connection)

    def beside(self, work: Callable[[], object]) -> None:
        """Do something at the same time; what fails there shows in what arrives."""

        def run() -> None:
            with contextlib.suppress(PeerTimeout, OSError):
                work()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _make_keys(self) -> None:
        import zmq.auth

        _, secret = zmq.auth.create_certificates(self.directory, "server")
        Path(secret).chmod(0o600)

    def _real_peer(self) -> tuple[socket.socket, Callable[[], object]]:
        """Return the far end of a real CURVE peer, for it to shake hands with the command, and what has it do so."""
        import zmq
        import zmq.auth

        context = zmq.Context[zmq.Socket[bytes]]()
        sock = context.socket(getattr(zmq, PEER_TYPES[self.shape.kind]))

        def close() -> None:
            sock.close(linger=0)  # named here, the socket lives until then
            context.term()

        self._closers.append(close)
        if sock.socket_type == zmq.SUB:
            sock.setsockopt(zmq.SUBSCRIBE, b"")
        elif self.shape.kind == "router":
            sock.setsockopt_string(zmq.ROUTING_ID, PEER_ID)
        public, secret = zmq.auth.load_certificate(self.directory / "server.key_secret")
        if not self.shape.binds:
            sock.curve_publickey, sock.curve_secretkey = public, secret
            sock.curve_server = True
            sock.bind("tcp://127.0.0.1:*")
            return dial(sock.getsockopt_string(zmq.LAST_ENDPOINT)), lambda: sock.poll(0)
        sock.curve_publickey, sock.curve_secretkey = zmq.curve_keypair()
        sock.curve_serverkey = public
        listener = Listener("tcp://127.0.0.1:0")
        self._closers.append(listener.close)
        sock.connect(listener.endpoint)
        return listener.accept(), lambda: sock.poll(0)

    # What came of it

    def kill(self, peer: RawPeer) -> None:
        """Let the process of a peer die: where it listened nobody does any more."""
        self.stop_listening()
        peer.die()

    def stop_listening(self) -> None:
        """Take no more connections of a command that connects."""
        for listener in self.listeners:
            listener.close()

    def end(self, bound: float = BOUND) -> int | None:
        """Wait for the end of the command under test, and remember what had been read until then."""
        assert self._sender is not None
        code = self._sender.end(bound)
        self._read_by_then = [len(peer.came.data) for peer in self.peers]
        return code

    def outcome(
        self,
        code: int | None,
        *,
        sent: Iterable[int] | None = None,
        offered: Iterable[int] = (),
        also: Iterable[int] = (),
        fine: Iterable[int] = (),
        unknowable: int = 0,
        any_code_says_it: bool = False,
    ) -> Outcome:
        """Return what is known of the command under test; `also` are numbers that others have received."""
        assert self._sender is not None
        for thread in self._threads:
            thread.join(BOUND)
        by_then = [*self._read_by_then, *[None] * (len(self.peers) - len(self._read_by_then))]
        known = [(peer.came, upto) for peer, upto in zip(self.peers, by_then, strict=True) if not peer.came.secured]
        sealed = [(peer.came, upto) for peer, upto in zip(self.peers, by_then, strict=True) if peer.came.secured]
        numbers = frozenset(also).union(*(came.numbers() for came, _ in known))
        in_time = frozenset(also).union(*(came.numbers(upto) for came, upto in known))
        return Outcome(
            sent=self.shape.load.numbers if sent is None else frozenset(sent),
            received=numbers,
            offered=frozenset(offered),
            unnumbered=sum(came.count() for came, _ in sealed),
            late=len(numbers - in_time) + sum(came.count() - came.count(upto) for came, upto in sealed),
            late_counts=self.shape.transport == "tcp",
            unknowable=unknowable + self.shape.half_known,
            code=code,
            stderr=self._sender.stderr,
            fine=frozenset({0, *fine, *({124} if self.shape.kind in TWO_WAY else ())}),
            any_code_says_it=any_code_says_it,
        )
