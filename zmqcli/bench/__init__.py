"""`zmqcli bench`: throughput and round trips, in the tight loops of libzmq's own perf tools.

It uses sockets directly: the engine would be measured too.
Start at `job.py`.
"""
