"""Security between `zmqcli` and plain pyzmq peers with `zmq.auth`: who comes in, who does not, what is on the wire."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import pytest
import zmq
import zmq.auth

from tests.support.peers import endpoint_of, message_argument
from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

TCP = "tcp://127.0.0.1:0"
PASSWORD = "correct horse"  # noqa: S105 # of these tests
NAMED_WITHIN = 3.0


class Keys:
    """Certificates by pyzmq, passwords, and a list of who may come in."""

    def __init__(self, directory: Path) -> None:
        self.allowed = directory / "allowed"
        self.allowed.mkdir()
        (directory / "own").mkdir()
        for name in ("server", "stranger"):
            zmq.auth.create_certificates(directory / "own", name)
        zmq.auth.create_certificates(self.allowed, "client")
        for secret in directory.glob("*/*.key_secret"):
            secret.chmod(0o600)
        self.server = directory / "own" / "server.key_secret"
        self.server_key = directory / "own" / "server.key"
        self.stranger = directory / "own" / "stranger.key_secret"
        self.stranger_key = directory / "own" / "stranger.key"
        self.client = self.allowed / "client.key_secret"
        self.password = self._write(directory / "password", f"{PASSWORD}\n")
        self.wrong_password = self._write(directory / "wrong", "battery staple\n")
        self.passwords = self._write(directory / "passwords", f"# users\nbob {PASSWORD}\n")
        self.server_options: Arguments = ["--curve-server-cert", self.server, "--allow", self.allowed]
        self.client_options: Arguments = ["--curve-cert", self.client, "--curve-server-key", self.server_key]
        self.plain_options: Arguments = ["--plain-user", "bob", "--plain-password-file", self.password]

    @staticmethod
    def _write(path: Path, text: str) -> Path:
        path.write_text(text)
        path.chmod(0o600)
        return path

    def secrets(self) -> list[str]:
        """Return everything that nobody may ever see."""
        pairs = [zmq.auth.load_certificate(file) for file in (self.server, self.stranger, self.client)]
        return [PASSWORD, "battery staple", *[secret.decode() for _, secret in pairs if secret]]


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


Mechanism: TypeAlias = Literal["curve", "plain"]
MECHANISMS: tuple[Mechanism, ...] = ("curve", "plain")
Arguments: TypeAlias = "list[str | Path]"


@pytest.fixture(params=MECHANISMS)
def mechanism(request: pytest.FixtureRequest) -> Mechanism:
    name: Mechanism = request.param
    return name


def our_side(keys: Keys, mechanism: Mechanism, *, server: bool) -> Arguments:
    if mechanism == "curve":
        return [*(keys.server_options if server else keys.client_options)]
    return ["--plain-passwords", keys.passwords] if server else [*keys.plain_options]


def their_side(keys: Keys, mechanism: Mechanism, *, server: bool) -> list[str]:
    if mechanism == "plain":
        return ["--plain-passwords" if server else "--plain-user", f"bob:{PASSWORD}"]
    if server:
        return ["--curve-server", str(keys.server), "--clients", str(keys.allowed)]
    return ["--curve-client", str(keys.client), "--server-key", str(keys.server_key)]


# Both ways, with pyzmq


@pytest.mark.parametrize("server", ["ours", "theirs"])
def test_a_plain_pyzmq_peer_is_understood(
    zmqcli: Zmqcli, peers: Peers, keys: Keys, mechanism: Mechanism, server: str
) -> None:
    ours_serves = server == "ours"
    them = their_side(keys, mechanism, server=not ours_serves)
    us = our_side(keys, mechanism, server=ours_serves)
    if ours_serves:
        ours = zmqcli.start("rep", "-b", TCP, *us, "-n", "1", "-v", "--echo", ready=True)
        theirs = peers.start("REQ", "--connect", ours.endpoint, "--send", message_argument([b"hi", b"\0"]), *them)
        assert theirs.endpoint
        assert theirs.message() == [b"hi", b"\0"]
        who = "as user 'bob'" if mechanism == "plain" else "(client.key)"
        assert who in ours.wait_stderr("let in 127.0.0.1")
        ours.finish().ok()
    else:
        theirs = peers.start("REP", "--bind", TCP, "--receive", "1", "--echo", *them)
        assert zmqcli("req", "-c", theirs.endpoint, *us, "hi", "there").ok().stdout == b"hi\tthere\n"
    theirs.finish().ok()


COMMANDS = {
    "pub": ("SUB", ["--subscribe", ""]),
    "xpub": ("SUB", ["--subscribe", ""]),
    "push": ("PULL", []),
    "dealer": ("DEALER", []),
    "pair": ("PAIR", []),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_sender_has_security(zmqcli: Zmqcli, peers: Peers, keys: Keys, command: str) -> None:
    kind, options = COMMANDS[command]
    them = their_side(keys, "curve", server=False)
    ours = zmqcli.start(command, "-b", TCP, *keys.server_options, "-w", "1", "hello", ready=True)
    theirs = peers.start(kind, "--connect", ours.endpoint, *options, *them, "--receive", "1")
    assert theirs.endpoint

    assert theirs.message() == [b"hello"]
    if command in {"xpub", "dealer", "pair"}:  # which go on receiving
        ours.stop().ended(143)
    else:
        ours.finish().ok()


@pytest.mark.parametrize(
    ("command", "kind", "waits"),
    [("sub", "XPUB", True), ("xsub", "XPUB", True), ("pull", "PUSH", False), ("router", "DEALER", False)],
)
def test_every_receiver_has_security(
    zmqcli: Zmqcli, peers: Peers, keys: Keys, command: str, kind: str, *, waits: bool
) -> None:
    them = their_side(keys, "curve", server=True)
    sends = ["--await-subscription"] if waits else []
    if command == "router":  # the server connects, for once
        ours = zmqcli.start(command, "-b", TCP, *keys.client_options, "-n", "1", "--echo", ready=True)
        sends = ["--receive", "1"]
        theirs = peers.start(kind, "--connect", ours.endpoint, "--send", message_argument([b"hello"]), *sends, *them)
    else:
        theirs = peers.start(kind, "--bind", TCP, "--send", message_argument([b"hello"]), *sends, *them)
        ours = zmqcli.start(command, "-c", theirs.endpoint, *keys.client_options, "-n", "1")

    assert ours.finish().ok().stdout.endswith(b"hello\n")


def test_a_stream_has_none(zmqcli: Zmqcli, keys: Keys) -> None:
    zmqcli("stream", "-b", TCP, *keys.client_options).error(2, "No such option: --curve-cert")


def test_a_table_of_topics_has_security(zmqcli: Zmqcli, peers: Peers, keys: Keys) -> None:
    them = their_side(keys, "curve", server=True)
    theirs = peers.start("XPUB", "--bind", TCP, "--await-subscription", "--send", message_argument([b"a", b"b"]), *them)
    result = zmqcli("top", "-c", theirs.endpoint, *keys.client_options, "-n", "1").ok()

    assert b'"topic": "a"' in result.stdout or b'"topic":"a"' in result.stdout


def test_what_happens_to_a_server_is_watched(zmqcli: Zmqcli, keys: Keys) -> None:
    ours = zmqcli.start("monitor", "pull", "-b", TCP, *keys.server_options, "-n", "4", ready=True)
    zmqcli("push", "-c", ours.endpoint, *keys.client_options, "hello").ok()

    assert b"mechanism CURVE" in ours.finish().ok().stdout


@pytest.mark.parametrize("kind", ["throughput", "latency"])
def test_what_is_measured_may_be_secured(zmqcli: Zmqcli, keys: Keys, kind: str) -> None:
    count = ["--count", "50", "-O", "jsonl"]
    local = zmqcli.start("bench", kind, "--role", "local", "-b", TCP, *count, *keys.server_options, ready=True)
    remote = zmqcli("bench", kind, "--role", "remote", "-c", local.endpoint, *count, *keys.client_options).ok()

    assert b'"count":' in local.finish().ok().stdout + remote.stdout
    zmqcli("bench", kind, *keys.client_options).error(2, "security needs a role")


def test_a_secured_command_stands_beside_others_in_one_process(zmqcli: Zmqcli, keys: Keys) -> None:
    """It has a context of its own, and does not end the one that the others share."""
    end = zmqcli.directory / "locked.sock"
    server = f"pull -b {end} --curve-server-cert {keys.server} -n 1"
    client = f"push -c {end} --curve-server-key {keys.server_key} hello"
    result = zmqcli("run", server, client, "push -b inproc://x there", "pull -c inproc://x -n 1").ok()

    assert sorted(line.split(b" | ")[1] for line in result.lines) == [b"hello", b"there"]


# Who does not come in


def test_a_client_that_is_not_listed_gets_nothing(zmqcli: Zmqcli, peers: Peers, keys: Keys) -> None:
    ours = zmqcli.start("push", "-b", TCP, *keys.server_options, "-n", "20", "secret", ready=True)
    them = ["--curve-client", str(keys.stranger), "--server-key", str(keys.server_key)]
    stranger = peers.start("PULL", "--connect", ours.endpoint, *them, "--receive", "1")
    assert stranger.endpoint
    assert "its key is not on the allow-list" in ours.wait_stderr("refused 127.0.0.1 with key")
    friend = peers.start(
        "PULL", "--connect", ours.endpoint, *their_side(keys, "curve", server=False), "--receive", "20"
    )

    assert friend.endpoint
    assert friend.messages(20) == [[b"secret"]] * 20
    ours.finish().ok()
    assert stranger.running, "it still waits for its first message"


def test_who_comes_from_elsewhere_is_refused(zmqcli: Zmqcli, tmp_path: Path) -> None:
    (tmp_path / "addresses").write_text("192.0.2.0/24\n")
    ours = zmqcli.start("pull", "-b", TCP, "--allow", tmp_path / "addresses", ready=True)
    result = zmqcli("push", "-c", ours.endpoint, "-t", "0.5", "hello").ended(124)

    assert "this end's address is not on its allow-list" in result.stderr
    assert "its address is not on the allow-list" in ours.wait_stderr("refused 127.0.0.1")
    assert not ours.stop().stdout


class Failure(NamedTuple):
    """A client whose handshake fails, and what each end has to say."""

    server: Mechanism
    client: list[str]
    server_says: str
    client_says: str


FAILURES = {
    "wrong key": Failure(
        "curve",
        ["--curve-server-key", "{stranger_key}", "--curve-cert", "{client}"],
        "a client does not have this server's public key",
        "--curve-server-key is not its public key",
    ),
    "missing key": Failure("curve", [], "this end has CURVE, the other end", "this end has no security (NULL)"),
    "mechanism mismatch": Failure(
        "curve",
        ["--plain-user", "bob", "--plain-password-file", "{password}"],
        "this end has CURVE, the other end PLAIN or none",
        "this end has PLAIN, the other end CURVE or none",
    ),
    "not allowed": Failure(
        "curve",
        ["--curve-server-key", "{server_key}", "--curve-cert", "{stranger}"],
        "its key is not on the allow-list",
        "this end's key is not on its allow-list",
    ),
    "ephemeral": Failure(
        "curve",
        ["--curve-server-key", "{server_key}"],
        "its key is not on the allow-list",
        "a key made for this run is on no allow-list",
    ),
    "wrong password": Failure(
        "plain",
        ["--plain-user", "bob", "--plain-password-file", "{wrong_password}"],
        "as user 'bob' (wrong password)",
        "wrong user or password",
    ),
}


@pytest.mark.parametrize("command", ["push", "pull"])
def test_each_side_says_within_3_s_which_side_is_wrong(zmqcli: Zmqcli, keys: Keys, command: str) -> None:
    server_command, server_message, message = ("pull", [], ["hello"]) if command == "push" else ("push", ["hello"], [])
    places = {field: str(value) for field, value in vars(keys).items()}
    servers = {
        mechanism: zmqcli.start(
            server_command, "-b", TCP, *our_side(keys, mechanism, server=True), *server_message, ready=True
        )
        for mechanism in MECHANISMS
    }
    clients = {}
    for name, failure in FAILURES.items():
        options = [text.format(**places) for text in failure.client]
        endpoint = servers[failure.server].endpoint
        clients[name] = zmqcli.start(command, "-c", endpoint, *options, *message, "-t", "2")

    for name, client in clients.items():
        said = FAILURES[name].client_says
        client.wait_stderr("handshake failed")
        result = client.finish().ended(124)
        # Where mechanisms differ both ends hang up: which one hears that instead of finding out is a race.
        hung_up = "the server hung up: it has no PLAIN" if "this end has PLAIN" in said else said
        assert {said in text or hung_up in text for text in (result.stderr, result.stderr.splitlines()[-1])} == {True}
        assert not result.stdout
    for failure in FAILURES.values():
        server = servers[failure.server]
        raced = "this end has" in failure.server_says and "a client hung up: it may not have CURVE" in server.stderr
        assert raced or server.wait_stderr(failure.server_says)
    for server in servers.values():
        assert server.running
        assert not server.stop().stdout


def test_a_push_that_is_refused_waits_and_says_why(zmqcli: Zmqcli, keys: Keys) -> None:
    server = zmqcli.start("pull", "-b", TCP, *keys.server_options, ready=True)
    ours = zmqcli.start("push", "-c", server.endpoint, "--curve-server-key", keys.server_key, "hello")

    assert "on no allow-list" in ours.wait_stderr("waiting for a peer")
    assert ours.running


# What is on the wire, and what arrives


@pytest.fixture
def relay() -> Iterator[Relay]:
    made = Relay()
    yield made
    made.close()


@pytest.mark.parametrize("secured", [True, False], ids=["CURVE", "NULL"])
def test_nothing_on_the_wire_can_be_read(zmqcli: Zmqcli, keys: Keys, relay: Relay, *, secured: bool) -> None:
    payload = b"attack at dawn"
    pull = zmqcli.start("pull", "-b", TCP, "-n", "1", *(keys.server_options if secured else []), ready=True)
    relay.start(pull.endpoint)
    zmqcli("push", "-c", relay.endpoint, *(keys.client_options if secured else []), payload).ok()

    assert pull.finish().ok().stdout == payload + b"\n"
    assert (payload in relay.recorded) == (not secured)
    assert len(relay.recorded) > len(payload)


def test_a_password_of_plain_can_be_read(zmqcli: Zmqcli, keys: Keys, relay: Relay) -> None:
    pull = zmqcli.start("pull", "-b", TCP, "-n", "1", "--plain-passwords", keys.passwords, ready=True)
    relay.start(pull.endpoint)
    zmqcli("push", "-c", relay.endpoint, *keys.plain_options, "hello").ok()

    pull.finish().ok()
    assert PASSWORD.encode() in relay.recorded  # as docs/security.md says


@pytest.mark.parametrize("endpoint", [TCP, "./curve.sock"])
def test_what_is_sent_arrives_when_the_sender_leaves_first(zmqcli: Zmqcli, keys: Keys, endpoint: str) -> None:
    lines = b"".join(b"%d\n" % number for number in range(1000))
    pull = zmqcli.start("pull", "-b", endpoint, *keys.server_options, "--hwm", "10", "-t", "5", ready=True)
    zmqcli("push", "-c", pull.endpoint, *keys.client_options, stdin=lines).ok()
    received = pull.read_lines(1000)

    assert b"".join(line + b"\n" for line in received) == lines
    pull.stop()


def test_a_crowd_comes_in_while_messages_flow(zmqcli: Zmqcli, peers: Peers, keys: Keys) -> None:
    crowd = 150
    ours = zmqcli.start("pull", "-b", TCP, "--curve-server-cert", keys.server, "-n", str(crowd * 2), "-v", ready=True)
    public, secret = zmq.curve_keypair()
    options: dict[int, Any] = {
        zmq.CURVE_SERVERKEY: zmq.auth.load_certificate(keys.server_key)[0],
        zmq.CURVE_PUBLICKEY: public,
        zmq.CURVE_SECRETKEY: secret,
    }
    for number in range(crowd):
        push = peers.socket(zmq.PUSH, connect=None, options=options)
        push.connect(ours.endpoint)
        push.send(b"a%d" % number)
        push.send(b"b%d" % number)
    result = ours.finish().ok()

    assert sorted(result.lines) == sorted([b"%c%d" % (c, n) for c in b"ab" for n in range(crowd)])
    assert result.stderr.count("let in 127.0.0.1 with key") == crowd


def test_a_retry_is_as_secret_as_the_first_try(zmqcli: Zmqcli, peers: Peers, keys: Keys) -> None:
    them = their_side(keys, "curve", server=True)
    theirs = peers.start("ROUTER", "--bind", TCP, "--receive", "2", *them)
    result = zmqcli("req", "-c", theirs.endpoint, *keys.client_options, "-t", "0.3", "--retry", "1", "hello").ended(124)

    assert [theirs.message()[-1] for _ in range(2)] == [b"hello"] * 2
    assert "sending again" in result.stderr


# Secrets


def test_an_open_server_is_said_once(zmqcli: Zmqcli, keys: Keys) -> None:
    ours = zmqcli.start("pull", "-b", TCP, "--curve-server-cert", keys.server, "-n", "2", ready=True)
    for _ in range(2):
        zmqcli("push", "-c", ours.endpoint, "--curve-server-key", keys.server_key, "hello").ok()

    assert ours.finish().ok().stderr.count("any client that knows this server's public key may come in") == 1


def test_a_secret_that_everybody_can_read_is_said(zmqcli: Zmqcli, keys: Keys) -> None:
    keys.server.chmod(0o644)
    result = zmqcli("pull", "-b", TCP, *keys.server_options, "-t", "0").ended(124)

    assert f"every user of this machine can read {keys.server} (mode 0644)" in result.stderr


@pytest.mark.parametrize("name", ["CURVE_SECRETKEY", "curve_secretkey", "PLAIN_PASSWORD"])
def test_a_secret_is_no_socket_option(zmqcli: Zmqcli, keys: Keys, name: str) -> None:
    secret = keys.secrets()[-1]
    line = zmqcli("push", "-c", "5999", "-o", f"{name}={secret}", "hello").error(2, "not for the command line")

    assert secret not in line
    assert "--curve-cert" in line or "--plain-password-file" in line


def test_the_list_of_options_says_where_secrets_go(zmqcli: Zmqcli) -> None:
    assert b"--curve-cert" in zmqcli("options", "CURVE_SECRETKEY").ok().stdout
    assert b"--plain-password-file" in zmqcli("options", "PLAIN_PASSWORD").ok().stdout


def command_line(process: Process) -> str:
    return Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()


@pytest.mark.parametrize("given", ["files", "variables"])
def test_no_secret_is_seen_anywhere(zmqcli: Zmqcli, keys: Keys, given: str) -> None:
    """Neither in what is said with -v and --debug, nor in jsonl, nor in what `ps` shows; refused clients included."""
    own = zmq.auth.load_certificate(keys.client)[1] or b""
    variables = {"ZMQCLI_CURVE_SECRET_KEY": own.decode(), "ZMQCLI_PLAIN_PASSWORD": PASSWORD}
    curve_client: Arguments = ["--curve-server-key", keys.server_key]
    plain_client: Arguments = ["--plain-user", "bob"]
    if given == "files":
        variables = {}
        curve_client += ["--curve-cert", keys.client]
        plain_client += ["--plain-password-file", keys.password]
    seen = ""
    sides: list[tuple[Arguments, Arguments, Arguments]] = [
        (keys.server_options, curve_client, ["--curve-server-key", keys.server_key, "--curve-cert", keys.stranger]),
        (
            ["--plain-passwords", keys.passwords],
            plain_client,
            ["--plain-user", "bob", "--plain-password-file", keys.wrong_password],
        ),
    ]
    for server_options, client_options, refused in sides:
        server = zmqcli.start("rep", "-b", TCP, *server_options, "--debug", "-v", "-J", "-n", "1", "--echo", ready=True)
        out = zmqcli.start("req", "-c", server.endpoint, *refused, "--debug", "-v", "-J", "-t", "0.5", "hi")
        seen += command_line(out) + command_line(server)
        seen += shown(out)
        ours = zmqcli.start(
            "req", "-c", server.endpoint, *client_options, "--debug", "-v", "-J", "hi", environment=variables
        )
        seen += command_line(ours)
        result = ours.finish().ok()
        seen += result.stdout.decode() + result.stderr
        seen += shown(server)

    assert "let in 127.0.0.1 as user 'bob'" in seen
    assert seen.count("refused 127.0.0.1") == 2
    assert not [secret for secret in keys.secrets() if secret in seen]


def shown(process: Process) -> str:
    """Return all that a process has written, once it has ended."""
    result = process.finish()
    return result.stdout.decode() + result.stderr


def test_no_secret_is_in_a_traceback(zmqcli: Zmqcli, keys: Keys) -> None:
    broken = keys.server.with_name("broken.key_secret")
    broken.write_text(keys.server.read_text().replace('secret-key = "', 'secret-key = "~'))
    secret = zmq.auth.load_certificate(keys.client)[1] or b""
    mistakes: list[Arguments] = [
        ["--curve-server-cert", broken],
        ["--curve-server-key", keys.server],
        ["--curve-server-key", secret.decode() + "x"],
        ["--curve-cert", secret.decode(), "--curve-server-key", keys.server_key],
        ["--plain-passwords", keys.server],
    ]
    for options in mistakes:
        result = zmqcli("push", "--debug", "-v", "-c", "5999", *options, "hello")
        assert result.code == 2
        assert "Traceback" in result.stderr, "--debug shows one"
        assert not [s for s in keys.secrets() if s in result.stderr or s in result.stdout.decode()], options


def test_a_variable_alone_asks_for_nothing(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind=TCP)
    variables = {"ZMQCLI_CURVE_SECRET_KEY": "x", "ZMQCLI_CURVE_SERVER_KEY": "x", "ZMQCLI_PLAIN_PASSWORD": "x"}
    zmqcli.start("push", "-c", endpoint_of(pull), "hello", environment=variables).finish().ok()

    assert pull.recv() == b"hello"


@pytest.mark.parametrize("mode", [0o755, 0o757, 0o777])
def test_a_list_that_everybody_may_write_to_is_said(zmqcli: Zmqcli, keys: Keys, mode: int) -> None:
    keys.allowed.chmod(mode)
    result = zmqcli("pull", "-b", TCP, *keys.server_options, "-t", "0.1").ended(124)

    said = f"every user of this machine can add clients to {keys.allowed}; say chmod o-w {keys.allowed}"
    assert (said in result.stderr) is bool(mode & 0o002)
