"""What a foreign byte may do on a terminal: nothing, whichever command passes it on.

Each case is one command with stdout and stderr on a real terminal, and a way to hand it HARM: in a payload, a topic, an
identity, a file's name, an answer of a peer. HARM never reaches the terminal as it is; MARK shows that the text around
it was printed. A new command, or a new way for foreign text to be printed, becomes a new case here.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest
import zmq

from tests.support.peers import endpoint_of, free_port
from tests.support.screens import Screen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli

MARK = b"evil"
HARM = ("\x1b]0;x\x07", "\x1b[38;5;99m", "\x7f", "\x9b", "\u202e", "\b")
"""A window title, a colour that no command of ours uses, DEL, C1, an override of direction, a backspace."""
PAYLOAD = f"{''.join(HARM)}evil".encode()
TEXT = os.fsdecode(PAYLOAD)


class Stage:
    """What a case works with: the commands, peers, a directory, and one command on a terminal."""

    def __init__(self, zmqcli: Zmqcli, peers: Peers, directory: Path) -> None:
        self.zmqcli = zmqcli
        self.peers = peers
        self.directory = directory
        self.screen = Screen(columns=200)

    def start(self, *argv: str, ready: bool = False, variables: dict[str, str] | None = None) -> Process:
        """Start the command with the terminal as its stdout and stderr."""
        return self.zmqcli.start(
            *argv,
            ready=ready,
            stdout=self.screen.terminal,
            stderr=self.screen.terminal,
            environment={"TERM": "xterm-256color", **(variables or {})},
        )

    def publish(self, *argv: str) -> None:
        """Let a subscriber have one message, PAYLOAD as its topic and its body."""
        pub = self.peers.socket(zmq.XPUB, bind="tcp://127.0.0.1:0")
        ours = self.start(*(word.replace("ENDPOINT", endpoint_of(pub)) for word in argv))
        pub.recv()
        pub.send_multipart([PAYLOAD, PAYLOAD])
        ours.finish()

    def push(self, *argv: str) -> None:
        """Let a puller have one message of two frames."""
        push = self.peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
        ours = self.start(*(word.replace("ENDPOINT", endpoint_of(push)) for word in argv))
        push.send_multipart([PAYLOAD, PAYLOAD])
        ours.finish()

    def meet(self, kind: int, *argv: str) -> None:
        """Let a bound command have one message from a peer whose identity is PAYLOAD, too."""
        ours = self.start(*argv, ready=True)
        peer = self.peers.socket(kind, connect=ours.endpoint, options={zmq.ROUTING_ID: PAYLOAD})
        peer.send_multipart([PAYLOAD, PAYLOAD])
        ours.finish()

    def run(self, *argv: str, variables: dict[str, str] | None = None) -> None:
        """Run a command that has HARM in its own words."""
        self.start(*argv, variables=variables).finish()


class Case(NamedTuple):
    """A command, and how HARM gets into it."""

    name: str
    play: Callable[[Stage], None]
    marked: bytes = MARK


def published(*argv: str) -> Callable[[Stage], None]:
    return lambda stage: stage.publish(*argv)


def of_messages() -> list[Case]:
    """Return the ways to show what arrives."""
    formats = {
        "text": ["-O", "text"],
        "pretty": ["-O", "pretty"],
        "plain-pretty": ["-O", "pretty", "--color", "never"],
        "jsonl": ["-O", "jsonl"],
        "quoted": ["-O", "quoted"],
        "raw": ["-O", "raw"],
        "template": ["-T", "%t %a %j %s{quoted} %v"],
        "query": ["--query", "@", "-x", "text"],
        "exec": ["--exec", "cat"],
        "undecoded": ["-x", "json"],
        "evaluated": ["-e", "[topic, body]"],
        "printed": ["-e", "print(str(body, 'utf-8')) or body"],
        "raised": ["-e", "int(str(body, 'utf-8'))"],
        "debugged": ["--debug", "-v", "--query", f"broken({TEXT}"],
    }
    limits = ("-n", "1", "-t", "5")
    cases = [
        Case(
            f"sub {name}", published("sub", "-c", "ENDPOINT", *limits, *options), b"terminal" if name == "raw" else MARK
        )
        for name, options in formats.items()
        if name not in {"raised", "debugged"}
    ]
    cases.append(
        Case("sub raised", lambda stage: stage.publish("sub", "-c", "ENDPOINT", "-t", "0.5", *formats["raised"]))
    )
    debugged = ["sub", "-c", "1", *formats["debugged"]]
    cases.append(Case("sub debugged", lambda stage: stage.run(*debugged)))
    cases.append(Case("sub hexdump", lambda stage: stage.publish("sub", "-c", "ENDPOINT", "-n", "1", "-O", "hexdump")))
    return cases


def of_types() -> list[Case]:
    """Return the socket types, with the identity where it is shown."""
    return [
        Case("pull", lambda stage: stage.push("pull", "-c", "ENDPOINT", "-n", "1")),
        Case("router", lambda stage: stage.meet(zmq.DEALER, "router", "-v", "-b", "tcp://127.0.0.1:0", "-n", "1")),
        Case("dealer", lambda stage: stage.meet(zmq.DEALER, "dealer", "-v", "-b", "tcp://127.0.0.1:0", "-n", "1")),
        Case("rep", lambda stage: stage.meet(zmq.REQ, "rep", "-v", "-b", "tcp://127.0.0.1:0", "-n", "1", "--echo")),
        Case("pair", lambda stage: stage.meet(zmq.PAIR, "pair", "-v", "-b", "tcp://127.0.0.1:0", "-n", "1")),
        Case(
            "rep --exec",
            lambda stage: stage.meet(zmq.REQ, "rep", "-b", "tcp://127.0.0.1:0", "-n", "1", "--exec", "cat"),
        ),
        Case(
            "failed --exec",
            lambda stage: stage.meet(zmq.REQ, "rep", "-b", "tcp://127.0.0.1:0", "-n", "1", "--exec", f"/no/{TEXT}"),
        ),
        Case("req", reply),
        Case("xpub", subscribe),
        Case("stream", plain_tcp),
        Case("pub hint", lambda stage: stage.publish("sub", "-v", "-c", "ENDPOINT", "-s", "", "-n", "1")),
    ]


def reply(stage: Stage) -> None:
    rep = stage.peers.socket(zmq.REP, bind="tcp://127.0.0.1:0")
    ours = stage.start("req", "-v", "-c", endpoint_of(rep), TEXT)
    rep.send(rep.recv())
    ours.finish()


def subscribe(stage: Stage) -> None:
    ours = stage.start("xpub", "-v", "-b", "tcp://127.0.0.1:0", "-n", "1", ready=True)
    stage.peers.socket(zmq.SUB, connect=ours.endpoint, options={zmq.SUBSCRIBE: PAYLOAD})
    ours.finish()


def plain_tcp(stage: Stage) -> None:
    ours = stage.start("stream", "-v", "-b", "tcp://127.0.0.1:0", "-n", "1", ready=True)
    with socket.create_connection(("127.0.0.1", int(ours.endpoint.rpartition(":")[2]))) as peer:
        peer.sendall(PAYLOAD)
        ours.finish()


def tap(*options: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        ours = stage.start(
            *("proxy", "queue", "--frontend", "tcp://127.0.0.1:0", "--backend", "tcp://127.0.0.1:0", "--tap", "-v"),
            *options,
            ready=True,
        )
        frontend, backend = ours.wait_ready()
        client = stage.peers.socket(zmq.REQ, connect=frontend, options={zmq.ROUTING_ID: PAYLOAD})
        worker = stage.peers.socket(zmq.REP, connect=backend, options={zmq.ROUTING_ID: PAYLOAD})
        client.send(PAYLOAD)
        worker.send(worker.recv())
        client.recv()
        ours.stop()

    return play


def tap_of_subscriptions(*options: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        ours = stage.start(
            *("proxy", "forwarder", "--frontend", "tcp://127.0.0.1:0", "--backend", "tcp://127.0.0.1:0", "--tap"),
            *options,
            ready=True,
        )
        frontend, backend = ours.wait_ready()
        stage.peers.socket(zmq.SUB, connect=backend, options={zmq.SUBSCRIBE: PAYLOAD})
        stage.peers.socket(zmq.XPUB, bind=None, connect=frontend).recv()
        stage.screen.wait_for(MARK)
        ours.stop()

    return play


def pipe(*options: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        ours = stage.start(
            *("pipe", "--frontend", "tcp://127.0.0.1:0", "--backend", "tcp://127.0.0.1:0", "-n", "1", "-v", *options),
            ready=True,
        )
        frontend, backend = ours.wait_ready()
        stage.peers.socket(zmq.PULL, connect=backend)
        stage.peers.socket(zmq.PUSH, connect=frontend).send_multipart([PAYLOAD, PAYLOAD])
        stage.screen.wait_for(MARK)
        ours.stop()

    return play


def of_proxies() -> list[Case]:
    """Return what stands between two sides."""
    formats = (["-O", "text"], ["-O", "pretty"], ["-O", "jsonl"], ["-O", "quoted"], ["-T", "%i %t %a"])
    return [
        *(Case(f"proxy --tap {' '.join(options)}", tap(*options)) for options in formats),
        *(Case(f"forwarder --tap {' '.join(options)}", tap_of_subscriptions(*options)) for options in formats[:-1]),
        Case("pipe raised", pipe("-e", "int(str(body, 'utf-8'))")),
        Case("pipe printed", pipe("-e", "print(str(body, 'utf-8')) or body")),
        Case("pipe worker raised", pipe("-P", "2", "-e", "int(str(body, 'utf-8'))")),
        Case("pipe worker printed", pipe("-P", "2", "-e", "print(str(body, 'utf-8')) or body")),
    ]


def monitor(*options: str) -> Callable[[Stage], None]:
    """Have a client refused, with a user's name of its choice."""

    def play(stage: Stage) -> None:
        (stage.directory / "users").write_text("alice password\n")
        path = stage.directory / "x"
        arguments = ("monitor", "router", "-v", "-b", str(path), *options)
        ours = stage.start(*arguments, "--plain-passwords", "users")
        stage.screen.wait_for(b"listening")
        user: dict[int, bytes] = {zmq.PLAIN_USERNAME: PAYLOAD, zmq.PLAIN_PASSWORD: b"wrong"}
        stage.peers.socket(zmq.DEALER, connect=f"ipc://{path}", options=user)
        stage.screen.wait_for(b"refused")
        ours.stop()

    return play


