"""Endpoints used before, for completion: one file, newest first, with no secrets in it.

    bind tcp://*:5556
    connect tcp://127.0.0.1:5555

It is replaced whole, so nobody ever reads half of it; of two commands that start in the same millisecond one may be
forgotten. ZMQCLI_HISTORY=off turns it off. XDG Base Directory Specification 0.8: state that should outlive a restart
but matters too little to be data.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from zmqcli.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from zmqcli.endpoint import Endpoint

__all__ = ["LONGEST", "MOST", "recall", "remember"]

MOST = 100
"""Endpoints that are kept."""
LONGEST = 300
"""Characters of one."""
SWITCHED_OFF = {"off", "no", "false", "0"}


def _file(variables: Mapping[str, str]) -> str:
    """Return the path of the file, nothing where there is to be none."""
    if variables.get("ZMQCLI_HISTORY", "").lower() in SWITCHED_OFF:
        return ""
    state, home = variables.get("XDG_STATE_HOME", ""), variables.get("HOME", "")
    if not state.startswith("/"):  # the specification: a relative path is to be ignored
        state = f"{home}/.local/state" if home.startswith("/") else ""
    return state and f"{state}/zmqcli/endpoints"


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 # pathlib costs start-up
            return file.read(MOST * LONGEST).splitlines()[:MOST]
    except OSError:
        return []


def recall(variables: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """Yield endpoints, newest first, and whether they were bound."""
    path = _file(variables)
    for line in _lines(path) if path else ():
        how, _, address = line.partition(" ")
        if how in {"bind", "connect"} and "://" in address and address.isprintable():
            yield address, how == "bind"


def remember(variables: Mapping[str, str], endpoints: Iterable[Endpoint]) -> None:
    """Put endpoints at the top of the file. Where that cannot be, nothing happens."""
    path = _file(variables)
    new = [f"{'bind' if endpoint.bind else 'connect'} {endpoint.address}" for endpoint in endpoints if _worth(endpoint)]
    if not path or not new:
        return
    old = _lines(path)
    lines = [*new, *(line for line in old if line not in new)][:MOST]
    if lines == old:
        return
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103,PTH120 # pathlib costs start-up
        write_whole(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"), 0o600)
    except OSError:
        pass


def _worth(endpoint: Endpoint) -> bool:
    """Whether somebody can use it again, anybody may know it, and it has a place of its own."""
    scheme, _, rest = endpoint.address.partition("://")
    if len(rest) > LONGEST - 20 or not rest.isprintable() or scheme == "inproc":
        return False
    if scheme == "ipc":
        return rest.startswith(("/", "@"))  # a relative path is another one elsewhere
    # Passwords and tokens of a ws:// URL, and ports that are another one the next time.
    return not ("@" in rest or "?" in rest or rest.endswith((":0", ":*")))
