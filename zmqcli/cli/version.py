"""The text of `zmqcli --version`."""

from __future__ import annotations

from zmqcli import __version__

__all__ = ["version_line"]


def version_line() -> str:
    """Return the versions of zmqcli, libzmq and pyzmq, with the optional features of each."""
    from zmqcli.sockets.library import versions

    return f"zmqcli {__version__} ({versions()})"
