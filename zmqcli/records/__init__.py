"""How messages look outside: one format a file, named in `_registry.py`."""
