"""Large buffers without copying them.

    python zero_copy.py receive tcp://127.0.0.1:5568
    python zero_copy.py send tcp://127.0.0.1:5568 16000000
    python zero_copy.py measure

`send(copy=False)` hands libzmq the buffer itself, which must stay as it is until the tracker says that libzmq is done;
`recv(copy=False)` gives a Frame, whose buffer is libzmq's own memory. Small messages are faster copied: pyzmq does so
below 64 KiB whatever you say.
"""

import sys
import time
import zlib

import zmq

SIZE = 16 << 20
ROUNDS = 20


def send(endpoint: str, size: int) -> None:
    """Send a buffer, and use it again once it may be changed."""
    buffer = bytearray(b"x") * size
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.connect(endpoint)
        socket.send(buffer, copy=False, track=True).wait()
        buffer[0] = 0  # only now


def receive(endpoint: str) -> None:
    """Look at the bytes where libzmq has them."""
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.bind(endpoint)
        frame = socket.recv(copy=False)
        view: memoryview = frame.buffer
        print(f"{len(view)} bytes, crc32 {zlib.crc32(view):08x}, slices without a copy: {bytes(view[:5])!r}")


def measure() -> None:
    """Print how long sending and receiving take within this process, copied and not."""
    body = bytes(SIZE)
    with (
        zmq.Context() as context,
        context.socket(zmq.PUSH) as push,
        context.socket(zmq.PULL) as pull,
    ):
        push.bind("inproc://measure")
        pull.connect("inproc://measure")
        for copy in (True, False):
            started = time.perf_counter()
            for _ in range(ROUNDS):
                push.send(body, copy=copy)
                pull.recv(copy=copy)
            each = (time.perf_counter() - started) / ROUNDS
            print(f"{'copied' if copy else 'not copied'}: {SIZE >> 20} MiB in {each * 1e6:.0f} us")


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    if sys.argv[1] == "send":
        send(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1] == "receive":
        receive(sys.argv[2])
    else:
        measure()
