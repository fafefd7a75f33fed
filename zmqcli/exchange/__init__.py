"""The plain loops: send, receive, request, reply, duplex. Batches in, batches out.

They use the engine, and `source.py` and `sink.py` for what goes in and out.
Start at `send.py`.
"""
