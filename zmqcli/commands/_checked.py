"""Endpoints of the command line, checked for the socket that is to have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.endpoint import check_socket_type, parse_endpoint
from zmqcli.errors import UsageError
from zmqcli.sockets.connection import has_transport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.endpoint import Endpoint
    from zmqcli.environment import Environment

__all__ = ["checked_endpoints"]


def checked_endpoints(
    environment: Environment, kind: str, texts: Sequence[str] | None, *, bind: bool
) -> list[Endpoint]:
    """Return what the user typed as endpoints of a socket of type `kind`. Raise EndpointError or UsageError."""
    return [_checked(environment, kind, text, bind=bind) for text in texts or ()]


def _checked(environment: Environment, kind: str, text: str, *, bind: bool) -> Endpoint:
    endpoint = parse_endpoint(text, bind=bind, transports=has_transport)
    check_socket_type(endpoint, kind)
    if endpoint.transport == "inproc" and environment.context is None:
        raise UsageError(
            f"cannot use {text} here",
            why="inproc connects sockets of one process, and this command is one alone",
            hint="zmqcli run puts several commands in one process",
        )
    return endpoint
