"""Publisher and subscriber, over tcp or ipc.

    python publish_subscribe.py publish tcp://127.0.0.1:5561
    python publish_subscribe.py subscribe tcp://127.0.0.1:5561 weather 2

A PUB drops what nobody has subscribed to yet, so the first messages of a publisher are lost to subscribers that are
still connecting. An XPUB is a PUB that tells of its subscriptions: this one waits for the first.
"""

import sys

import zmq

READINGS = [("weather", "72F"), ("sports", "3:1"), ("weather", "71F")]


def publish(endpoint: str) -> None:
    """Publish all readings to the first subscriber that comes."""
    with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
        socket.bind(endpoint)
        socket.recv()  # b"\x01weather": somebody has subscribed to what starts so
        for topic, text in READINGS:
            socket.send_multipart([topic.encode(), text.encode()])


def subscribe(endpoint: str, prefix: str, count: int) -> None:
    """Print `count` messages whose first frame starts with `prefix`."""
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt_string(zmq.SUBSCRIBE, prefix)
        socket.connect(endpoint)
        for _ in range(count):
            topic, body = socket.recv_multipart()
            print(f"{topic.decode()}: {body.decode()}")


if __name__ == "__main__":
    if not sys.argv[2:]:
        sys.exit(__doc__)
    if sys.argv[1] == "publish":
        publish(sys.argv[2])
    else:
        subscribe(sys.argv[2], sys.argv[3], int(sys.argv[4]))
