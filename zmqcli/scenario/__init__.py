"""`zmqcli run`: steps of a TOML file in one process, and what came of them.

A step runs the app through `Environment`, so nothing here imports `cli`.
Start at `scenario.py`.
"""
