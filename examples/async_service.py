"""A service that works on many requests at once: ROUTER answers in the order in which it is done, DEALER takes it so.

    python async_service.py server tcp://127.0.0.1:5564
    python async_service.py client tcp://127.0.0.1:5564 0.4 0.1

The first frame of what a ROUTER receives is the routing id of who sent it, and the first frame of what it sends says
to whom. A request here is a number of seconds to work; the short one overtakes the long one.
"""

import asyncio
import sys

import zmq
import zmq.asyncio


async def answer(socket: zmq.asyncio.Socket, peer: bytes, request: bytes) -> None:
    """Work, then tell the one that asked."""
    await asyncio.sleep(float(request))
    await socket.send_multipart([peer, b"worked " + request + b" s"])


async def server(endpoint: str) -> None:
    """Start a task for each request, for ever."""
    with zmq.asyncio.Context() as context, context.socket(zmq.ROUTER) as socket:
        socket.bind(endpoint)
        async with asyncio.TaskGroup() as tasks:
            while True:
                peer, request = await socket.recv_multipart()
                tasks.create_task(answer(socket, peer, request))


async def client(endpoint: str, requests: list[str]) -> None:
    """Send all requests at once and print the answers as they come."""
    with zmq.asyncio.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.connect(endpoint)
        for request in requests:
            await socket.send_string(request)
        for _ in requests:
            print(await socket.recv_string())


if __name__ == "__main__":
    if not sys.argv[2:]:
        sys.exit(__doc__)
    try:
        asyncio.run(server(sys.argv[2]) if sys.argv[1] == "server" else client(sys.argv[2], sys.argv[3:]))
    except KeyboardInterrupt:
        pass
