"""zmqcli keygen."""

import os
from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.errors import UsageError
from zmqcli.options.command import command
from zmqcli.options.types import ArgumentRow, declare


@command(
    examples=[
        "zmqcli keygen server",
        "zmqcli keygen alice -d certificates",
        "zmqcli keygen --public-of server.key_secret",
    ]
)
def keygen(
    environment: Environment,
    name: Annotated[
        str | None,
        ArgumentRow("[NAME]", "Of the files: NAME.key is public, NAME.key_secret secret."),
    ] = None,
    directory: Annotated[
        str,
        declare("Keys", "-d --directory", "DIR", "Where to write them; made, for you alone, where there is none."),
    ] = ".",
    public_of: Annotated[
        str | None,
        declare("Keys", "--public-of", "FILE", "Print the public key of this secret certificate."),
    ] = None,
) -> None:
    """Make a pair of CURVE certificates and print the public key."""
    from zmqcli.jobs.security import read_pair
    from zmqcli.security.certificates import write_pair
    from zmqcli.sockets.curve import new_pair

    if (name is None) == (public_of is None):
        raise UsageError("keygen wants a NAME for new keys, or --public-of FILE", hint="say zmqcli keygen server")
    if public_of is not None:
        pair = read_pair(environment, "--public-of", public_of)
    else:
        assert name is not None  # noqa: S101 # just checked; mypy cannot tell
        if not name or os.sep in name or "\0" in name or name in {".", ".."}:
            raise UsageError(f"'{name}' is not the name of a file", hint="-d names the directory")
        environment.signals.defer()  # both files, or none
        pair = new_pair()
        path, secret_path = write_pair(pair, directory, name)
        environment.note(f"made {path} (public: hand it out) and {secret_path} (secret: keep it)")
    environment.print(f"{pair.public.decode()}\n")
