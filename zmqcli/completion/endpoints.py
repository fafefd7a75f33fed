"""Endpoints to offer: those used before, sockets that are there, and how one begins."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from zmqcli.endpoint_history import recall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["endpoints"]

EVERYWHERE = ("*", "0.0.0.0", "[::]")  # noqa: S104 # hosts of a bind: who connects from here says 127.0.0.1
HERE = ("127.0.0.1", "localhost")


def endpoints(word: str, variables: Mapping[str, str], *, bind: bool) -> Iterator[tuple[str, str]]:
    """Yield what an endpoint that begins with `word` can be, to bind or to connect to."""
    offered = set()
    for address, bound in recall(variables):
        if bind and not bound:
            continue
        form = next((form for form in _forms(address, bind=bind) if form.startswith(word)), None)
        if form is not None and form not in offered:
            offered.add(form)
            yield form, "bound before" if bound else "used before"
    if word.startswith(("/", "./", "../", "ipc://")):
        yield from ((path, what) for path, what in _paths(word) if path not in offered)
    beginnings = ["tcp://*:"] if bind else ["tcp://127.0.0.1:", "tcp://localhost:"]
    if len(word) < len("tcp://"):
        beginnings = ["tcp://", "ipc://"]
    yield from ((text, "") for text in beginnings if text.startswith(word) and text != word)


def _forms(address: str, *, bind: bool) -> Iterator[str]:
    """Yield the ways to write an endpoint, the full one first."""
    scheme, _, rest = address.partition("://")
    if scheme == "ipc":
        yield from (address, rest)
        return
    if scheme != "tcp":
        yield address
        return
    host, _, port = rest.rpartition(":")
    names = HERE if host in HERE or (host in EVERYWHERE and not bind) else (host,)
    for prefix in ("tcp://", ""):
        yield from (f"{prefix}{name}:{port}" for name in names)
    if names is HERE:
        yield from (port, f":{port}")


def _paths(word: str) -> Iterator[tuple[str, str]]:
    """Yield sockets and directories, hidden ones when their point is typed."""
    scheme = "ipc://" if word.startswith("ipc://") else ""
    folder, slash, start = word.removeprefix(scheme).rpartition("/")
    try:
        entries = sorted(os.scandir((folder + slash) or "."), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        name = entry.name
        if not name.startswith(start) or (name.startswith(".") and not start) or not name.isprintable():
            continue
        path = scheme + folder + slash + name
        try:
            if entry.is_dir():
                yield f"{path}/", "directory"
            elif not entry.is_file() and stat.S_ISSOCK(entry.stat().st_mode):
                yield path, "socket"
        except OSError:  # gone again, or a link in a circle
            continue
