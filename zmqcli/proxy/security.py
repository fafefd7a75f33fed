"""Which side of a proxy shows what: what binds is the server of its mechanism, what connects a client.

So the two sides may be secured differently, and one of them not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zmqcli.environment import Environment
    from zmqcli.options.groups import Security
    from zmqcli.security.config import SecurityConfig
    from zmqcli.sockets.config import SocketConfig

__all__ = ["ProxySecurity"]


class ProxySecurity:
    """The Security options of a proxy, taken apart."""

    def __init__(self, environment: Environment, options: Security) -> None:
        """Raise UsageError where the options of a server, or those of a client, do not fit together."""
        self.server: SecurityConfig | None = None
        """What a socket that binds is to be."""
        self.client: SecurityConfig | None = None
        """What a socket that only connects is to be."""
        if not any(option is not None for option in options):
            return
        from zmqcli.jobs.arguments import security_config

        client = options._replace(curve_server_cert=None, allow=None, plain_passwords=None)
        server = options._replace(curve_cert=None, curve_server_key=None, plain_user=None, plain_password_file=None)
        self.server = security_config(environment, server)
        self.client = security_config(environment, client)

    def of(self, *, binds: bool, connects: bool) -> SecurityConfig | None:
        """Return what a socket is to be. Raise UsageError for one that would have to be both."""
        if binds and connects and self.server and self.client:
            raise UsageError(
                "one side of a proxy cannot be both a server and a client",
                why="it binds and connects, and there are options for both",
                hint="let each side do one of them",
            )
        return (binds and self.server) or (connects and self.client) or None

    def check(self, configs: Iterable[SocketConfig]) -> None:
        """Raise UsageError when a security option would have no effect."""
        used = [config.security for config in configs]
        if self.server and self.server not in used:
            raise UsageError(
                "the options of a server are for what binds, and neither side does",
                hint="add --frontend or --backend, or say --curve-server-key, --plain-user",
            )
        if self.client and self.client not in used:
            raise UsageError(
                "the options of a client are for what connects, and neither side does",
                hint="add --frontend-connect or --backend-connect, or say --curve-server-cert, --plain-passwords",
            )
