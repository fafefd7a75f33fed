"""Keeps peers from using up this process's descriptors and memory.

It uses the kernel's view of connections in `delivery`.
Start at `connection_limit.py`.
"""
