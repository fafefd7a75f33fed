"""What Tab offers. A shell's script (`scripts.py`) asks, `answer.py` answers, without Typer or zmq.

It uses the names of codecs and socket options, the configuration file and the endpoint history.
Start at `answer.py`.
"""
