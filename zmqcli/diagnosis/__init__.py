"""Why does nothing arrive? Events and evidence in, a verdict out; and the same as text for people.

It uses what /proc tells, and the security settings. It changes nothing that a peer can see.
Start at `rules.py`.
"""
