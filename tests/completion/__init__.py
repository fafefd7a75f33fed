"""Tests of zmqcli.completion."""
