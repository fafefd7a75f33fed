"""The options of all commands, declared once, and where their values come from.

It uses the configuration file and the top-level modules.
Start at `groups.py`.
"""
