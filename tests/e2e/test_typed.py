"""--type, against the programs people have: a dataclass and msgpack over pub and sub, without zmqcli at that end."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import msgpack  # type: ignore[import-untyped]  # msgpack has no types
import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

SOURCE = """
from dataclasses import dataclass


@dataclass
class Quote:
    symbol: str
    price: float
    lots: list[int] | None = None
"""


@dataclass
class Quote:
    """The same, as the plain programs have it."""

    symbol: str
    price: float
    lots: list[int] | None = None


@pytest.fixture(autouse=True)
def _module(zmqcli: Zmqcli) -> None:
    (zmqcli.directory / "quotes.py").write_text(SOURCE)


def test_a_plain_publisher_is_understood(zmqcli: Zmqcli, peers: Peers) -> None:
    pub = peers.socket(zmq.XPUB, bind="tcp://127.0.0.1:0")
    typed = ("-c", endpoint_of(pub), "-x", "text,msgpack", "--type", "quotes:Quote")
    ours = zmqcli.start("sub", *typed, "-n", "3")
    assert pub.recv() == b"\1"
    for body in (asdict(Quote("SAP", 251.5, [1, 2])), {"symbol": "SAP", "price": None}, {"symbol": "X", "price": 1}):
        pub.send_multipart([b"SAP", msgpack.packb(body)])

    ended = ours.finish().ended(3)
    assert ended.lines[0] == b"SAP\tQuote(symbol='SAP', price=251.5, lots=[1, 2])"
    assert ended.lines[2] == b"SAP\tQuote(symbol='X', price=1.0, lots=None)"
    assert "frame 1 is not Quote: price is null, not a float" in ended.stderr


def test_a_plain_subscriber_understands(zmqcli: Zmqcli, peers: Peers) -> None:
    sub = peers.socket(zmq.SUB, bind="tcp://127.0.0.1:0", options={zmq.SUBSCRIBE: b""})
    typed = ("-c", endpoint_of(sub), "-x", "text,msgpack", "--type", "quotes:Quote")
    ours = zmqcli.start("pub", *typed, "SAP", '{"symbol": "SAP", "price": 251}')

    topic, body = sub.recv_multipart()
    ours.finish().ok()
    assert topic == b"SAP"
    assert Quote(**msgpack.unpackb(body)) == Quote("SAP", 251.0)


def test_values_are_the_fields_and_go_round(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    typed = ("--type", "quotes:Quote", "-J")
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "2", *typed)
    push.send_json({"symbol": "SAP", "price": 1})
    push.send_json({"symbol": "SAP"})
    lines = ours.finish().ended(3).lines
    assert [json.loads(line)["values"] for line in lines] == [[{"symbol": "SAP", "price": 1.0, "lots": None}], [None]]

    record = json.dumps({"values": json.loads(lines[0])["values"]}).encode()
    zmqcli("push", "-q", "-c", endpoint_of(pull), *typed[:2], "-I", "jsonl", stdin=record).ok()
    assert pull.recv_json() == {"symbol": "SAP", "price": 1.0, "lots": None}


def test_what_does_not_fit_is_not_sent(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    records = b'{"symbol": "A", "price": 1}\n{"symbol": 7, "price": 1}\n{"symbol": "B", "price": 2}\n'
    ended = zmqcli("push", "-q", "-c", endpoint_of(pull), "--type", "quotes:Quote", stdin=records).ended(3)

    assert [json.loads(pull.recv())["symbol"], json.loads(pull.recv())["symbol"]] == ["A", "B"]
    assert "symbol is 7, not a string" in ended.stderr


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("quotes", "MODULE:CLASS"),
        ("quotes:Quotes", "no such class"),
        ("nowhere:Quote", "No module named 'nowhere'"),
    ],
)
def test_a_class_that_is_not_there_is_a_usage_error(zmqcli: Zmqcli, spec: str, text: str) -> None:
    zmqcli("sub", "-c", "5555", "--type", spec).error(2, text)
