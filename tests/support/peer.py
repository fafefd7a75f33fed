"""A plain pyzmq peer in a process of its own: `python peer.py TYPE --bind EP --receive 2`.

It does, in this order: bind and connect, print its endpoint, wait for a subscription (`--await-subscription`),
send (`--send`, or `--repeat` until stdin ends), receive and print (`--receive`; `--echo` sends each back), end.
One that only receives stays, unless it shall `--leave`.
A REQ receives a reply after each message it sends. With `--curve-*` or `--plain-*` it is secured as pyzmq's own
examples do it: with certificates of `zmq.auth`, and its ThreadAuthenticator on the server's side. Everything it
prints is a line of JSON; a message is a list of its frames in base64.
"""

from __future__ import annotations

import argparse
import base64
import json
import select
import signal
import sys
from typing import TYPE_CHECKING

import zmq

if TYPE_CHECKING:
    from zmq.auth.thread import ThreadAuthenticator

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


def secure(sock: zmq.Socket[bytes], options: argparse.Namespace) -> None:
    """Give the socket what its mechanism needs."""
    from zmq.auth import load_certificate  # 10 ms, for these peers alone

    certificate = options.curve_server or options.curve_client
    if certificate:
        sock.curve_publickey, sock.curve_secretkey = load_certificate(certificate)
    if options.curve_server:
        sock.curve_server = True
    if options.server_key:
        sock.curve_serverkey = load_certificate(options.server_key)[0]
    if options.plain_passwords:
        sock.plain_server = True
    if options.plain_user:
        user, _, password = options.plain_user.partition(":")
        sock.plain_username, sock.plain_password = user.encode(), password.encode()


def start_authenticator(
    context: zmq.Context[zmq.Socket[bytes]], options: argparse.Namespace
) -> ThreadAuthenticator | None:
    """Return pyzmq's ZAP handler, running, when this is a server."""
    if not (options.curve_server or options.plain_passwords):
        return None
    from zmq.auth.thread import ThreadAuthenticator  # asyncio: 40 ms

    authenticator = ThreadAuthenticator(context)
    authenticator.start()
    if options.curve_server:
        authenticator.configure_curve(domain="*", location=options.clients or "*")
    else:
        users = dict(entry.split(":") for entry in options.plain_passwords)
        authenticator.configure_plain(domain="*", passwords=users)
    return authenticator


def open_socket(context: zmq.Context[zmq.Socket[bytes]], options: argparse.Namespace) -> zmq.Socket[bytes]:
    """Make the socket, give it its options, bind and connect it, and print where it is."""
    sock = context.socket(getattr(zmq, options.type))
    sock.linger = sock.rcvtimeo = sock.sndtimeo = PATIENCE_MS
    if options.routing_id:
        sock.setsockopt(zmq.ROUTING_ID, options.routing_id.encode())
    secure(sock, options)
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
    if options.receive and not (options.echo or options.leave):
        signal.pause()  # whether a peer that leaves at once had read everything, over ipc nobody can know


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
    parser.add_argument("--leave", action="store_true")
    parser.add_argument("--curve-server", help="secret certificate")
    parser.add_argument("--clients", help="directory of those a CURVE server lets in; default any")
    parser.add_argument("--curve-client", help="secret certificate")
    parser.add_argument("--server-key", help="the server's public certificate")
    parser.add_argument("--plain-user", help="USER:PASSWORD of a client")
    parser.add_argument("--plain-passwords", action="append", default=[], help="USER:PASSWORD that a server knows")
    options = parser.parse_args()
    context = zmq.Context[zmq.Socket[bytes]]()
    authenticator = start_authenticator(context, options)
    sock = open_socket(context, options)
    converse(sock, options)
    sock.close()
    if authenticator is not None:
        authenticator.stop()
    context.term()


if __name__ == "__main__":
    main()
