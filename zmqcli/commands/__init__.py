"""One file a command: what the user may say, then one call down.

A command uses `options`, `jobs` and the package of its feature; commands do not import each other.
Start at `push.py`.
"""
