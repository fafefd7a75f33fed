"""Tests of `zmqcli.records`, a file a module."""
