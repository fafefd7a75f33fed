"""Tests of `zmqcli.top`, a file a module."""
