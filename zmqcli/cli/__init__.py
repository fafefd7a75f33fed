"""The app: the table of commands, and the one place that turns an error into a message and an exit code.

It may use every other package.
Start at `app.py`.
"""
