"""What `zmqcli --version` says."""

from __future__ import annotations

from zmqcli import __version__

__all__ = ["version_line"]


def version_line() -> str:
    """Return the versions of this program and of what it stands on."""
    from zmqcli.sockets.library import versions

    return f"zmqcli {__version__} ({versions()})"
