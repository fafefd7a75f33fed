"""Tests of `zmqcli.security`, a file a module."""
