"""Is it out? What the kernel knows about connections, and what that means for sent messages.

It uses `zmtp.framing` for sizes on the wire, and no zmq.
Start at `ledger.py`.
"""
