"""A plain pyzmq peer in a process of its own: `python peer.py TYPE --bind EP --receive 2`.

It does, in this order: bind and connect, print its endpoint, wait for a subscription (`--await-subscription`),
send (`--send`, or `--repeat` until stdin ends), receive and print (`--receive`; `--echo` sends each back), end.
A REQ receives a reply after each message it sends. Everything it prints is a line of JSON; a message is a list of
its frames in base64.
"""

from __future__ import annotations

import argparse
import base64
import json
import select
import sys

import zmq

PATIENCE_MS = 30_000


def load(text: str) -> list[bytes]:
    """Read a message as it stands on the command line."""
    return [base64.b64decode(frame) for frame in json.loads(text)]


def show(value: object) -> None:
    """Print one line of JSON at once."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def show_message(frames: list[bytes]) -> None:
    """Print a message as a list of base64 frames."""
    show([base64.b64encode(frame).decode() for frame in frames])


def open_socket(context: zmq.Context[zmq.Socket[bytes]], options: argparse.Namespace) -> zmq.Socket[bytes]:
    """Make the socket, give it its options, bind and connect it, and print where it is."""
    sock = context.socket(getattr(zmq, options.type))
    sock.linger = sock.rcvtimeo = sock.sndtimeo = PATIENCE_MS
    if options.routing_id:
        sock.setsockopt(zmq.ROUTING_ID, options.routing_id.encode())
    for prefix in options.subscribe:
        sock.setsockopt(zmq.SUBSCRIBE, prefix.encode())
    for endpoint in options.bind:
        sock.bind(endpoint)
    for endpoint in options.connect:
        sock.connect(endpoint)
    show({"endpoint": sock.getsockopt_string(zmq.LAST_ENDPOINT)})
    return sock


def converse(sock: zmq.Socket[bytes], options: argparse.Namespace) -> None:
    """Send and receive as the options say."""
    if options.await_subscription:
        sock.recv_multipart()
    while True:
        for text in options.send:
            sock.send_multipart(load(text))
            if sock.socket_type == zmq.REQ:
                show_message(sock.recv_multipart())
        if not options.repeat or select.select([sys.stdin], [], [], 0.01)[0]:
            break
    for _ in range(options.receive):
        frames = sock.recv_multipart()
        show_message(frames)
        if options.echo:
            sock.send_multipart(frames)


def main() -> None:
    """Be the peer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("type", help="socket type as pyzmq names it")
    parser.add_argument("--bind", action="append", default=[])
    parser.add_argument("--connect", action="append", default=[])
    parser.add_argument("--subscribe", action="append", default=[])
    parser.add_argument("--routing-id")
    parser.add_argument("--await-subscription", action="store_true")
    parser.add_argument("--send", action="append", default=[])
    parser.add_argument("--repeat", action="store_true")
    parser.add_argument("--receive", type=int, default=0)
    parser.add_argument("--echo", action="store_true")
    options = parser.parse_args()
    context = zmq.Context[zmq.Socket[bytes]]()
    sock = open_socket(context, options)
    converse(sock, options)
    sock.close()
    context.term()


if __name__ == "__main__":
    main()
