"""A plain pyzmq program that does what the test tells it, line by line: `python actor.py`.

Every line on stdin is a JSON object whose `do` names one of the functions below; every answer is a line of JSON.
Plain on purpose: default options unless the test gives some, `recv` and `send` in a loop, as any pyzmq program does.
"""

from __future__ import annotations

import base64
import json
import random
import sys
import time
from typing import Any

import zmq

Sock = zmq.Socket[bytes]
Answer = dict[str, Any]


class Actor:
    """Its sockets, by the names the test gave them."""

    def __init__(self) -> None:
        self._context = zmq.Context[Sock]()
        self._sockets: dict[str, Sock] = {}

    def open(
        self, name: str, kind: str, bind: str = "", connect: str = "", options: dict[str, int | str] | None = None
    ) -> Answer:
        """Make a socket, replacing one of the same name."""
        sock = self._sockets[name] = self._context.socket(getattr(zmq, kind))
        for option, value in (options or {}).items():
            sock.setsockopt(getattr(zmq, option), value.encode() if isinstance(value, str) else value)
        if bind:
            sock.bind(bind)
        if connect:
            sock.connect(connect)
        return {"endpoint": sock.getsockopt_string(zmq.LAST_ENDPOINT)}

    def take(self, name: str, count: int, patience: int) -> Answer:
        """Receive up to `count` numbered messages, giving up when none comes for `patience` ms."""
        sock = self._sockets[name]
        sock.rcvtimeo = patience
        numbers = []
        size = 0
        try:
            for _ in range(count):
                body = sock.recv_multipart()[-1]
                size += len(body)
                numbers.append(int(body[:9]))
        except zmq.Again:
            pass
        return {
            "count": len(numbers),
            "distinct": len(set(numbers)),
            "ordered": numbers == sorted(numbers),
            "first": numbers[0] if numbers else None,
            "last": numbers[-1] if numbers else None,
            "bytes": size,
        }

    def send(self, name: str, count: int, size: int, first: int = 0) -> Answer:
        """Send numbered messages of `size` bytes."""
        send = self._sockets[name].send
        filling = b"x" * (size - 10)
        for number in range(first, first + count):
            send(b"%09d " % number + filling)
        return {"sent": count}

    def flood(self, name: str, size: int, patience: int) -> Answer:
        """Send numbered messages until none goes for `patience` ms; return how many went."""
        sock = self._sockets[name]
        sock.sndtimeo = patience
        count = 0
        try:
            while True:
                sock.send(b"%09d " % count + b"x" * (size - 10))
                count += 1
        except zmq.Again:
            return {"sent": count}

    def receive(self, name: str, patience: int) -> Answer:
        """Receive one message of any shape; null when none comes."""
        sock = self._sockets[name]
        if not sock.poll(patience):
            return {"frames": None}
        return {"frames": [base64.b64encode(frame).decode() for frame in sock.recv_multipart()]}

    def post(self, name: str, frames: list[str]) -> Answer:
        """Send one message of any shape."""
        self._sockets[name].send_multipart([base64.b64decode(frame) for frame in frames])
        return {}

    def close(self, name: str, linger: int) -> Answer:
        """Close a socket."""
        self._sockets.pop(name).close(linger=linger)
        return {}

    def end(self) -> Answer:
        """Close what is open, get everything out as pyzmq does by itself, and end."""
        for sock in self._sockets.values():
            sock.close()
        self._context.term()
        return {"ended": True}

    def visit(self, kind: str, endpoints: list[str], within: float, patience: float) -> Answer:
        """Connect a socket to each endpoint at a random time, and take one message from each."""
        chance = random.Random()  # noqa: S311 - no secret
        start = time.monotonic()
        due = sorted((start + chance.uniform(0, within), endpoint) for endpoint in endpoints)
        poller = zmq.Poller()
        taken: dict[str, str] = {}
        names: dict[Sock, str] = {}
        while len(taken) < len(endpoints) and (now := time.monotonic()) < start + within + patience:
            while due and due[0][0] <= now:
                _, endpoint = due.pop(0)
                sock = self._context.socket(getattr(zmq, kind))
                sock.linger = 0
                if kind == "SUB":
                    sock.setsockopt(zmq.SUBSCRIBE, b"")
                sock.connect(endpoint)
                poller.register(sock, zmq.POLLIN)
                names[sock] = endpoint
            for sock, _ in poller.poll(int((due[0][0] - now) * 1000) + 1 if due else 100):
                taken[names[sock]] = base64.b64encode(sock.recv()).decode()
        for sock in names:
            sock.close()
        return {"taken": taken}


def main() -> None:
    """Do as told until stdin ends."""
    actor = Actor()
    while line := sys.stdin.readline():
        order = json.loads(line)
        answer = getattr(actor, order.pop("do"))(**order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        if "ended" in answer:
            return


if __name__ == "__main__":
    main()
