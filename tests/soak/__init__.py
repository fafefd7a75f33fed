"""The chaos soak: real commands against peers that die, stop, half-close and dawdle, and a judge of what was said.

`python -m tests.soak` runs it (`make soak`). Start reading in `faults.py`, the table of what is done to a command.

    wire.py     ZMTP without I/O: what a peer sends to join, and a decoder that counts messages
    raw.py      peers on plain sockets, which know exactly what their kernel received
    plain.py    a plain pyzmq peer in a process of its own
    world.py    one run: the commands, their peers, a directory, a clock
    senders.py, relays.py, exchanges.py, receivers.py   the faults themselves
    judge.py    what was sent, what arrived and what was said, made one word
    runner.py   which runs there are, and one of them; report.py the table

`python -m tests.soak.signals` (`make soak-signals`) is another: signals at random moments.
"""
