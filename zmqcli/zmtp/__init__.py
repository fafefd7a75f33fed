"""ZMTP, ZeroMQ's wire protocol, without I/O: bytes in, events out.

It uses nothing of the package but messages and errors.
Start at `protocol.py`.
"""
