"""A work queue: one end pushes tasks, any number of workers pull them; each task goes to one worker.

    python work_queue.py push tcp://127.0.0.1:5563 3 5 8
    python work_queue.py work tcp://127.0.0.1:5563 3

PUSH deals in turn and does not know who is busy. What must wait for a free worker needs a request from it: see
async_service.py.
"""

import sys

import zmq


def push(endpoint: str, tasks: list[str]) -> None:
    """Push the tasks; leaving the `with` waits until they are taken."""
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.bind(endpoint)
        for task in tasks:
            socket.send_string(task)  # blocks until there is a worker


def work(endpoint: str, count: int) -> None:
    """Do `count` tasks: square the number."""
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.rcvhwm = 1  # do not hoard what another worker could do
        socket.connect(endpoint)
        for _ in range(count):
            number = int(socket.recv())
            print(f"{number} squared is {number**2}", flush=True)


if __name__ == "__main__":
    if not sys.argv[2:]:
        sys.exit(__doc__)
    if sys.argv[1] == "push":
        push(sys.argv[2], sys.argv[3:])
    else:
        work(sys.argv[2], int(sys.argv[3]))
