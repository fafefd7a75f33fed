"""What `probe` was told, and what it has found."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.sockets.patterns import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.endpoint import Endpoint
    from zmqcli.errors import ZmqcliError
    from zmqcli.probe.listen import Heard
    from zmqcli.zmtp.protocol import Greeting

__all__ = ["Credentials", "Findings", "ProbeStep"]


class Credentials(NamedTuple):
    """What the user knows of the server's security."""

    server_key: bytes | None = None
    """The server's public CURVE key, 40 characters of Z85."""
    keys: tuple[bytes, bytes] | None = None
    """Our own CURVE keys, public and secret; they matter with `kind` only."""
    plain: tuple[bytes, bytes] | None = None
    """User and password."""
    kind: str = ""
    """The socket type as which to finish a PLAIN or CURVE handshake, which makes a peer of us."""

    @property
    def mechanism(self) -> str:
        """The mechanism they are for; nothing when there are none."""
        return "CURVE" if self.server_key else "PLAIN" if self.plain else ""


class ProbeStep(NamedTuple):
    """One thing that was looked at."""

    name: str
    ok: bool | None
    """None: it was not looked at, or could not be; the detail says why."""
    detail: str
    seconds: float


class Findings:
    """What is known of the endpoint."""

    def __init__(self, endpoint: Endpoint, on_step: Callable[[ProbeStep], None]) -> None:
        self.endpoint = endpoint
        self.steps: list[ProbeStep] = []
        self.addresses: list[str] = []
        self.process = ""
        self.greeting: Greeting | None = None
        self.socket_type = ""
        self.identity: bytes | None = None
        self.key_ok: bool | None = None
        """Whether the server took the key or the password; None when none was given, or it was not asked for one."""
        self.heard: Heard | None = None
        """What a publisher has sent; None when it was not listened to."""
        self.verdict = ""
        self.error: ZmqcliError | None = None
        """What failed first."""
        self._on_step = on_step
        self._since = time.monotonic()

    @property
    def fits(self) -> list[str]:
        """The types that can talk to this one."""
        return sorted(PATTERNS[self.socket_type].fits) if self.socket_type in PATTERNS else []

    def add(self, name: str, detail: str, *, ok: bool | None = True) -> None:
        """Note a step that is done."""
        now = time.monotonic()
        self.steps.append(ProbeStep(name, ok, detail, now - self._since))
        self._since = now
        self._on_step(self.steps[-1])