def refused(stage: Stage) -> None:
    (stage.directory / "users").write_text("alice password\n")
    ours = stage.start("pull", "-b", "tcp://127.0.0.1:0", "--plain-passwords", "users", ready=True)
    user: dict[int, bytes] = {zmq.PLAIN_USERNAME: PAYLOAD, zmq.PLAIN_PASSWORD: b"wrong"}
    stage.peers.socket(zmq.PUSH, connect=ours.endpoint, options=user)
    stage.screen.wait_for(b"refused")
    ours.stop()


def probe(*options: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        peer = stage.peers.socket(zmq.ROUTER, bind="tcp://127.0.0.1:0", options={zmq.ROUTING_ID: PAYLOAD})
        stage.start("probe", endpoint_of(peer), *options).finish()

    return play


GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)


def command_frame(name: bytes, body: bytes) -> bytes:
    data = bytes([len(name)]) + name + body
    return bytes([4, len(data)]) + data


def metadata(name: bytes, value: bytes) -> bytes:
    return bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value


def answering(*replies: bytes, argv: tuple[str, ...] = ()) -> Callable[[Stage], None]:
    """Be a server that says these bytes to whoever comes: to `probe`, or to `argv`."""

    def play(stage: Stage) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:

            def serve() -> None:
                while True:
                    try:
                        client = server.accept()[0]
                    except OSError:
                        return
                    client.sendall(b"".join(replies))
                    clients.append(client)

            clients: list[socket.socket] = []
            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            port = str(server.getsockname()[1])
            if argv:
                ours = stage.start(*(word.replace("PORT", port) for word in argv))
                ours.finish()
            else:
                stage.start("probe", port, "-t", "2").finish()
            server.shutdown(socket.SHUT_RDWR)
            thread.join(20)
            for client in clients:
                client.close()

    return play


