"""Tests of `zmqcli.bench`, a file a module."""
