"""The table of options against the installed pyzmq and libzmq."""

from __future__ import annotations

import pytest
import zmq

from zmqcli.sockets.options.option import find_option
from zmqcli.sockets.options.table import ALIASES, OptionInfo, table

SOCKET_OPTIONS = [info for info in table().values() if not info.context]


def test_every_option_pyzmq_knows_has_a_row_of_its_number() -> None:
    for name, member in zmq.SocketOption.__members__.items():
        if name != "BLOCKY":  # pyzmq lists it with the sockets' options; libzmq has it on the context
            assert find_option(name).number == member, name
    for name, context_member in zmq.ContextOption.__members__.items():
        assert table()[name].number == context_member
        assert table()[name].context


def test_rows_are_complete() -> None:
    numbers = [info.number for info in SOCKET_OPTIONS]
    assert len(set(numbers)) == len(numbers)
    assert set(ALIASES.values()) <= set(table())
    for info in table().values():
        assert info.summary
        assert not info.summary.startswith("-"), info
        assert info.needs in {"", "draft", "curve", "gssapi", "norm", "vmci", "wss"}, info
        assert info.unit or info.type not in {"duration", "size", "int"}, info


@pytest.mark.parametrize("info", SOCKET_OPTIONS, ids=lambda info: info.name)
def test_kinds_agree_with_pyzmq(info: OptionInfo) -> None:
    kind = zmq.SocketOption(info.number)._opt_type.value
    wide = {"int64", "size64"}
    narrow = {"bool", "tristate", "int", "ms", "s", "size", "kib"}
    expected = wide if kind == "int64" else narrow if kind in {"int", "fd"} else {"text", "binary", "key", "secret"}
    assert info.kind in expected
