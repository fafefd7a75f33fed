"""Runs a command for each message (`--exec`).

It uses the engine; `jobs` and `pipe` use it.
Start at `execute.py`.
"""