def of_diagnoses() -> list[Case]:
    """Return what looks at peers and topics."""
    evil_error = GREETING + command_frame(b"ERROR", bytes([len(PAYLOAD)]) + PAYLOAD)
    evil_type = GREETING + command_frame(b"READY", metadata(b"Socket-Type", PAYLOAD))
    mechanism = b"\xff" + bytes(8) + b"\x7f\x03\x00" + PAYLOAD[-20:].ljust(20, b"\0") + bytes(32)
    return [
        Case("monitor", monitor(), b"refused"),
        Case("monitor jsonl", monitor("-O", "jsonl"), b"refused"),
        Case("refused user", refused, b"refused"),
        Case("probe", probe()),
        Case("probe jsonl", probe("-O", "jsonl")),
        Case("probe a banner", answering(PAYLOAD + b"\r\n")),
        Case("probe an error", answering(evil_error)),
        Case("probe a type", answering(evil_type)),
        Case("probe a mechanism", answering(mechanism), b"failed"),
        Case(
            "push -v to an error", answering(evil_error, argv=("push", "-v", "-c", "PORT", "-t", "1", "x")), b"zmqcli"
        ),
        Case(
            "push to a banner",
            answering(PAYLOAD + b"\r\n", argv=("push", "-v", "-c", "PORT", "-t", "3", "x")),
            b"zmqcli",
        ),
        Case("top", lambda stage: stage.publish("top", "-c", "ENDPOINT", "-n", "1")),
        Case("top jsonl", lambda stage: stage.publish("top", "-c", "ENDPOINT", "-n", "1", "-O", "jsonl")),
        Case("top key", lambda stage: stage.publish("top", "-c", "ENDPOINT", "-n", "1", "--key", "%s %t")),
        Case("sub --topics", lambda stage: stage.publish("sub", "--topics", "-c", "ENDPOINT", "-n", "1")),
        Case("top xpub", top_xpub()),
        Case("top xpub jsonl", top_xpub("-O", "jsonl")),
    ]


