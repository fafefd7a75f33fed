"""Where a socket is to be, checked; and where it is, told to a person on stderr and to a script in the ready file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from zmqcli.endpoint import check_socket_type, parse_endpoint
from zmqcli.errors import UsageError, ZmqcliError
from zmqcli.files import write_whole
from zmqcli.sockets.connection import has_transport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.endpoint import Endpoint
    from zmqcli.environment import Environment
    from zmqcli.sockets.config import SocketConfig
    from zmqcli.sockets.connection import Connection

__all__ = ["checked_endpoints", "remember_endpoints", "say_conflation", "say_endpoints", "write_ready_file"]


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


def say_endpoints(environment: Environment, connection: Connection, name: str = "") -> None:
    """Say what was bound, with the ports that were found, and what is being connected to; `name`: by which socket."""
    by = f"{name} " if name else ""
    for address in connection.endpoints:
        environment.note(f"{by}bound {address}")
    for endpoint in connection.config.connects:
        environment.note(f"{by}connecting to {endpoint.address}")


def say_conflation(environment: Environment, config: SocketConfig) -> None:
    """Say what `--conflate` costs a receiver: libzmq tells nobody which frames it has dropped."""
    if not config.conflate:
        return
    topics = "; -s is compared with that frame" if any(config.subscriptions) else ""
    environment.note(f"--conflate keeps the latest message, and of several frames the last one alone{topics}")


def remember_endpoints(environment: Environment, *connections: Connection) -> None:
    """Keep endpoints for completion when a person is there to use it; what scripts use costs nothing."""
    if environment.error.isatty():
        from zmqcli.endpoint_history import remember

        configs = [connection.config for connection in connections]
        remember(environment.variables, [endpoint for one in configs for endpoint in (*one.binds, *one.connects)])


def write_ready_file(path: str, *connections: Connection) -> None:
    """Write the bound endpoints to `path`, one a line. Raise ZmqcliError."""
    lines = [f"{address}\n" for connection in connections for address in connection.endpoints]
    try:
        write_whole(path, "".join(lines).encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise ZmqcliError(f"cannot write {path}", why=os.strerror(error.errno or 0).lower()) from error
