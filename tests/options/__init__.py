"""Tests of `zmqcli.options`, a file a module."""
