"""Record formats: how messages look outside, and that two of them lose nothing."""

from __future__ import annotations

import datetime as dt
import json
import os
import pty
import selectors
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.messages import any_messages
from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.links import Transport
    from tests.support.peers import Peers
    from tests.support.processes import Process, Zmqcli


class Shows:
    """Runs `zmqcli pull` for as many messages as it sends it."""

    def __init__(self, zmqcli: Zmqcli, peers: Peers) -> None:
        self._zmqcli = zmqcli
        self._push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")

    def start(self, *argv: str, messages: Sequence[Sequence[bytes]], stdout: int | None = None) -> Process:
        """Start the `pull` and send to it."""
        ours = self._zmqcli.start("pull", "-c", endpoint_of(self._push), "-n", str(len(messages)), *argv, stdout=stdout)
        for message in messages:
            self._push.send_multipart(message)
        return ours

    def __call__(self, *argv: str, messages: Sequence[Sequence[bytes]]) -> bytes:
        """Return what the `pull` printed."""
        return self.start(*argv, messages=messages).finish().ok().stdout


@pytest.fixture
def shows(zmqcli: Zmqcli, peers: Peers) -> Shows:
    """Return a function that sends messages and returns how they are shown."""
    return Shows(zmqcli, peers)


@pytest.mark.parametrize("name", ["jsonl", "quoted"])
def test_any_frames_survive_a_pipe(
    zmqcli: Zmqcli, peers: Peers, transport: Transport, short_dir: Path, name: str
) -> None:
    messages = any_messages(500)
    ends = ["tcp://127.0.0.1:0"] * 2 if transport == "tcp" else [f"ipc://{short_dir}/{end}" for end in ("in", "out")]
    push = peers.socket(zmq.PUSH, bind=ends[0])
    pull = peers.socket(zmq.PULL, bind=ends[1])
    first = zmqcli.start("pull", "-c", endpoint_of(push), "-O", name, "-n", str(len(messages)))
    second = zmqcli.start("push", "-c", endpoint_of(pull), "-I", name, stdin=first)
    for message in messages:
        push.send_multipart(message)

    assert [pull.recv_multipart() for _ in messages] == messages
    first.finish().ok()
    second.finish().ok()


class TestText:
    def test_it_is_what_a_pipe_gets(self, shows: Shows) -> None:
        assert shows(messages=[[b"a", b"\xff\n"], [b""]]) == b"a\t\xff\n\n\n"

    def test_delimiters(self, shows: Shows) -> None:
        assert shows("--delimiter", r"\r\n", "--frame-delimiter", ", ", messages=[[b"a", b"b"]]) == b"a, b\r\n"

    def test_nul(self, shows: Shows) -> None:
        assert shows("-0", messages=[[b"a", b"b"], [b"c"]]) == b"a\tb\0c\0"

    def test_no_delimiter(self, shows: Shows) -> None:
        assert shows("-N", messages=[[b"a", b"b"], [b"c"]]) == b"a\tbc"


class TestQuoted:
    def test_it_is_printable_ascii(self, shows: Shows) -> None:
        printed = shows("-O", "quoted", messages=[[b"a\\b\t\n\r\0\x1b\x7f\xff ~", "ü".encode()], [b"", b""]])

        assert printed == rb"a\\b\t\n\r\x00\x1b\x7f\xff ~" + b"\t" + rb"\xc3\xbc" + b"\n\t\n"

    def test_it_is_read(self, zmqcli: Zmqcli, peers: Peers) -> None:
        pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
        zmqcli("push", "-c", endpoint_of(pull), "-I", "quoted", stdin=rb"a\tb\\" + b"\t" + rb"\xff\x00" + b"\n\n").ok()

        assert [pull.recv_multipart(), pull.recv_multipart()] == [[b"a\tb\\", b"\xff\0"], [b""]]


