"""What is said of libzmq and pyzmq."""

from __future__ import annotations

import zmq

from zmqcli.sockets.batches import compiled
from zmqcli.sockets.library import option_rows, versions
from zmqcli.sockets.options.table import table


def test_the_versions_and_what_is_built_in_are_one_line() -> None:
    line = versions()

    assert f"libzmq {zmq.zmq_version()} with " in line
    assert f"pyzmq {zmq.pyzmq_version()}, " in line
    assert ("no draft API" in line) is not zmq.DRAFT_API
    assert ("curve" in line) is zmq.has("curve")
    assert line.endswith("; batches: compiled" if compiled() else "; batches: python")
    assert len(line.splitlines()) == 1


def test_every_option_is_a_row_of_six_texts() -> None:
    rows = option_rows()

    assert [row[0] for row in rows] == [info.name for info in table().values()]
    assert all(len(row) == 6 and all(isinstance(cell, str) for cell in row) for row in rows)
    assert next(row for row in rows if row[0] == "SNDHWM")[4] == "1000"


def test_an_option_this_libzmq_has_not_says_so() -> None:
    missing = [row for row in option_rows() if row[5].endswith("(not in this libzmq)")]

    assert bool(missing) is not all(zmq.has(name) for name in ("norm", "ws", "gssapi", "draft"))
