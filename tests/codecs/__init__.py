"""Tests of `zmqcli.codecs`."""
