"""Shared memory for the bytes, ZeroMQ for the doorbell: which block is full, and then that it may be used again.

    python shared_memory.py serve ipc:///tmp/doorbell
    python shared_memory.py measure

A request is one frame, the bytes themselves, or two: the file of the block (Linux: any file in /dev/shm is memory) and
how many bytes of it. The reply, how many bytes and which one comes first, gives the block back.

Rarely worth it: `measure` compares both. Below some 100 KB the round trip of the doorbell is all there is, above the
copies of the kernel are saved, a third to a half of the time, and that only until somebody makes or reads the bytes.
For that one has to say who owns the block, remove it when a process dies, do without tcp, and ring in both directions,
or the writer overtakes the reader: all that ZeroMQ does by itself for a message.
"""

import mmap
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import zmq

SIZES = (1_000, 100_000, 1_000_000, 16_000_000)
ROUNDS = 30
PAGE = 4096


def serve(endpoint: str) -> None:
    """Read what is in the blocks, or in the messages themselves, until an empty request."""
    blocks: dict[bytes, mmap.mmap] = {}
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.bind(endpoint)
        while True:
            first, *size = socket.recv_multipart(copy=False)
            if size:
                path = first.bytes
                if path not in blocks:
                    with Path(os.fsdecode(path)).open("rb") as file:
                        blocks[path] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                view = memoryview(blocks[path])[: int(size[0].bytes)]
            else:
                view = first.buffer
            touched = sum(view[::PAGE])  # a byte of each page: reading all of them costs the same either way
            socket.send_string(f"{len(view)} bytes, the first is {view[:1].tobytes()!r}, touched {touched}")
            if not view:
                return


def measure() -> None:
    """Print the round trip of a buffer from here to another process, through the socket and through memory."""
    with tempfile.TemporaryDirectory() as directory, tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
        endpoint = f"ipc://{directory}/doorbell"
        reader = subprocess.Popen([sys.executable, __file__, "serve", endpoint])
        file.truncate(max(SIZES))
        block = mmap.mmap(file.fileno(), 0)
        with zmq.Context() as context, context.socket(zmq.REQ) as socket:
            socket.connect(endpoint)
            print("SIZE      MESSAGE  SHARED MEMORY  SAVED")
            for size in SIZES:
                data = os.urandom(size)
                through_socket = through_memory = float("inf")
                for _ in range(ROUNDS):  # the fastest of each: what else runs only adds
                    started = time.perf_counter()
                    socket.send(data, copy=False)
                    socket.recv()
                    through_socket = min(through_socket, time.perf_counter() - started)
                    started = time.perf_counter()
                    block[:size] = data
                    socket.send_multipart([os.fsencode(file.name), str(size).encode()])
                    socket.recv()
                    through_memory = min(through_memory, time.perf_counter() - started)
                saved = 1 - through_memory / through_socket
                print(f"{size:<8}  {through_socket * 1e6:4.0f} us  {through_memory * 1e6:10.0f} us  {saved:5.0%}")
            socket.send(b"")
            socket.recv()
        reader.wait()


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        measure()
