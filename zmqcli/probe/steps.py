"""Ask what is at an endpoint, over one plain connection, step by step: `probe`.

Nothing is disturbed: the connection ends before the handshake does, so that the peer's socket never counts us among its
peers. libzmq makes the queue of a connection only when its handshake is done (session_base_t::engine_ready); else a
PUSH would give us a message and a PAIR its only place. It is enough: with NULL both sides send their READY at once and
unasked (RFC 23), and with PLAIN and CURVE the server's WELCOME says whether the password or the key is right. Only who
names a type with `--as` has the handshake finished, and only `--listen` subscribes (listen.py).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zmqcli.errors import ExitCode, ZmqcliError
from zmqcli.probe.findings import Credentials, Findings, ProbeStep
from zmqcli.probe.greeting import HungUp, ask_for_tls, greet, shown
from zmqcli.probe.handshake import Handshake
from zmqcli.probe.plain_connection import Wire
from zmqcli.probe.resolve import check_path, resolve
from zmqcli.zmtp.protocol import MAJOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.endpoint import Endpoint
    from zmqcli.probe.deadline import Deadline
    from zmqcli.probe.listen import Heard
    from zmqcli.probe.resolve import Address
    from zmqcli.zmtp.protocol import Greeting

__all__ = ["Credentials", "Findings", "ProbeStep", "probe"]

_PUBLISHERS = ("PUB", "XPUB")


def probe(
    endpoint: Endpoint,
    credentials: Credentials,
    deadline: Deadline,
    on_step: Callable[[ProbeStep], None],
    *,
    listen: Callable[[float], Heard] | None = None,
) -> Findings:
    """Look at `endpoint`, telling `on_step` of each step when it is done, and return what was found.

    `listen` subscribes to a publisher for so many seconds, all that are left. Raise Stopped and OutputClosed; whatever
    is wrong with the endpoint stands in the report.
    """
    report = Findings(endpoint, on_step)
    run = _Probe(report, credentials, deadline, listen)
    try:
        run.run()
    except ZmqcliError as error:
        if error.exit_code is not ExitCode.RUNTIME:
            raise
        report.error = error
        report.add(run.step, error.what + (f" ({error.why})" if error.why else ""), ok=False)
        report.verdict = str(error)
    finally:
        run.close()
    return report


class _Probe:
    """The steps, in their order; each raises ZmqcliError when it fails."""

    def __init__(
        self,
        report: Findings,
        credentials: Credentials,
        deadline: Deadline,
        listen: Callable[[float], Heard] | None,
    ) -> None:
        self.step = "resolve"
        self._report = report
        self._credentials = credentials
        self._deadline = deadline
        self._listen = listen
        self._others: list[Address] = []
        self._address: Address
        self._wire: Wire

    def run(self) -> None:
        report, credentials = self._report, self._credentials
        self._address = self._find_address()
        self._connect()
        self.step = "greeting"
        greeting = report.greeting = self._greet()
        report.add("greeting", _describe(greeting))
        if greeting.major < MAJOR[0]:  # no mechanisms, no READY
            report.socket_type, report.identity = greeting.socket_type, greeting.identity
            if credentials.mechanism:
                self.step = "mechanism"
                raise ZmqcliError(f"ZMTP {greeting.version} has no {credentials.mechanism}")
        else:
            handshake = Handshake(report, credentials, self._wire, self._deadline)
            try:
                handshake.run(greeting)
            finally:
                self.step = handshake.step
        self._tell_type()
        self.step = "fits"
        self._check_fits()
        if self._listen is not None:
            self.step = "listen"
            self._check_publishes()
            self._wire.close()
            report.heard = self._listen(self._deadline.left)
            report.add("listen", _describe_heard(report.heard))
        report.verdict = self._verdict(greeting)

    def close(self) -> None:
        if hasattr(self, "_wire"):
            self._wire.close()

    # Connecting

    def _find_address(self) -> Address:
        """Return where libzmq would connect to: the first IPv4 address of a name, or the literal."""
        endpoint, report = self._report.endpoint, self._report
        rest = endpoint.address.partition("://")[2]
        if endpoint.transport == "ipc":
            self.step = "path"
            address = check_path(rest)
            report.addresses = [address.text]
            report.add("path", f"{address.text} is {'an abstract name' if rest.startswith('@') else 'a socket'}")
            return address
        host, _, port = rest.rpartition(":")
        found = resolve(host.strip("[]"), int(port), self._deadline)
        report.addresses = [address.text for address in found]
        texts = [address.text.removesuffix(f":{port}") for address in found]
        usable = [address for address in found if endpoint.ipv6 or not address.is_ipv6]
        if not usable:
            raise ZmqcliError(
                f"{host} has IPv6 addresses only ({', '.join(texts)})",
                why="libzmq looks for IPv4 unless told otherwise",
                hint=f"write the address: {found[0].text}, or add -o ipv6=1",
            )
        more = f"; libzmq takes {usable[0].text.removesuffix(f':{port}')}" if len(found) > 1 else ""
        report.add("resolve", f"{host} is {', '.join(texts)}{more}" if [host] != texts else host)
        self._others = [address for address in found if address is not usable[0]]
        return usable[0]

    def _connect(self) -> None:
        self.step = "connect"
        began = time.monotonic()
        try:
            self._wire = Wire.connect(self._address, self._deadline)
        except ZmqcliError as error:
            if error.exit_code is ExitCode.RUNTIME:
                self._look_elsewhere(error)
            raise
        self._report.process = self._wire.process
        took = f"in {(time.monotonic() - began) * 1000:.1f} ms"
        self._report.add("connect", f"{self._address.text}, {self._wire.process or took}")

    def _look_elsewhere(self, error: ZmqcliError) -> None:
        """Say in `error` at which other address of the name somebody listens, where libzmq would not look."""
        for address in self._others:
            if wire := self._connects(address):
                wire.close()
                ipv6 = ", or add -o ipv6=1" if address.is_ipv6 else ""
                error.hint = f"somebody listens on {address.text}, where libzmq does not look: write that{ipv6}"
                return

    def _connects(self, address: Address) -> Wire | None:
        """Return a connection to `address`, None when there is none to be had."""
        try:
            return Wire.connect(address, self._deadline)
        except ZmqcliError as error:
            if error.exit_code is not ExitCode.RUNTIME:
                raise
            return None

    def _greet(self) -> Greeting:
        try:
            return greet(self._wire, self._deadline)
        except HungUp:
            if self._report.endpoint.transport == "tcp" and (again := self._connects(self._address)):
                self._wire.close()
                self._wire = again
                ask_for_tls(again)
            raise

    def _tell_type(self) -> None:
        report = self._report
        if report.socket_type:
            identity = f", identity {shown(report.identity)}" if report.identity else ""
            report.add("type", f"{report.socket_type}{identity}")
        elif report.greeting and report.greeting.major >= MAJOR[0] and report.greeting.mechanism != "NULL":
            report.add("type", f"not told: {report.greeting.mechanism} tells it to peers alone", ok=None)
        else:
            identity = f"; identity {shown(report.identity)}" if report.identity else ""
            report.add("type", f"not told{identity}", ok=None)

    def _check_fits(self) -> None:
        report, kind = self._report, self._credentials.kind
        if report.fits:
            report.add("fits", ", ".join(report.fits))
        if kind and report.socket_type and kind not in report.fits:
            raise ZmqcliError(
                f"a {kind} cannot talk to a {report.socket_type}",
                why="libzmq hangs up without a word",
                hint=f"use {' or '.join(report.fits)}" if report.fits else "",
            )

    def _check_publishes(self) -> None:
        kind, fits = self._report.socket_type, self._report.fits
        if kind and kind not in _PUBLISHERS:
            hint = f"to see what it sends take part: zmqcli {fits[0].lower()}" if fits else ""
            raise ZmqcliError(f"a {kind} publishes nothing", why="only PUB and XPUB do", hint=hint)

    def _verdict(self, greeting: Greeting) -> str:
        report = self._report
        mechanism = f", {greeting.mechanism}" if greeting.major >= MAJOR[0] else ""
        article = "an" if report.socket_type.startswith("X") else "a"
        what = f"{article} {report.socket_type or 'ZeroMQ'} socket"
        said = f"{report.endpoint.address} is {what} (ZMTP {greeting.version}{mechanism})"
        if report.fits:
            *others, last = [kind.lower() for kind in report.fits]
            return f"{said}; talk to it with {', '.join(others)}{' or ' if others else ''}{last}"
        if report.key_ok:
            return f"{said}, and the {'key' if greeting.mechanism == 'CURVE' else 'password'} is right"
        if mechanism and greeting.mechanism != "NULL":
            return f"{said}; it wants to know who comes"
        return said


def _describe_heard(heard: Heard) -> str:
    if not heard.messages:
        return "subscribed to everything, and nothing came"
    topics = f"{len(heard.topics)} topic{'' if len(heard.topics) == 1 else 's'}"
    return f"{heard.messages} message{'' if heard.messages == 1 else 's'}, {topics}"


def _describe(greeting: Greeting) -> str:
    if greeting.major < MAJOR[0]:
        return f"ZMTP {greeting.version}, which has no mechanisms"
    server = ", as-server" if greeting.as_server else ""
    return f"ZMTP {greeting.version}, mechanism {greeting.mechanism}{server}"
