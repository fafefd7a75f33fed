"""The libzmq and pyzmq under us."""

from __future__ import annotations

import zmq

from zmqcli.sockets.batches import compiled
from zmqcli.sockets.protection.descriptors import check_descriptors

__all__ = ["option_rows", "versions"]


def versions() -> str:
    """Return the versions and what was built in, in one line."""
    drafts = "draft API" if zmq.DRAFT_API else "no draft API"
    features = [
        name for name in ("ipc", "tipc", "ws", "wss", "pgm", "norm", "vmci", "curve", "gssapi") if zmq.has(name)
    ]
    batches = "batches: compiled" if compiled() else "batches: python"
    return f"libzmq {zmq.zmq_version()} with {', '.join(features)}; pyzmq {zmq.pyzmq_version()}, {drafts}; {batches}"


def option_rows() -> list[list[str]]:
    """Return every socket option as a row of text: name, type, unit, settable when, default, what it does."""
    from zmqcli.sockets.options.option import list_options

    check_descriptors()
    context = zmq.Context()
    try:
        rows = list_options(context)
    finally:
        context.destroy(linger=0)
    return [
        [
            row.info.name,
            row.info.type,
            row.info.unit,
            row.info.when,
            row.default,
            row.info.summary if row.available else f"{row.info.summary} (not in this libzmq)",
        ]
        for row in rows
    ]
