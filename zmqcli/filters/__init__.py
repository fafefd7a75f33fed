"""Which messages are shown: `--grep`, `--where`, `--query`, `--expect`; and expressions over messages.

They use formats and codecs.
Start at `filters.py`.
"""
