"""Tests of `zmqcli.terminal`, a file a module."""
