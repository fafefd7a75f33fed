"""`-T` in whole processes: on every kind of socket, and with what comes before and after a record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


def test_every_placeholder_in_one_record(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    template = (
        r"%t|%s|%0|%1|%9|%a|%N|%S|%n|%T|%T{%Y}|%d|%i|%k|%v|%%|%s{hex}|%s{base64}|%s{quoted}|%1{json}|%s{msgpack}|%j"
    )
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "2", "--frame-delimiter", "+", "-T", template)
    for _ in range(2):
        push.send_multipart([b"k", b"[ 1 ]", b"\x93\x01\x02\xc0"])

    for number, line in enumerate(ours.finish().ok().lines, 1):
        fields = line.split(b"|")
        body = b"\x93\x01\x02\xc0"
        assert fields[:9] == [b"k", body, b"k", b"[ 1 ]", b"", b"k+[ 1 ]+" + body, b"3", b"10", b"%d" % number]
        assert fields[9].startswith(fields[10] + b"-")
        assert fields[9].endswith(b"Z")
        assert float(fields[11]) >= 0
        assert fields[12:16] == [b"", b"PULL", body, b"%"]
        assert fields[16:21] == [b"930102c0", b"kwECwA==", rb"\x93\x01\x02\xc0", b"[1]", b"[1,2,null]"]
        assert json.loads(fields[21])["frames"] == ["k", "[ 1 ]", {"base64": "kwECwA=="}]


def test_a_routers_records_know_who_sent_them(zmqcli: Zmqcli, peers: Peers) -> None:
    router = zmqcli.start("router", "-b", "tcp://127.0.0.1:0", "-n", "1", "-T", "%i says %s as %k", "pong", ready=True)
    req = peers.socket(zmq.REQ, connect=router.endpoint, options={zmq.ROUTING_ID: b"\0me"})
    req.send(b"ping")

    assert req.recv() == b"pong"
    assert router.finish().ok().stdout == b"0x006d65 says ping as ROUTER\n"


def test_delimiters_are_those_of_text(zmqcli: Zmqcli, peers: Peers) -> None:
    for options, shown in ((["-0"], b"a\0b\0"), (["-N"], b"ab"), (["--delimiter", r";\n"], b"a;\nb;\n")):
        push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")  # it knows nothing of the one that has just left
        ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "2", "-T", "%s", *options)
        push.send(b"a")
        push.send(b"b")
        assert ours.finish().ok().stdout == shown


def test_a_modifier_that_cannot_decode_is_a_data_error(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "2", "-T", "<%s{json}>")
    push.send(b"no\n")
    push.send(b"[1 ]")

    result = ours.finish().ended(3)
    assert result.stdout == b"<no\\n>\n<[1]>\n"
    assert "message 1: a frame of the template is not json" in result.stderr


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("%x", "there is no placeholder %x"),
        ("%s{hx}", "there is {hex}"),
        ("%", "lone %"),
        (r"\q", "unknown escape"),
    ],
)
def test_what_is_no_template_is_refused_before_anything_is_opened(zmqcli: Zmqcli, template: str, says: str) -> None:
    zmqcli("sub", "-b", "./never.sock", "-T", template).error(2, says)
    assert not (zmqcli.directory / "never.sock").exists()
