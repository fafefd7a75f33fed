"""The package that imports rich: drawing on a terminal.

It uses `escaping` and the Environment.
Start at `drawing.py`.
"""
