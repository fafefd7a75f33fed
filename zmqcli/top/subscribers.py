"""Who subscribes to what at an XPUB.

A subscription message carries the descriptor of the connection it came over (`__fd`, which libzmq sets for
ZMQ_SRCFD of zmq_msg_get(3), on ipc too); the monitor tells what is at its other end, and when that is gone. libzmq's
own messages at the end of a connection carry none, and are not needed.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from zmqcli.diagnosis.processes import connected_process, process_name

if TYPE_CHECKING:
    from zmqcli.delivery.link import Link
    from zmqcli.message import Message
    from zmqcli.sockets.peers import Peers

__all__ = ["Subscribers"]

_SUBSCRIBE, _CANCEL = b"\x01", b"\x00"


class Subscribers:
    """The subscriptions of the peers that are there."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._names: dict[Link | None, str] = {}
        self._prefixes: dict[Link | None, Counter[bytes]] = {}

    def take(self, message: Message) -> None:
        """Take one message of an XPUB into account; one that is no subscription means nothing here."""
        frame: Any = message[0]
        what, prefix = frame.bytes[:1], frame.bytes[1:]
        if what not in {_SUBSCRIBE, _CANCEL}:
            return
        link = self._peers.link_of(frame)
        prefixes = self._prefixes.setdefault(link, Counter())
        if what == _SUBSCRIBE:
            prefixes[prefix] += 1
            if link not in self._names:
                self._names[link] = _name(link)
        elif prefix in prefixes:
            prefixes[prefix] -= 1
            if not prefixes[prefix]:
                del prefixes[prefix]

    def rows(self) -> list[tuple[bytes, list[str]]]:
        """Return each prefix with the names of its subscribers; those with the most first."""
        links = set(self._peers.links.values())
        for gone in [link for link in self._prefixes if link is not None and link not in links]:
            del self._prefixes[gone]
            self._names.pop(gone, None)
        found: dict[bytes, list[str]] = {}
        for link, prefixes in self._prefixes.items():
            for prefix in prefixes:
                found.setdefault(prefix, []).append(self._names[link])
        return sorted(
            ((prefix, sorted(names)) for prefix, names in found.items()), key=lambda row: (-len(row[1]), row[0])
        )


def _name(link: Link | None) -> str:
    """Return a peer's address, or its process on ipc."""
    if link is None:
        return "inproc"
    import socket

    if link.is_ipc:
        pid = connected_process(link.duplicate)
        return f"pid {pid} ({process_name(pid)})" if pid else "ipc"
    with socket.socket(fileno=os.dup(link.duplicate)) as peer:
        try:
            host, port = peer.getpeername()[:2]
        except OSError:
            return link.endpoint
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
