"""How messages look outside: one format a file, named in `_registry.py`.

They use codecs and the terminal.
Start at `_api.py`.
"""
