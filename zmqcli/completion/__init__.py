"""What Tab offers. A shell's script (`scripts.py`) asks, `answer.py` answers, without Typer or zmq."""
