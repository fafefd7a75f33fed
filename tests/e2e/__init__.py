"""The installed `zmqcli` in real processes, against plain pyzmq."""
