"""Tests of `zmqcli.scenario`, a file a module."""
