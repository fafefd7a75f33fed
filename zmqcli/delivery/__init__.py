"""Is it out? What the kernel tells about connections, and what that says of sent messages.

It uses `zmtp.framing` for sizes on the wire, and no zmq.
Start at `ledger.py`.
"""
