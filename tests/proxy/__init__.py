"""Tests of `zmqcli.proxy`, a file a module."""
