"""Tests of `zmqcli.formats`, a file a module."""
