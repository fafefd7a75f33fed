"""ZeroMQ sockets: the package that imports zmq.

It uses `delivery`, `diagnosis` and `security`, which know no sockets.
Start at `connection.py`.
"""
