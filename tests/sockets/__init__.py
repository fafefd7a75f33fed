"""Tests of the sockets: each file mirrors one of `zmqcli/sockets/`."""
