"""A plain pyzmq peer: `python plain.py PULL 100 FILE --connect EP` takes 100 messages and writes their numbers."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import zmq
import zmq.auth


def main() -> None:
    """Be the peer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("type")
    parser.add_argument("count", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--bind")
    parser.add_argument("--connect")
    parser.add_argument("--identity", default="")
    parser.add_argument("--server", help="secret certificate of the CURVE server, which is this end when it binds")
    options = parser.parse_args()
    sock = zmq.Context[zmq.Socket[bytes]]().socket(getattr(zmq, options.type))
    sock.rcvtimeo = 8000
    if options.type == "SUB":
        sock.setsockopt(zmq.SUBSCRIBE, b"")
    if options.identity:
        sock.setsockopt_string(zmq.ROUTING_ID, options.identity)
    if options.server:
        public, secret = zmq.auth.load_certificate(options.server)
        if options.bind:
            sock.curve_publickey, sock.curve_secretkey, sock.curve_server = public, secret, True
        else:
            sock.curve_publickey, sock.curve_secretkey = zmq.curve_keypair()
            sock.curve_serverkey = public
    if options.bind:
        sock.bind(options.bind)
    else:
        sock.connect(options.connect)
    numbers: list[bytes] = []
    try:
        numbers.extend(sock.recv()[:9] for _ in range(options.count))
    except zmq.Again:  # what is missing shows in the file
        pass
    sock.close(linger=0)
    options.file.write_bytes(b"\n".join(numbers))
    os._exit(0)


if __name__ == "__main__":
    main()
