"""Dataclasses as MessagePack over publish and subscribe: a topic to filter by, and a body.

    python typed_messages.py publish tcp://127.0.0.1:5567
    python typed_messages.py subscribe tcp://127.0.0.1:5567 berlin

The topic is a frame of its own: subscriptions look at the first bytes of a message, and MessagePack has others there.
"""

import sys
from dataclasses import asdict, dataclass

import msgpack  # type: ignore[import-untyped]
import zmq


@dataclass(frozen=True)
class Reading:
    """What one sensor has measured."""

    city: str
    celsius: float
    ok: bool = True


READINGS = [Reading("berlin", 21.5), Reading("oslo", 17.0), Reading("berlin", 99.9, ok=False)]


def publish(endpoint: str) -> None:
    """Publish all readings to the first subscriber that comes."""
    with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
        socket.bind(endpoint)
        socket.recv()
        for reading in READINGS:
            socket.send_multipart([reading.city.encode(), msgpack.packb(asdict(reading))])


def subscribe(endpoint: str, city: str) -> None:
    """Print the first reading of a city."""
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt_string(zmq.SUBSCRIBE, city)
        socket.connect(endpoint)
        _, body = socket.recv_multipart()
        print(Reading(**msgpack.unpackb(body)))


if __name__ == "__main__":
    if not sys.argv[2:]:
        sys.exit(__doc__)
    if sys.argv[1] == "publish":
        publish(sys.argv[2])
    else:
        subscribe(sys.argv[2], sys.argv[3])
