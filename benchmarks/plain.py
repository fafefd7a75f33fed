"""The plain pyzmq loop that anybody would write first, one role a process.

plain.py push ENDPOINT              each line of stdin is a message
plain.py pull ENDPOINT COUNT        each message is a line of stdout
plain.py rep ENDPOINT               echo for ever
plain.py proxy FRONTEND BACKEND     bind a PULL, connect a PUSH, and zmq.proxy between them until it is killed
plain.py req ENDPOINT COUNT SIZE    COUNT round trips, each printed in nanoseconds
"""

from __future__ import annotations

import signal
import sys
from time import perf_counter_ns
from typing import TYPE_CHECKING

import zmq

if TYPE_CHECKING:
    from collections.abc import Callable


def push(endpoint: str) -> None:
    """Send stdin."""
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.linger = -1
        socket.connect(endpoint)
        for line in sys.stdin.buffer:
            socket.send(line.rstrip(b"\n"))
        if endpoint.startswith("ipc:"):  # closing loses what the receiver has not read (libzmq #4660)
            signal.pause()


def pull(endpoint: str, count: int) -> None:
    """Write what arrives."""
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.bind(endpoint)
        for _ in range(count):
            sys.stdout.buffer.write(socket.recv() + b"\n")


def rep(endpoint: str) -> None:
    """Answer each request with itself."""
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.bind(endpoint)
        while True:
            socket.send(socket.recv())


def proxy(frontend: str, backend: str) -> None:
    """Pass messages on."""
    context = zmq.Context()
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.bind(frontend)
    push.connect(backend)
    zmq.proxy(pull, push)


def req(endpoint: str, count: int, size: int) -> None:
    """Ask one after the other."""
    trips = []
    body = bytes(size)
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.connect(endpoint)
        for _ in range(count):
            started = perf_counter_ns()
            socket.send(body)
            socket.recv()
            trips.append(perf_counter_ns() - started)
    print(*trips, sep="\n")


if __name__ == "__main__":
    role, endpoint, *numbers = sys.argv[1:]
    if role == "proxy":
        proxy(endpoint, *numbers)
        sys.exit()
    roles: dict[str, Callable[..., None]] = {"push": push, "pull": pull, "rep": rep, "req": req}
    roles[role](endpoint, *map(int, numbers))
