"""Tests of `zmqcli.engine`, a file a module."""
