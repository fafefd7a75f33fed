"""A broker for publish and subscribe: publishers and subscribers connect to it and need not know each other.

    python broker.py tcp://127.0.0.1:5565 tcp://127.0.0.1:5566

XSUB takes what is published and XPUB hands it on; subscriptions travel the other way, so nothing is sent that nobody
wants. zmq.proxy does all the work, in C.
"""

import sys
from contextlib import suppress

import zmq


def broker(publishers: str, subscribers: str) -> None:
    """Hand on everything until Ctrl-C."""
    with (
        zmq.Context() as context,
        context.socket(zmq.XSUB) as frontend,
        context.socket(zmq.XPUB) as backend,
        suppress(KeyboardInterrupt),
    ):
        frontend.linger = backend.linger = 0
        frontend.bind(publishers)
        backend.bind(subscribers)
        zmq.proxy(frontend, backend)


if __name__ == "__main__":
    if not sys.argv[2:]:
        sys.exit(__doc__)
    broker(sys.argv[1], sys.argv[2])
