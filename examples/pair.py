"""Two programs, and only two, that talk both ways.

    python pair.py listen ipc:///tmp/pair
    python pair.py call ipc:///tmp/pair

PAIR takes one peer; a second one is connected and never heard. Most often seen between two threads, over inproc.
"""

import sys

import zmq


def listen(endpoint: str) -> None:
    """Answer until the other end says bye."""
    with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
        socket.bind(endpoint)
        while (text := socket.recv_string()) != "bye":
            print(f"heard {text}")
            socket.send_string(text.upper())


def call(endpoint: str) -> None:
    """Say two words and goodbye."""
    with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
        socket.connect(endpoint)
        for word in ("ping", "pong"):
            socket.send_string(word)
            print(f"heard {socket.recv_string()}")
        socket.send_string("bye")


if __name__ == "__main__":
    if not sys.argv[2:]:
        sys.exit(__doc__)
    (listen if sys.argv[1] == "listen" else call)(sys.argv[2])
