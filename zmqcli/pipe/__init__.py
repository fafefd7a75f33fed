"""`zmqcli pipe`: takes messages, transforms them and sends them on.

It uses `proxy`, which passes the messages, and `exec`.
Start at `job.py`.
"""
