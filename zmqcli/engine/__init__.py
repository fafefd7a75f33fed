"""A command at work: the only place that sleeps, what wakes it, its limits, and why it ends.

It uses sockets; the loops of `exchange`, `proxy`, `top` and `probe` use it.
Start at `engine.py`.
"""
