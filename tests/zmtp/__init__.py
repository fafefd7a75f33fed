"""Tests of `zmqcli.zmtp`, a file a module."""
