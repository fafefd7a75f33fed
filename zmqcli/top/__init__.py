"""`zmqcli top` and `sub --topics`: a tally of topics that renews itself.

It uses the engine and the loop that receives.
Start at `view.py`.
"""
