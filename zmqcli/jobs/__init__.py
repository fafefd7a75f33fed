"""From the options of a command line to an open session: what all socket commands do first.

It uses `options`, the engine and the loops.
Start at `job.py`.
"""