def top_xpub(*options: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        port = free_port()
        ours = stage.start("top", "xpub", "-b", str(port), "--every", "20ms", *options)
        stage.peers.socket(zmq.SUB, connect=f"tcp://127.0.0.1:{port}", options={zmq.SUBSCRIBE: PAYLOAD})
        stage.screen.wait_for(MARK)
        ours.stop()

    return play


def step(*options: str, run: tuple[str, ...] = ()) -> Callable[[Stage], None]:
    return lambda stage: stage.push("run", *run, f"pull -c ENDPOINT -n 1 {' '.join(options)}")


def scenario(stage: Stage) -> None:
    """Run a step whose name, expectation and output have HARM in them."""
    push = stage.peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    text = json.dumps(TEXT)
    (stage.directory / "flow.toml").write_text(
        f'[steps.{text}]\nrun = "pull -c {endpoint_of(push)} -n 1"\nexpect = ["other", {text}]\n'
    )
    ours = stage.start("run", "-v", "-f", "flow.toml")
    push.send_multipart([PAYLOAD, PAYLOAD])
    ours.finish()


def of_runs() -> list[Case]:
    """Return what `run` passes on from its steps."""
    return [
        Case("run", step()),
        Case("run --no-prefix", step(run=("--no-prefix",))),
        Case("run raw", step("-O", "raw")),
        Case("run coloured text", step("--color", "always")),
        Case("run coloured pretty", step("-O", "pretty", "--color", "always")),
        Case("run jsonl", step("-O", "jsonl", run=("--no-prefix",))),
        Case("run --exec", step("--exec", "cat")),
        Case("run -e print", step("-e", "'print(str(body, \"utf-8\")) or body'")),
        Case("run undecoded", step("-x", "json", run=("-v",))),
        Case("run scenario", scenario),
    ]


def config(*words: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        text = json.dumps(TEXT)
        path = stage.directory / "config.toml"
        path.write_text(f"[endpoints]\nx = {text}\n[default]\nlinger = '1s'\ncodec = {text}\n[profile.{text}]\n")
        stage.run(*words, variables={"ZMQCLI_CONFIG": str(path)})

    return play


def of_words() -> list[Case]:
    """Return what quotes the user's own words, variables and files in an error, a table or a note."""
    nowhere = "/nonexistent/"
    return [
        Case("command", lambda stage: stage.run(TEXT)),
        Case("option", lambda stage: stage.run("pull", f"--{TEXT}")),
        Case("endpoint", lambda stage: stage.run("pull", "-b", TEXT)),
        Case("ipc", lambda stage: stage.run("pull", "-b", f"ipc://{nowhere}{TEXT}")),
        Case("bound", lambda stage: stage.run("pull", "-b", str(stage.directory / TEXT), "--duration", "0.1")),
        Case("socket option", lambda stage: stage.run("pull", "-b", "0", "-o", f"{TEXT}=1")),
        Case("options", lambda stage: stage.run("options", TEXT)),
        Case("codec", lambda stage: stage.run("pull", "-b", "0", "-x", TEXT)),
        Case("format", lambda stage: stage.run("pull", "-b", "0", "-O", TEXT)),
        Case("file", lambda stage: stage.run("push", "-c", "1", "-f", nowhere + TEXT)),
        Case("expression", lambda stage: stage.run("pull", "-b", "0", "-e", f"({TEXT}")),
        Case("ready file", lambda stage: stage.run("pull", "-b", "0", "--ready-file", nowhere + TEXT)),
        Case(
            "to",
            lambda stage: stage.run("router", "-b", "0", "-w", "0", "-n", "0", "--to", TEXT, "x"),
            b"no peer has the routing id 0x",
        ),
        Case("monitor type", lambda stage: stage.run("monitor", TEXT)),
        Case("probe name", lambda stage: stage.run("probe", f"tcp://{TEXT}:1")),
        Case("bench", lambda stage: stage.run("bench", TEXT)),
        Case("keygen", lambda stage: stage.run("keygen", f"{TEXT}/x")),
        Case("keygen made", lambda stage: stage.run("keygen", TEXT)),
        Case("keygen public", lambda stage: stage.run("keygen", "--public-of", nowhere + TEXT), b"zmqcli"),
        Case("scenario", lambda stage: stage.run("run", "-f", nowhere + TEXT)),
        Case("step", lambda stage: stage.run("run", f"pull -b {TEXT}")),
        Case("junit", lambda stage: stage.run("run", "pull -b 0 -t 0.1", "--junit", nowhere + TEXT)),
        Case("profile", lambda stage: stage.run("pull", "-p", TEXT)),
        Case("completions", lambda stage: stage.run("completions", TEXT)),
        Case("config path", lambda stage: stage.run("config", "path", variables={"ZMQCLI_CONFIG": TEXT})),
        Case("config", config("config", "show")),
        Case("config of a command", config("config", "show", "pull")),
        Case("set elsewhere", config("pull", "-v", "-b", "0")),
    ]


CASES = [*of_messages(), *of_types(), *of_proxies(), *of_diagnoses(), *of_runs(), *of_words()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_foreign_acts_on_the_terminal(case: Case, zmqcli: Zmqcli, peers: Peers, short_dir: Path) -> None:
    stage = Stage(zmqcli, peers, short_dir)
    case.play(stage)
    written = stage.screen.finish().decode("utf-8", "backslashreplace")

    assert [harm for harm in HARM if harm in written] == [], written
    assert case.marked.decode() in written, written
    assert base64.b64encode(PAYLOAD).decode() not in written  # it is text, and shown as such


def on_a_screen(stage: Stage, message: bytes, *options: str) -> str:
    """Return what a terminal has of `run` with one step that pulls a message."""
    push = stage.peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = stage.start("run", "-q", "--no-prefix", f"pull -c {endpoint_of(push)} -n 1 {' '.join(options)}")
    push.send(message)
    ours.finish()
    return stage.screen.finish().decode()


def test_a_step_is_shown_without_colours(zmqcli: Zmqcli, peers: Peers, short_dir: Path) -> None:
    stage = Stage(zmqcli, peers, short_dir)
    shown = on_a_screen(stage, b"hello", "-O", "pretty", "--color", "always")
    assert "hello" in shown
    assert "\\x1b" not in shown
    assert "\x1b" not in shown


def test_a_step_with_raw_tty_may_act(zmqcli: Zmqcli, peers: Peers, short_dir: Path) -> None:
    stage = Stage(zmqcli, peers, short_dir)
    assert on_a_screen(stage, b"\x1b[0m", "-O", "raw", "--raw-tty") == "\x1b[0m"


def test_a_character_cut_between_two_reads_stays_whole(zmqcli: Zmqcli, peers: Peers, short_dir: Path) -> None:
    text = "x" + "\N{SNOWMAN}" * 100_000  # three bytes each, and one before them: no read of 64 KiB ends between two
    assert on_a_screen(Stage(zmqcli, peers, short_dir), text.encode(), "-O", "raw") == text


def test_in_a_pipe_a_step_keeps_its_colours_and_its_bytes(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    step = f"pull -c {endpoint_of(push)} -n 1"
    for options, message, shown in (("-O pretty --color always", b"x", b"\x1b["), ("-O text", PAYLOAD, PAYLOAD)):
        ours = zmqcli.start("run", "-q", "--no-prefix", f"{step} {options}")
        push.send(message)
        assert shown in ours.finish().ok().stdout
