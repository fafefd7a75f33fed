"""What the end-to-end tests stand on: real `zmqcli` processes, plain pyzmq peers, ways for them to meet."""