class TestJsonl:
    def test_the_envelope(self, shows: Shows) -> None:
        printed = shows("-O", "jsonl", messages=[[b"weather", b"\xff\x0f\xfe"], ["ü".encode(), b""]])

        first, second = (json.loads(line) for line in printed.splitlines())
        assert list(first) == ["time", "seq", "socket", "direction", "frames"]
        assert first["frames"] == ["weather", {"base64": "/w/+"}]
        assert second["frames"] == ["ü", ""]
        assert (first["seq"], second["seq"]) == (1, 2)
        assert (first["socket"], first["direction"]) == ("PULL", "in")
        time = dt.datetime.fromisoformat(first["time"])
        assert time.utcoffset() == dt.timedelta(0)
        assert abs(dt.datetime.now(dt.UTC) - time) < dt.timedelta(minutes=1)

    def test_values_come_with_a_codec(self, shows: Shows) -> None:
        printed = shows("-O", "jsonl", "-x", "raw,json", messages=[[b"topic", b'{"a": [1, null]}']])

        record = json.loads(printed)
        assert record["frames"] == ["topic", '{"a": [1, null]}']
        assert record["values"] == ["topic", {"a": [1, None]}]

    def test_objects_and_arrays_are_read(self, zmqcli: Zmqcli, peers: Peers) -> None:
        pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
        lines = b'{"seq":7,"frames":["a",{"base64":"/w=="}],"more":{}}\n["b",""]\n[{"base64":""}]'
        zmqcli("push", "-c", endpoint_of(pull), "-I", "jsonl", stdin=lines).ok()

        assert [pull.recv_multipart() for _ in range(3)] == [[b"a", b"\xff"], [b"b", b""], [b""]]

    def test_no_frames_are_no_message(self, zmqcli: Zmqcli, peers: Peers) -> None:
        pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
        lines = b'["a"]\n{"frames":[]}\n[]\n["b"]\n'
        result = zmqcli("push", "-c", endpoint_of(pull), "-I", "jsonl", stdin=lines).ended(3)

        assert [pull.recv_multipart(), pull.recv_multipart()] == [[b"a"], [b"b"]]
        assert "record 2" in result.stderr
        assert "record 3" in result.stderr

    def test_one_letter_for_both_ways(self, zmqcli: Zmqcli, peers: Peers) -> None:
        rep = peers.socket(zmq.REP, bind="tcp://127.0.0.1:0")
        ours = zmqcli.start("req", "-c", endpoint_of(rep), "-J", stdin=b'["a","b"]\n')
        assert rep.recv_multipart() == [b"a", b"b"]
        rep.send(b"c")

        (line,) = ours.finish().ok().lines
        assert json.loads(line)["frames"] == ["c"]


class TestOthers:
    def test_raw_adds_nothing(self, shows: Shows) -> None:
        assert shows("-O", "raw", messages=[[b"a", b"\0"], [b"\xff"]]) == b"a\0\xff"

    def test_hexdump_has_offset_hex_and_ascii_for_each_frame(self, shows: Shows) -> None:
        printed = shows("-O", "hexdump", messages=[[b"hello \xff", bytes(range(20))]]).decode()

        assert "68 65 6c 6c 6f 20" in printed
        assert "hello ." in printed
        assert "00000010" in printed

    def test_none_prints_nothing(self, shows: Shows) -> None:
        assert shows("-O", "none", messages=[[b"a"], [b"b"]]) == b""

    def test_pretty_in_a_pipe_has_no_colour(self, shows: Shows) -> None:
        printed = shows("-O", "pretty", messages=[[b"weather", b'{"temp": 72}'], [b"[bold]:smile:[/nope]"]])

        assert b"\x1b" not in printed
        assert b"weather" in printed
        assert b"72" in printed
        assert b"[bold]:smile:[/nope]" in printed

    def test_an_unknown_format_is_named(self, zmqcli: Zmqcli) -> None:
        zmqcli("pull", "-b", "0", "-O", "jsnl").error(2, "jsnl", "jsonl")

    @pytest.mark.parametrize("name", ["hexdump", "pretty", "none"])
    def test_what_is_only_written_is_not_read(self, zmqcli: Zmqcli, name: str) -> None:
        zmqcli("push", "-c", "5555", "-I", name).error(2, name)


class TestOnATerminal:
    def test_pretty_is_the_default_and_lets_no_control_character_through(self, shows: Shows) -> None:
        screen, terminal = pty.openpty()
        ours = shows.start(messages=[[b"weather", b"\x1b]0;owned\x07"]], stdout=terminal)
        os.close(terminal)
        written = b""
        with selectors.DefaultSelector() as selector:
            selector.register(screen, selectors.EVENT_READ)
            while selector.select(15):
                try:
                    written += os.read(screen, 65_536)
                except OSError:  # EIO is how Linux says that nobody has the terminal any more
                    break
        os.close(screen)

        ours.finish().ok()
        assert b"weather" in written
        assert b"\x1b]" not in written
        assert b"\x07" not in written
