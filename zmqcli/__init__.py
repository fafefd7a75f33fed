"""zmqcli: the command-line tool for ZeroMQ."""

__all__ = ["__version__"]

__version__ = "0.2.0"
__date__ = "2026-11-26"
"""When this version was made."""
