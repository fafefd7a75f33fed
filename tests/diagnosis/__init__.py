"""Tests of `zmqcli.diagnosis`, a file a module."""
