"""Tests of `zmqcli.jobs`, a file a module."""
