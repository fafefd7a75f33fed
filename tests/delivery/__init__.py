"""Tests of `zmqcli.delivery`, a file a module."""
