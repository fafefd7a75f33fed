"""The handshake of `probe`, as far as it may go: what is said to our key or password, what a peer says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import ZmqcliError
from zmqcli.zmtp.protocol import (
    Command,
    Greeting,
    command,
    error_reason,
    plain_hello,
    properties,
    read_command,
    read_greeting,
    read_properties,
)

if TYPE_CHECKING:
    from zmqcli.probe.deadline import Deadline
    from zmqcli.probe.findings import Credentials, Findings
    from zmqcli.probe.plain_connection import Wire

__all__ = ["Handshake"]

GRACE_SECONDS = 0.1
"""What a bound client of PLAIN or CURVE gets to begin a handshake that we are not going to begin."""
_ZAP = {"300": "try again later", "400": "not allowed", "500": "its authenticator failed"}
"""Status codes of RFC 27, https://rfc.zeromq.org/spec/27/."""


class Handshake:
    """What follows the greetings of ZMTP 3.x. Each step raises ZmqcliError when it fails."""

    def __init__(self, report: Findings, credentials: Credentials, wire: Wire, deadline: Deadline) -> None:
        self.step = "mechanism"
        """What is being looked at."""
        self._report = report
        self._credentials = credentials
        self._wire = wire
        self._deadline = deadline

    def run(self, greeting: Greeting) -> None:
        """Go as far as may be gone without becoming a peer."""
        self._check_mechanism(greeting)
        if greeting.mechanism == "NULL":
            self.step = "ready"
            self._take_ready(self._command())
        elif self._credentials.mechanism:
            self._authenticate(greeting.mechanism)
        elif greeting.mechanism in {"PLAIN", "CURVE"}:
            self._look_for_client(greeting.mechanism)

    def _check_mechanism(self, greeting: Greeting) -> None:
        """Raise ZmqcliError when the user's credentials are for another mechanism."""
        wanted = self._credentials.mechanism
        if wanted and wanted != greeting.mechanism:
            self.step = "mechanism"
            hints = {
                "NULL": "leave the key and the user out",
                "PLAIN": "give --plain-user and --plain-password-file",
                "CURVE": "give --curve-server-key",
            }
            raise ZmqcliError(
                f"its mechanism is {greeting.mechanism}, not {wanted}",
                why="both sides must have the same",
                hint=hints.get(greeting.mechanism, ""),
            )

    def _look_for_client(self, mechanism: str) -> None:
        """Raise ZmqcliError when the peer begins the handshake itself: then it is no server."""
        while not self._wire.data and self._wire.receive(GRACE_SECONDS):
            pass
        self.step = "mechanism"
        if self._wire.data and (first := read_command(self._wire.data)) and first.name == "HELLO":
            raise _no_server(mechanism)
        needs = "--curve-server-key" if mechanism == "CURVE" else "--plain-user and --plain-password-file"
        self._report.add("key" if mechanism == "CURVE" else "password", f"not checked: {needs} not given", ok=None)

    def _authenticate(self, mechanism: str) -> None:
        """Show the server what we have, as far as its WELCOME, or to the end with `--as`."""
        if mechanism == "CURVE":
            self.step = "key"
            self._try_key()
            return
        self.step = "password"
        assert self._credentials.plain is not None  # noqa: S101 # for mypy: the mechanism is theirs
        self._wire.send(plain_hello(*self._credentials.plain))
        self._welcomed("it does not take that user and password", hint="check them; a server needs a ZAP handler too")
        self._report.add("password", "right: the server takes it")
        if self._credentials.kind:
            self.step = "ready"
            kind = self._credentials.kind
            own = properties(Socket_Type=kind.encode())
            if kind in {"REQ", "DEALER", "ROUTER"}:
                own = properties(Socket_Type=kind.encode(), Identity=b"")
            self._wire.send(command(b"INITIATE", own))
            self._take_ready(self._finish())

    def _try_key(self) -> None:
        from zmqcli.probe.curve_client import CurveClient

        credentials, wire = self._credentials, self._wire
        assert credentials.server_key is not None  # noqa: S101 # for mypy: the mechanism is theirs
        wrong, hint = "that is not its key", "ask for the server's public key; in a .key file it stands as public-key"
        with CurveClient(credentials.server_key, credentials.keys, credentials.kind or "DEALER", self._deadline) as us:
            self._carry(us.wire)
            wire.send(_taken(us.wire, _await_command(us.wire)))
            welcome = self._welcomed(wrong, hint=hint)
            us.wire.send(welcome)
            initiate = _await_command(us.wire)
            if initiate is None:
                raise ZmqcliError(wrong, why="its WELCOME cannot be opened with it", hint=hint)
            self._report.key_ok = True
            self._report.add("key", "right: the server opens what is locked with it")
            if credentials.kind:
                self.step = "ready"
                wire.send(_taken(us.wire, initiate))
                self._finish()
                self._report.add("ready", f"the handshake is done as {credentials.kind}; its own type is encrypted")

    @staticmethod
    def _carry(client: Wire) -> None:
        """Take the client's greeting: the server has had ours."""
        while (greeting := read_greeting(client.data)) is None:
            if not client.receive():
                raise ZmqcliError("libzmq did not begin a handshake")
        client.drop(greeting.size)

    def _welcomed(self, wrong: str, *, hint: str) -> bytes:
        """Wait for the server's WELCOME and return it as it came. Raise ZmqcliError with what is `wrong` else."""
        answer = _await_command(self._wire)
        if answer is None and not self._wire.over:
            raise ZmqcliError("it does not answer", why="a server whose ZAP handler is stuck, or a stopped program")
        if answer is not None and answer.name == "HELLO":
            raise _no_server(self._credentials.mechanism)
        if answer is None or answer.name != "WELCOME":
            self._report.key_ok = False
            raise ZmqcliError(wrong, why=_refused(answer), hint=hint)
        self._report.key_ok = True
        return _taken(self._wire, answer)

    def _finish(self) -> Command:
        """Return the READY that ends a handshake with `--as`. Raise ZmqcliError."""
        ready = _await_command(self._wire)
        if ready is None or ready.name != "READY":
            silent = ready is None and not self._wire.over
            raise ZmqcliError(
                f"it does not finish the handshake as {self._credentials.kind}",
                why="no answer" if silent else _refused(ready),
                hint="this user or key is not on its allow-list, or the types do not fit",
            )
        return ready

    def _command(self) -> Command:
        """Return the first command of a NULL peer. Raise ZmqcliError."""
        found = _await_command(self._wire)
        if found is None:
            why = "it hung up" if self._wire.over else "it may be waiting for its ZAP handler"
            raise ZmqcliError("it greets and then sends no READY", why=why)
        if found.name != "READY":
            raise ZmqcliError("it refuses connections from here", why=_refused(found), hint="see its ZAP allow-list")
        return found

    def _take_ready(self, ready: Command) -> None:
        found = read_properties(ready.data)
        self._report.socket_type = found.get("socket-type", b"").decode("latin-1")
        self._report.identity = found.get("identity")


def _await_command(wire: Wire) -> Command | None:
    """Return the next command, left in `wire.data`; None when none comes. Raise BrokenZmtp."""
    while (found := read_command(wire.data)) is None:
        if not wire.receive():
            return None
    return found


def _taken(wire: Wire, found: Command | None) -> bytes:
    return wire.drop(found.size if found else 0)


def _refused(answer: Command | None) -> str:
    """Return what a peer gave for a refusal."""
    if answer is None:
        return "it hung up"
    if answer.name != "ERROR":
        return f"it sent {answer.name}"
    status = error_reason(answer.data)
    return f"ZAP status {status}: {_ZAP[status]}" if status in _ZAP else f"it says {status!r}"


def _no_server(mechanism: str) -> ZmqcliError:
    return ZmqcliError(
        f"it is a client of {mechanism}, as we are",
        why="it begins the handshake itself",
        hint="one side has to be the server: zmqcli with its secret, libzmq with "
        + ("CURVE_SERVER" if mechanism == "CURVE" else "PLAIN_SERVER"),
    )
