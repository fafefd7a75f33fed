"""Tests of what all commands share; each command itself is tested in `tests/e2e`."""
