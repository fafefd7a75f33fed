"""Certificates, allow lists, and what a socket shows and asks of others (CURVE, PLAIN, ZAP).

It uses files and the top-level modules.
Start at `config.py`.
"""
