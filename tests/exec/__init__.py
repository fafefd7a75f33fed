"""Tests of `zmqcli.exec`, a file a module."""
