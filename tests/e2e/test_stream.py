"""`zmqcli stream`: raw TCP (and its like over ipc), a connection being a routing id."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

PATIENCE = 15


def address(endpoint: str) -> tuple[str, int]:
    """Return the host and port of a tcp endpoint, as the socket module wants them."""
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    return host, int(port)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Return a listening TCP socket that knows nothing of ZeroMQ."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        yield listener


def test_bytes_of_a_tcp_client_are_printed_without_the_notices(zmqcli: Zmqcli) -> None:
    ours = zmqcli.start("stream", "-b", "tcp://127.0.0.1:0", "-O", "jsonl", "-n", "1", ready=True)
    with socket.create_connection(address(ours.endpoint), PATIENCE) as client:
        client.sendall(b"hello \xff")
        result = ours.finish().ok()

    (line,) = result.lines
    record = json.loads(line)
    assert record["socket"] == "STREAM"
    assert record["frames"][1] == {"base64": "aGVsbG8g/w=="}
    assert len(record["frames"]) == 2


def test_a_routing_id_is_hex_where_text_is_shown(zmqcli: Zmqcli) -> None:
    ours = zmqcli.start("stream", "-b", "tcp://127.0.0.1:0", "-n", "1", ready=True)
    with socket.create_connection(address(ours.endpoint), PATIENCE) as client:
        client.sendall(b"hello")
        (line,) = ours.finish().ok().lines

    routing_id, _, data = line.partition(b"\t")
    assert routing_id.startswith(b"0x")
    assert len(bytes.fromhex(routing_id[2:].decode())) == 5
    assert data == b"hello"


def test_a_client_is_answered_by_its_id(zmqcli: Zmqcli) -> None:
    ours = zmqcli.start("stream", "-b", "tcp://127.0.0.1:0", "-J", stdin="pipe", ready=True)
    with socket.create_connection(address(ours.endpoint), PATIENCE) as client:
        client.sendall(b"ping")
        record = json.loads(ours.read_line())
        ours.write(json.dumps([record["frames"][0], "pong\n"]).encode() + b"\n")

        assert client.recv(100) == b"pong\n"


def test_two_clients_have_two_ids(zmqcli: Zmqcli) -> None:
    ours = zmqcli.start("stream", "-b", "tcp://127.0.0.1:0", "-J", stdin="pipe", ready=True)
    where = address(ours.endpoint)
    with socket.create_connection(where, PATIENCE) as first, socket.create_connection(where, PATIENCE) as second:
        ids = []
        for client in (first, second):
            client.sendall(b"who")
            ids.append(json.loads(ours.read_line())["frames"][0])
        assert ids[0] != ids[1]
        for routing_id, text in zip(ids, ("one", "two"), strict=True):
            ours.write(json.dumps([routing_id, text]).encode() + b"\n")

        assert first.recv(100) == b"one"
        assert second.recv(100) == b"two"


def test_it_connects_and_prints_what_a_server_says(zmqcli: Zmqcli, server: socket.socket) -> None:
    host, port = server.getsockname()
    ours = zmqcli.start("stream", "-c", f"tcp://{host}:{port}", "-O", "raw", "-n", "1")
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"220 ready\r\n")
        result = ours.finish().ok()

    assert result.stdout.endswith(b"220 ready\r\n")


def test_it_connects_and_sends_bytes(zmqcli: Zmqcli, server: socket.socket) -> None:
    host, port = server.getsockname()
    ours = zmqcli.start(
        "stream", "-c", f"tcp://{host}:{port}", "-I", "raw", "-O", "raw", stdin=b"GET / HTTP/1.0\r\n\r\n"
    )
    connection, _ = server.accept()
    with connection:
        connection.settimeout(PATIENCE)
        assert connection.recv(100) == b"GET / HTTP/1.0\r\n\r\n"
        connection.sendall(b"HTTP/1.0 204 No Content\r\n\r\n")
        result = ours.finish().ok()

    assert result.stdout.endswith(b"HTTP/1.0 204 No Content\r\n\r\n")


def test_a_plain_stream_socket_over_tcp_and_ipc(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("stream", "-b", endpoint, "-O", "quoted", "-n", "1", ready=True)
    stream = peers.socket(zmq.STREAM, connect=ours.endpoint)
    routing_id, notice = stream.recv_multipart()
    assert notice == b""
    stream.send_multipart([routing_id, b"hello \xff"])

    (line,) = ours.finish().ok().lines
    assert line.endswith(b"\t" + rb"hello \xff")


def test_it_answers_a_plain_stream_socket(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    stream = peers.socket(zmq.STREAM, bind=endpoint)
    ours = zmqcli.start("stream", "-c", endpoint_of(stream), "-J", stdin="pipe")
    routing_id, _ = stream.recv_multipart()
    stream.send_multipart([routing_id, b"ping"])
    record = json.loads(ours.read_line())
    ours.write(json.dumps([record["frames"][0], "pong"]).encode() + b"\n")

    assert stream.recv_multipart() == [routing_id, b"pong"]
