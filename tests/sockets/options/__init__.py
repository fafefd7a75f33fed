"""Tests of `zmqcli.sockets.options`, a file a module."""
