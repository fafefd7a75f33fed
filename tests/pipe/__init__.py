"""Tests of `zmqcli.pipe`, a file a module."""
