"""`zmqcli probe` as a user types it: what is printed, the exit code, and that it always ends."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

PUBLIC, SECRET = zmq.curve_keypair()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Return a port that is open and has nothing to say by itself."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(20)
        yield made


def port_of(made: socket.socket) -> str:
    return str(made.getsockname()[1])


def steps(stdout: bytes) -> dict[str, str]:
    """Return the marks of the steps by their names."""
    lines = [line.split(maxsplit=2) for line in stdout.decode().splitlines()]
    return {line[1]: line[0] for line in lines if line[0] in {"ok", "failed", "-"}}


def test_a_peer(zmqcli: Zmqcli, peers: Peers) -> None:
    peer = peers.socket(zmq.ROUTER, bind="tcp://127.0.0.1:0", options={zmq.ROUTING_ID: b"\xff\x1b[2J"})
    endpoint = endpoint_of(peer)

    result = zmqcli("probe", endpoint).ok()

    assert result.stderr == ""
    text = result.stdout.decode()
    assert text.endswith(f"\n{endpoint} is a ROUTER socket (ZMTP 3.1, NULL); talk to it with dealer, req or router\n")
    assert steps(result.stdout) == dict.fromkeys(["resolve", "connect", "greeting", "type", "fits"], "ok")
    assert r'identity "\xff\x1b[2J"' in text
    assert "\x1b" not in text


def test_one_object_for_scripts(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    peer = peers.socket(zmq.DEALER, bind=endpoint, options={zmq.ROUTING_ID: b"\xff"})

    found = json.loads(zmqcli("probe", endpoint_of(peer), "-O", "jsonl").ok().stdout)

    assert found["ok"] is True
    assert (found["zmtp"], found["mechanism"], found["as_server"]) == ("3.1", "NULL", False)
    assert (found["socket_type"], found["identity"], found["fits"]) == (
        "DEALER",
        {"base64": "/w=="},
        ["DEALER", "REP", "ROUTER"],
    )
    assert [step["ok"] for step in found["steps"]] == [True] * 5
    assert all(step["seconds"] >= 0 for step in found["steps"])


@pytest.mark.parametrize(("kind", "library"), [(b"\x50", "push"), (b"\x10", "pair")])
def test_nanomsg_and_nng_are_told_from_zeromq(
    zmqcli: Zmqcli, listener: socket.socket, kind: bytes, library: str
) -> None:
    """What they greet with: `SP` and the protocol, whether we have said anything or not."""
    probe = zmqcli.start("probe", port_of(listener))
    with listener.accept()[0] as connection:
        connection.sendall(b"\0SP\0\0" + kind + b"\0\0")
        probe.finish().ended(1)

    assert "nanomsg or nng" in probe.stderr, library


def test_listening_shows_what_is_published(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    publisher = peers.socket(zmq.XPUB, bind=endpoint)
    probe = zmqcli.start("probe", "--listen", endpoint_of(publisher), "-t", "3")
    assert publisher.recv() == b"\x01"
    for topic in [b"weather", b"\x1b[2J", b"weather"]:
        publisher.send(topic)
    result = probe.finish().ok()

    assert result.stdout.splitlines()[-4:-1] == [
        b"ok      listen     3 messages, 2 topics",
        b"       2  'weather'",
        b"       1  '\\x1b[2J'",
    ]
    assert publisher.recv() == b"\x00"


def test_a_signal_ends_the_listening_and_not_the_report(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    publisher = peers.socket(zmq.XPUB, bind=endpoint)
    probe = zmqcli.start("probe", "--listen", endpoint_of(publisher), "-t", "60")
    assert publisher.recv() == b"\x01"
    result = probe.stop(signal.SIGINT).ended(130)

    assert steps(result.stdout)["listen"] == "ok"
    assert b"is an XPUB socket" in result.stdout


def test_listening_for_scripts(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    publisher = peers.socket(zmq.PUB, bind=endpoint)

    found = json.loads(zmqcli("probe", "--listen", endpoint_of(publisher), "-t", "1", "-O", "jsonl").ok().stdout)

    assert found["heard"] | {"seconds": 1} == {"seconds": 1, "messages": 0, "topics": [], "left_out_messages": 0}
    assert [step["step"] for step in found["steps"]][-1] == "listen"


def test_listening_to_a_publisher_with_security(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    publisher = peers.socket(zmq.XPUB, bind=endpoint, options={zmq.CURVE_SERVER: 1, zmq.CURVE_SECRETKEY: SECRET})
    arguments = ("--listen", endpoint_of(publisher), f"--curve-server-key={PUBLIC.decode()}", "-O", "jsonl")
    probe = zmqcli.start("probe", "-t", "3", *arguments)
    assert publisher.recv() == b"\x01"
    publisher.send(b"secret")

    assert json.loads(probe.finish().ok().stdout)["heard"]["topics"] == [{"topic": "secret", "messages": 1, "bytes": 6}]


def test_listening_to_what_publishes_nothing(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    push = peers.socket(zmq.PUSH, bind=endpoint)

    result = zmqcli("probe", "--listen", endpoint_of(push))
    result.error(1, "a PUSH publishes nothing", "zmqcli pull")
    assert steps(result.stdout)["listen"] == "failed"
    zmqcli("probe", "--listen", "5555", "--as", "sub").error(2, "--as")


def test_a_closed_port(zmqcli: Zmqcli) -> None:
    port = free_port()

    result = zmqcli("probe", str(port), "-O", "jsonl")
    error = result.error(1, "nothing listens", "connection refused", f"tcp://127.0.0.1:{port}")
    found = json.loads(result.stdout)

    assert (found["ok"], found["failed"], found["zmtp"]) == (False, "connect", None)
    assert found["verdict"] in error.replace(f"zmqcli: tcp://127.0.0.1:{port}: ", "")


@pytest.mark.parametrize(
    ("path", "failed", "what"),
    [
        ("./missing", "path", "no such file"),
        ("./file", "path", "not a socket but a file"),
        ("./stale", "connect", "left-over"),
        ("@nobody-here", "connect", "nobody listens"),
    ],
)
def test_an_ipc_path_that_leads_nowhere(zmqcli: Zmqcli, path: str, failed: str, what: str) -> None:
    (zmqcli.directory / "file").touch()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(zmqcli.directory / "stale"))

    result = zmqcli("probe", path)

    result.error(1, what)
    assert steps(result.stdout)[failed] == "failed"


def test_an_abstract_name(zmqcli: Zmqcli, peers: Peers) -> None:
    name = f"ipc://@zmqcli-test-{os.getpid()}"
    peers.socket(zmq.REP, bind=name)

    text = zmqcli("probe", name).ok().stdout.decode()

    assert f"pid {os.getpid()}" in text
    assert "is a REP socket" in text


def test_an_http_server_answers_at_last(zmqcli: Zmqcli, listener: socket.socket) -> None:
    probe = zmqcli.start("probe", port_of(listener), "-t", "0.4")
    connection, _ = listener.accept()
    with connection:
        said = b""
        while not said.endswith(b"\n"):  # as a server that reads lines
            said += connection.recv(100)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        probe.finish().error(1, "an HTTP server is there", "does not speak ZMTP")


def test_a_tls_server_that_hangs_up_on_a_greeting_is_asked_again(zmqcli: Zmqcli, listener: socket.socket) -> None:
    probe = zmqcli.start("probe", port_of(listener))
    listener.accept()[0].close()
    connection, _ = listener.accept()
    with connection:
        assert connection.recv(100)[:3] == b"\x16\x03\x01"  # a handshake record (RFC 8446)
        connection.sendall(b"\x15\x03\x03\0\x02\x02\x32")
        probe.finish().error(1, "a TLS server is there")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"\xff\0\0\0\0\0\0\0\x01\x7f\x01\x08\0\x02me", "PUSH socket (ZMTP 2.0); talk to it with pull"),
        (b"\x03\0me", "is a ZeroMQ socket (ZMTP 1.0)"),
    ],
    ids=["2.0", "1.0"],
)
def test_an_old_peer(zmqcli: Zmqcli, listener: socket.socket, said: bytes, shown: str) -> None:
    probe = zmqcli.start("probe", port_of(listener))
    connection, _ = listener.accept()
    with connection:
        connection.sendall(said)
        text = probe.finish().ok().stdout.decode()

    assert shown in text
    assert 'identity "me"' in text


def test_a_silent_port_is_left_in_time(zmqcli: Zmqcli, listener: socket.socket) -> None:
    zmqcli("probe", port_of(listener), "-t", "0.2").error(1, "open and silent", "STREAM")


def test_a_ready_that_never_comes(zmqcli: Zmqcli, listener: socket.socket) -> None:
    probe = zmqcli.start("probe", port_of(listener), "-t", "0.3")
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0" + b"NULL".ljust(20, b"\0") + bytes(32))
        probe.finish().error(1, "sends no READY")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_at_once(zmqcli: Zmqcli, listener: socket.socket, number: signal.Signals, code: int) -> None:
    probe = zmqcli.start("probe", port_of(listener), "-t", "1h")
    connection, _ = listener.accept()
    with connection:
        result = probe.stop(number, timeout=5).ended(code)

    assert result.stderr == ""


def test_the_end_of_stdout_ends_it(zmqcli: Zmqcli, listener: socket.socket) -> None:
    probe = zmqcli.start("probe", port_of(listener), "-t", "1h")
    connection, _ = listener.accept()
    with connection:
        probe.close_stdout()
        assert probe.finish(timeout=5).ended(141).stderr == ""


# Credentials


def test_a_key_as_text_and_from_a_certificate(zmqcli: Zmqcli, peers: Peers) -> None:
    peer = peers.socket(zmq.PUSH, options={zmq.CURVE_SERVER: 1, zmq.CURVE_SECRETKEY: SECRET})
    peer.bind("tcp://127.0.0.1:0")
    certificate = zmqcli.directory / "server.key"
    certificate.write_text(f'metadata\n    name = "x"\ncurve\n    public-key = "{PUBLIC.decode()}"\n')
    other = zmq.curve_keypair()[0].decode()

    for key in (PUBLIC.decode(), str(certificate)):
        assert b"the key is right" in zmqcli("probe", endpoint_of(peer), f"--curve-server-key={key}").ok().stdout
    zmqcli("probe", endpoint_of(peer), f"--curve-server-key={other}").error(1, "that is not its key")
    assert b"not told" in zmqcli("probe", endpoint_of(peer)).ok().stdout


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (["--curve-server-key", "short"], 2, "neither a file nor a key"),
        (["--curve-server-key", "empty"], 2, "no public-key"),
        ([f"--curve-server-key={'~' * 40}"], 2, "neither a file nor a key"),
        (["--curve-cert", "empty"], 2, "has to know its server"),
        (["--plain-user", "me"], 2, "needs a password"),
        (["--plain-user", "me", "--plain-password-file", "none"], 2, "cannot read the file of --plain-password-file"),
        (["--plain-user", "me", "--plain-password-file", "long"], 2, "has 300 bytes"),
        (["--as", "nonsense"], 2, "no socket type 'nonsense'"),
        (["--as", "stream"], 2, "no socket type 'stream'"),
        (["-O", "pretty"], 2, "no output format 'pretty'"),
    ],
)
def test_what_cannot_be_meant(in_process: InProcess, peers: Peers, arguments: list[str], code: int, what: str) -> None:
    peer = peers.socket(zmq.PUSH, options={zmq.CURVE_SERVER: 1, zmq.CURVE_SECRETKEY: SECRET})
    peer.bind("tcp://127.0.0.1:0")
    (in_process.directory / "empty").touch()
    (in_process.directory / "long").write_text("x" * 300)
    (in_process.directory / "long").chmod(0o600)

    in_process("probe", endpoint_of(peer), *arguments).error(code, what)


@pytest.mark.parametrize("endpoint", ["inproc://x", "udp://127.0.0.1:1", "tcp://127.0.0.1:0;127.0.0.1:1", "tcp://*:1"])
def test_an_endpoint_that_cannot_be_probed(zmqcli: Zmqcli, endpoint: str) -> None:
    assert "Traceback" not in zmqcli("probe", endpoint).ended(2).stderr


# On a terminal


def test_marks_are_coloured_on_a_terminal_only(zmqcli: Zmqcli, peers: Peers) -> None:
    peer = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    ours, theirs = pty.openpty()
    try:
        zmqcli.start("probe", endpoint_of(peer), stdout=theirs, environment={"TERM": "xterm"}).finish().ok()
        shown = ""
        while "is a PULL socket" not in shown:  # the kernel passes on what is written when it likes
            assert select.select([ours], [], [], 5)[0], shown
            shown += os.read(ours, 10_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)

    assert shown.count("\x1b[32mok") == 5


def test_a_certificate_of_ours(zmqcli: Zmqcli, peers: Peers) -> None:
    peer = peers.socket(zmq.PUB, options={zmq.CURVE_SERVER: 1, zmq.CURVE_SECRETKEY: SECRET})
    peer.bind("tcp://127.0.0.1:0")
    public, secret = (key.decode() for key in zmq.curve_keypair())
    certificate: Path = zmqcli.directory / "me.key_secret"
    certificate.write_text(f'curve\n    public-key = "{public}"\n    secret-key = "{secret}"\n')

    result = zmqcli(
        "probe",
        endpoint_of(peer),
        f"--curve-server-key={PUBLIC.decode()}",
        "--curve-cert",
        certificate,
        "--as",
        "sub",
    ).ok()

    assert steps(result.stdout)["ready"] == "ok"
    assert secret not in result.stdout.decode()
