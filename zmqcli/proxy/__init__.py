"""`zmqcli proxy`: passes messages between two sockets, shows them, and lets faults at them.

It uses the engine and `jobs`.
Start at `job.py`.
"""
