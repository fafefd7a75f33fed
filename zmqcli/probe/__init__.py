"""`zmqcli probe`: what is at an endpoint, asked over one plain connection.

It uses `zmtp` and `diagnosis`; only `--listen` opens a ZeroMQ socket.
Start at `steps.py`.
"""
