"""zmqcli probe."""

from typing import Annotated, NamedTuple

from zmqcli.environment import Environment
from zmqcli.options.command import command
from zmqcli.options.groups import Security
from zmqcli.options.types import DURATION, ArgumentRow, declare
from zmqcli.probe.report import show_probe


class ClientSecurity(NamedTuple):
    """What the server's mechanism wants: the part of `Security` that a client has."""

    curve_server_key: Annotated[
        str | None,
        declare("Security", "--curve-server-key", "KEY|FILE", "Check that this is the server's public CURVE key."),
    ] = None
    curve_cert: Annotated[
        str | None, declare("Security", "--curve-cert", "FILE", "Our own CURVE certificate, for --as.")
    ] = None
    plain_user: Annotated[
        str | None, declare("Security", "--plain-user", "USER", "Check that PLAIN takes this user.")
    ] = None
    plain_password_file: Annotated[
        str | None, declare("Security", "--plain-password-file", "FILE", "The user's password.")
    ] = None


@command(
    examples=[
        "zmqcli probe tcp://localhost:5555",
        "zmqcli probe 5555 -O jsonl",
        "zmqcli probe broker:5555 --curve-server-key broker.key",
        "zmqcli probe --listen tcp://localhost:5556",
    ]
)
def probe(
    environment: Environment,
    security: ClientSecurity,
    endpoint: Annotated[str, ArgumentRow("ENDPOINT", "Where somebody listens.")],
    output: Annotated[
        str | None, declare("Output", "-O --output", "FORMAT", "Lines of text, or jsonl: one object for all.")
    ] = None,
    timeout: Annotated[
        float, declare("Limits", "-t --timeout", "DURATION", "For all of it; default 5s.", parser=DURATION)
    ] = 5.0,
    kind: Annotated[
        str | None,
        declare("Security", "--as", "TYPE", "Finish a PLAIN or CURVE handshake as a socket of that type (a peer!)."),
    ] = None,
    listen: Annotated[
        bool,
        declare("Output", "--listen", None, "Show what a PUB or XPUB sends until -t, as a subscriber (a peer!)."),
    ] = False,
) -> None:
    """Tell what is at an endpoint: name, port, ZMTP version, mechanism, socket type, and what can talk to it."""
    show_probe(
        environment,
        endpoint,
        Security(**security._asdict()),
        output=output,
        timeout=timeout,
        kind=kind,
        listens=listen,
    )
