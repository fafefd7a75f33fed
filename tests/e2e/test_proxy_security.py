"""Security of a proxy: what it binds is a server, what it connects a client, and each side is said for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq
import zmq.auth

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

TCP = "tcp://127.0.0.1:0"


class Keys:
    """A server's certificates and one client's, by pyzmq."""

    def __init__(self, directory: Path) -> None:
        self.allowed = directory / "allowed"
        self.allowed.mkdir()
        zmq.auth.create_certificates(directory, "server")
        zmq.auth.create_certificates(self.allowed, "client")
        self.server, self.server_key = directory / "server.key_secret", directory / "server.key"
        self.client = self.allowed / "client.key_secret"
        for secret in (self.server, self.client):
            secret.chmod(0o600)
        self.as_server = ["--curve-server-cert", str(self.server), "--allow", str(self.allowed)]
        self.as_client = ["--curve-server-key", str(self.server_key), "--curve-cert", str(self.client)]

    def of_a_client(self) -> dict[int, object]:
        public, secret = zmq.auth.load_certificate(self.client)
        server_key, _ = zmq.auth.load_certificate(self.server_key)
        return {zmq.CURVE_SERVERKEY: server_key, zmq.CURVE_PUBLICKEY: public, zmq.CURVE_SECRETKEY: secret}

    def of_a_server(self) -> dict[int, object]:
        _, secret = zmq.auth.load_certificate(self.server)
        return {zmq.CURVE_SERVER: 1, zmq.CURVE_SECRETKEY: secret}


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def ends(proxy: Process) -> list[str]:
    """Return where it is bound: frontend, backend, capture."""
    return proxy.wait_ready()


def start(zmqcli: Zmqcli, *arguments: str) -> Process:
    return zmqcli.start("proxy", *arguments, ready=True)


@pytest.mark.parametrize("mode", [[], ["--tap"]], ids=["plain", "tapped"])
def test_a_broker_lets_in_who_is_listed_on_both_sides(
    zmqcli: Zmqcli, peers: Peers, keys: Keys, mode: list[str]
) -> None:
    proxy = start(zmqcli, "queue", "--frontend", TCP, "--backend", TCP, *keys.as_server, *mode, "-v")
    frontend, backend = ends(proxy)
    rep = peers.socket(zmq.REP, connect=backend, options=keys.of_a_client())
    req = peers.socket(zmq.REQ, connect=frontend, options=keys.of_a_client())
    req.send_multipart([b"hi", b"\0"])
    assert rep.recv_multipart() == [b"hi", b"\0"]
    rep.send(b"yes")
    assert req.recv() == b"yes"

    for side in ("frontend", "backend"):
        assert "(client.key)" in proxy.wait_stderr(f"{side}: let in 127.0.0.1 with key")
        assert "mechanism CURVE" in proxy.wait_stderr(f"{side}: handshake done: tcp://")
    assert "Event(" not in proxy.stderr
    proxy.stop().ended(143)


def test_who_is_not_listed_gets_nothing_and_both_ends_say_so(zmqcli: Zmqcli, keys: Keys) -> None:
    proxy = start(zmqcli, "streamer", "--frontend", TCP, "--backend", TCP, *keys.as_server)
    frontend, backend = ends(proxy)
    stranger = zmqcli.start("pull", "-c", backend, "--curve-server-key", str(keys.server_key))
    bare = zmqcli.start("push", "-c", frontend, "hello")

    assert "its key is not on the allow-list" in proxy.wait_stderr("backend: refused 127.0.0.1")
    assert "on no allow-list" in stranger.wait_stderr("the server refused this end")
    assert "frontend: tcp://" in proxy.wait_stderr("handshake failed: ")
    assert "no security" in bare.wait_stderr("the mechanisms differ")


@pytest.mark.parametrize("secured", ["--backend-connect", "--frontend-connect"])
def test_one_side_may_be_secured_and_the_other_not(zmqcli: Zmqcli, peers: Peers, keys: Keys, secured: str) -> None:
    connects_behind = secured.startswith("--backend")
    far = peers.socket(zmq.PULL if connects_behind else zmq.PUSH, options=keys.of_a_server(), bind=TCP)
    near = "--frontend" if connects_behind else "--backend"
    proxy = start(zmqcli, "streamer", secured, endpoint_of(far), near, TCP, *keys.as_client)
    here = peers.socket(zmq.PUSH if connects_behind else zmq.PULL, connect=ends(proxy)[0])

    source, target = (here, far) if connects_behind else (far, here)
    source.send_multipart([b"a", b""])
    assert target.recv_multipart() == [b"a", b""]


def test_a_capture_is_locked_as_well(zmqcli: Zmqcli, peers: Peers, keys: Keys) -> None:
    proxy = start(zmqcli, "streamer", "--frontend", TCP, "--backend", TCP, "--capture", TCP, *keys.as_server)
    frontend, backend, capture = ends(proxy)
    bare = zmqcli.start("sub", "-c", capture)
    listed = zmqcli.start("sub", "-c", capture, *keys.as_client, "-n", "1", "-v")
    listed.wait_stderr("handshake done")
    assert "capture: " in proxy.wait_stderr("handshake failed: ")
    pull = peers.socket(zmq.PULL, connect=backend, options=keys.of_a_client())
    push = peers.socket(zmq.PUSH, connect=frontend, options=keys.of_a_client())
    for _ in range(20):  # until the subscription is there
        push.send(b"hello")
        assert pull.recv() == b"hello"

    assert listed.finish().ok().stdout == b"hello\n"
    assert not bare.stop().stdout


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--frontend-connect", "1", "--backend-connect", "2", "SERVER"], "for what binds"),
        (["--frontend", TCP, "--backend", TCP, "CLIENT"], "for what connects"),
        (["--frontend", TCP, "--frontend-connect", "1", "--backend", TCP, "SERVER", "CLIENT"], "both a server and"),
        (["--frontend", TCP, "--backend", TCP, "SERVER", "--plain-passwords", "none"], "cannot be both"),
        (["--frontend", TCP, "--backend", TCP, "--allow", "none"], "cannot read"),
    ],
)
def test_what_cannot_be_meant(in_process: InProcess, keys: Keys, arguments: list[str], what: str) -> None:
    places = {"SERVER": keys.as_server, "CLIENT": keys.as_client}
    words = [word for argument in arguments for word in places.get(argument, [argument])]

    in_process("proxy", "queue", *words).error(2, what)
