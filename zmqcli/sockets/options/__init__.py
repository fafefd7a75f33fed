"""`-o NAME=VALUE`: every option of libzmq, as rows.

It uses nothing of the package but errors, streams and units.
Start at `option.py`.
"""
