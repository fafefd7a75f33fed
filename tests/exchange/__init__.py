"""Tests of the loops and what they are made of: each file mirrors one of `zmqcli/exchange/`."""
