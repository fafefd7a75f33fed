"""Tests of `zmqcli.sockets.protection`, a file a module."""
