"""Publisher and subscriber in two threads of one process, over inproc.

    python inproc.py

inproc connects sockets of one context, and nothing else: no network, no other process, no copy of a large message.
Sockets must not be shared between threads; contexts may.
"""

import threading

import zmq

ENDPOINT = "inproc://events"


def publish(context: "zmq.Context[zmq.Socket[bytes]]") -> None:
    """Publish one message once somebody has subscribed."""
    with context.socket(zmq.XPUB) as socket:
        socket.bind(ENDPOINT)
        socket.recv()
        socket.send_multipart([b"topic", b"hello"])


def main() -> None:
    """Subscribe here, publish in another thread."""
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.subscribe(b"topic")
        socket.connect(ENDPOINT)  # before the bind: it does not matter
        publisher = threading.Thread(target=publish, args=(context,))
        publisher.start()
        print(*(frame.decode() for frame in socket.recv_multipart()))
        publisher.join()


if __name__ == "__main__":
    main()
