"""Tests of `zmqcli.filters`, a file a module."""
