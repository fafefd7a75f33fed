"""Codecs: a frame's bytes <-> a value, frame by frame."""

from __future__ import annotations

import json
import os
import pickle
import resource
import zlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import msgpack  # type: ignore[import-untyped]  # msgpack has no types
import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.peers import Peers
    from tests.support.processes import Result, Stdin, Zmqcli


class Runnable:
    """What a pickle of an attacker makes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self._path),)


class Runs:
    """Runs a sender or a receiver against a plain socket."""

    def __init__(self, zmqcli: Zmqcli, peers: Peers) -> None:
        self._zmqcli = zmqcli
        self._push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
        self._pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")

    def push(self, *argv: str, stdin: Stdin = None) -> Result:
        """Run a `push` to its end."""
        return self._zmqcli("push", "-c", endpoint_of(self._pull), *argv, stdin=stdin)

    def sent(self, *argv: str, stdin: Stdin = None) -> list[bytes]:
        """Return the one message that a `push` sent."""
        self.push(*argv, stdin=stdin).ok()
        return self._pull.recv_multipart()

    def received(self) -> list[bytes]:
        """Return the next message that came from a `push`."""
        return self._pull.recv_multipart()

    def pull(self, *argv: str, messages: list[list[bytes]], memory: int | None = None) -> Result:
        """Run a `pull` that receives these messages, in an address space of `memory` bytes if that is given."""
        ours = self._zmqcli.start("pull", "-c", endpoint_of(self._push), "-n", str(len(messages)), *argv)
        if memory is not None:
            resource.prlimit(ours._popen.pid, resource.RLIMIT_AS, (memory, memory))
        for message in messages:
            self._push.send_multipart(message)
        return ours.finish()

    def shown(self, *argv: str, frames: list[bytes]) -> bytes:
        """Return how a `pull` shows a message."""
        return self.pull(*argv, messages=[frames]).ok().stdout


@pytest.fixture
def runs(zmqcli: Zmqcli, peers: Peers) -> Runs:
    """Return what runs senders and receivers."""
    return Runs(zmqcli, peers)


def test_a_topic_and_a_msgpack_body_go_out(runs: Runs) -> None:
    topic, body = runs.sent("-x", "text,msgpack", "weather", '{"temp": 72}')

    assert topic == b"weather"
    assert msgpack.unpackb(body) == {"temp": 72}


def test_a_topic_and_a_msgpack_body_come_in(runs: Runs) -> None:
    frames = [b"weather", msgpack.packb({"temp": 72})]

    assert runs.shown("-x", "text,msgpack", frames=frames) == b'weather\t{"temp":72}\n'


def test_what_one_sends_the_other_shows(runs: Runs) -> None:
    frames = runs.sent("-x", "text,msgpack", "ü", '{"a": [1, -2.5, null, true, "ü"]}')

    assert runs.shown("-x", "text,msgpack", frames=frames).decode() == 'ü\t{"a":[1,-2.5,null,true,"ü"]}\n'


def test_the_last_codec_of_a_list_repeats(runs: Runs) -> None:
    frames = runs.sent("-x", "text,msgpack", "t", "1", "[2]", '"three"')

    assert frames[0] == b"t"
    assert [msgpack.unpackb(frame) for frame in frames[1:]] == [1, [2], "three"]


@pytest.mark.parametrize(
    ("codec", "text", "frame", "shown"),
    [
        ("raw", "a", b"a", "a"),
        ("text", "ü", "ü".encode(), "ü"),
        ("json", '{ "a" :1.0 }', b'{ "a" :1.0 }', '{"a":1.0}'),
        ("json", '"ü"', '"ü"'.encode(), '"ü"'),
        ("msgpack", "[1,2]", b"\x92\x01\x02", "[1,2]"),
        ("msgpack", '"x"', b"\xa1x", '"x"'),
        ("hex", "00ff", b"\0\xff", "00ff"),
        ("base64", "AP8=", b"\0\xff", "AP8="),
        ("cbor", '{"$tag":[1,2]}', b"\xc1\x02", '{"$tag":[1,2]}'),
        ("hex+cbor", "[true]", b"81f5", "[true]"),
    ],
)
def test_every_codec_both_ways(runs: Runs, codec: str, text: str, frame: bytes, shown: str) -> None:
    assert runs.sent("-x", codec, text) == [frame]
    assert runs.shown("-x", codec, frames=[frame]).decode() == shown + "\n"


def test_records_of_stdin_are_encoded(runs: Runs) -> None:
    assert runs.sent("-x", "hex", stdin=b"c0ffee\n") == [b"\xc0\xff\xee"]


def test_what_json_lacks_is_written_as_tags(runs: Runs) -> None:
    frame = msgpack.packb([b"\0\xff", msgpack.ExtType(5, b"x"), float("nan"), {1: 2}])

    assert json.loads(runs.shown("-x", "msgpack", frames=[frame])) == [
        {"$binary": "AP8="},
        {"$ext": [5, "eA=="]},
        {"$float": "nan"},
        {"$map": [[1, 2]]},
    ]


def test_tags_are_undone(runs: Runs) -> None:
    text = '[{"$binary":"AP8="},{"$ext":[5,"eA=="]},{"$map":[[1,2]]}]'

    (frame,) = runs.sent("-x", "msgpack", text)
    assert msgpack.unpackb(frame, strict_map_key=False) == [b"\0\xff", msgpack.ExtType(5, b"x"), {1: 2}]


def test_values_of_jsonl_are_encoded_and_frames_are_not(runs: Runs) -> None:
    assert runs.sent("-I", "jsonl", "-x", "text,msgpack", stdin=b'{"values":["t",{"a":1}]}\n') == [
        b"t",
        b"\x81\xa1a\x01",
    ]
    assert runs.sent("-I", "jsonl", "-x", "text,msgpack", stdin=b'{"frames":["t","raw"]}\n') == [b"t", b"raw"]


def test_a_codec_for_each_direction(zmqcli: Zmqcli, peers: Peers) -> None:
    rep = peers.socket(zmq.REP, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("req", "-c", endpoint_of(rep), "--send-codec", "msgpack", "--receive-codec", "hex", "7")
    assert rep.recv() == b"\x07"
    rep.send(b"\xff\0")

    assert ours.finish().ok().lines == [b"ff00"]


def test_a_frame_that_does_not_decode_is_shown_quoted_and_the_stream_goes_on(runs: Runs) -> None:
    result = runs.pull("-x", "text,json", messages=[[b"a", b"{\n"], [b"b", b"[1]"]]).ended(3)

    assert result.lines == [rb"a" + b"\t" + rb"{\n", b"b\t[1]"]
    assert result.stderr.count("json") >= 1


def test_a_frame_that_does_not_decode_is_null_in_jsonl(runs: Runs) -> None:
    result = runs.pull("-x", "text,json", "-O", "jsonl", messages=[[b"a", b"{"], [b"b", b"[1]"]]).ended(3)

    records = [json.loads(line) for line in result.lines]
    assert [record["values"] for record in records] == [["a", None], ["b", [1]]]
    assert records[0]["frames"] == ["a", "{"]


def test_a_record_that_cannot_be_sent_is_named_by_its_number(runs: Runs) -> None:
    result = runs.push("-q", "-x", "json", stdin=b"[1]\n{oops\n[3]\n").ended(3)

    assert [runs.received(), runs.received()] == [[b"[1]"], [b"[3]"]]
    assert "2" in result.stderr


@pytest.mark.parametrize("name", ["jsonl", "quoted"])
def test_a_record_that_cannot_be_read_is_skipped(runs: Runs, name: str) -> None:
    good = {"jsonl": b'["good"]\n', "quoted": b"good\n"}[name]
    bad = {"jsonl": b'{"frames":7}\n', "quoted": b"\\xzz\n"}[name]
    result = runs.push("-q", "-I", name, stdin=good + bad + good).ended(3)

    assert [runs.received(), runs.received()] == [[b"good"], [b"good"]]
    assert "2" in result.stderr


def test_frames_that_cannot_be_sent(runs: Runs) -> None:
    runs.push("-q", "-x", "json", "{oops").error(3, "json")


def test_a_pickle_is_shown_and_not_run(runs: Runs, tmp_path: Path) -> None:
    frames = [zlib.compress(pickle.dumps({"n": {1}})), pickle.dumps(Runnable(tmp_path / "made"))]
    shown = runs.shown("-x", "zlib+pickle,pickle", frames=frames)

    named = f'{{"$pickle":"posix.mkdir","args":["{tmp_path}/made"]}}'
    assert shown.decode() == f'{{"n":{{"$set":[1]}}}}\t{named}\n'
    assert not (tmp_path / "made").exists()
    assert runs.sent("-x", "pickle", "raw") == [b"raw"]


def test_auto_finds_out_what_each_frame_is(runs: Runs) -> None:
    frames = [b"topic", b"[1]", msgpack.packb({"a": 1}), zlib.compress(b"z"), b"\xff\0", b"", pickle.dumps([2])]
    [line] = runs.pull("-x", "auto", "-O", "jsonl", messages=[frames]).ok().lines

    assert json.loads(line)["values"] == ["topic", [1], {"a": 1}, "z", {"base64": "/wA="}, "", [2]]


def test_auto_tells_an_array_behind_its_header(runs: Runs) -> None:
    header = b'{"dtype": "uint8", "shape": [2, 2]}'
    [line] = runs.pull("-x", "auto", "-O", "jsonl", messages=[[b"camera", header, b"\1\2\3\xfe"]]).ok().lines

    array = json.loads(line)["values"][2]
    assert array.items() >= {"dtype": "uint8", "shape": [2, 2]}.items()
    if find_spec("numpy"):
        assert array.items() >= {"min": 1, "max": 254, "mean": 65.0}.items()


BOMB = zlib.compress(bytes(64 << 20))
HOSTILE = {
    "msgpack": [b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xffa", b"\x91" * 100_000],
    "cbor": [b"\x9b" + b"\xff" * 8, b"\x81" * 100_000, b"\x9f" * 100_000],
    "json": [b"[" * 100_000, b"1" * 5000],
    "pickle": [b"Nr\xff\xff\xff\x7f0.", b"(" * 100_000 + b".", b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f."],
    "zlib+text": [BOMB, zlib.compress(BOMB)[:-1]],
    "shm": [b'{"shm":"../../etc/passwd","size":9}', b'{"shm":"none","size":9e99}'],
}


@pytest.mark.parametrize("codec", HOSTILE)
def test_hostile_frames_are_warnings_and_cost_little(runs: Runs, codec: str) -> None:
    """A limit of 1 GiB on the address space: what would take what it claims would end with a MemoryError or worse."""
    messages = [[frame] for frame in HOSTILE[codec]]
    result = runs.pull("-q", "-x", codec, "--max-size", "1M", messages=messages, memory=1 << 30).ended(3)

    assert len(result.lines) == len(messages)
    assert result.stderr.count(f"is not {codec}") == len(messages)


def test_a_missing_library_is_named_with_what_to_type(zmqcli: Zmqcli) -> None:
    (zmqcli.directory / "lz4").mkdir()
    (zmqcli.directory / "lz4" / "__init__.py").write_text("raise ImportError('no lz4 today')")
    zmqcli.environment["PYTHONPATH"] = str(zmqcli.directory)

    zmqcli("push", "-c", "5555", "-x", "lz4+json", "1").error(2, "lz4", "no lz4 today", "pip install lz4")
    listed = zmqcli("codecs").ok().stdout.decode()
    assert "not available: the codec lz4 needs the library lz4 (no lz4 today)" in listed


def test_an_unknown_codec_is_named(zmqcli: Zmqcli) -> None:
    zmqcli("push", "-c", "5555", "-x", "text,msgpak", "a").error(2, "msgpak", "msgpack")


def test_the_codecs_are_listed(zmqcli: Zmqcli) -> None:
    listed = {tuple(line.split()[:2]) for line in zmqcli("codecs").ok().stdout.decode().splitlines()}

    for name in ("raw", "text", "json", "msgpack", "hex", "base64"):
        assert ("codec", name) in listed
    for name in ("text", "quoted", "jsonl", "raw", "hexdump", "pretty", "none"):
        assert ("format", name) in listed
