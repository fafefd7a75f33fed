"""Tests of `zmqcli.probe`, a file a module."""
