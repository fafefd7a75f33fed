"""Request and reply, over tcp or ipc.

    python request_reply.py server tcp://127.0.0.1:5562
    python request_reply.py client tcp://127.0.0.1:5562 Ada Grace

REQ and REP take turns strictly: a request, its reply, the next request. A client that waits for ever when the server is
gone is of no use, so this one has a timeout; after it a REQ is stuck, and has to be opened anew.
"""

import sys
from contextlib import suppress

import zmq


def server(endpoint: str) -> None:
    """Greet whoever asks, until Ctrl-C."""
    with zmq.Context() as context, context.socket(zmq.REP) as socket, suppress(KeyboardInterrupt):
        socket.bind(endpoint)
        while True:
            name = socket.recv_string()
            socket.send_string(f"Hello {name}")


def client(endpoint: str, names: list[str]) -> None:
    """Ask once for each name and print the replies."""
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.linger = 0  # a request nobody takes must not keep the program from ending
        socket.rcvtimeo = 5000
        socket.connect(endpoint)
        for name in names:
            socket.send_string(name)
            try:
                print(socket.recv_string())
            except zmq.Again:
                sys.exit("no reply within 5 s")


if __name__ == "__main__":
    if not sys.argv[2:]:
        sys.exit(__doc__)
    if sys.argv[1] == "server":
        server(sys.argv[2])
    else:
        client(sys.argv[2], sys.argv[3:])
