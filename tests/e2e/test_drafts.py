"""Draft socket types: refused where pyzmq lacks the draft API, as its wheel would abort the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq

if TYPE_CHECKING:
    from tests.support.in_process import InProcess
    from tests.support.processes import Zmqcli

DRAFTS = ["client", "server", "radio", "dish", "scatter", "gather", "peer", "channel"]


@pytest.mark.skipif(zmq.DRAFT_API, reason="this pyzmq has the draft API")
@pytest.mark.parametrize("command", DRAFTS)
def test_a_draft_type_says_how_to_get_it(in_process: InProcess, command: str) -> None:
    line = in_process(command, "-b", "0").error(2, command.upper(), "draft")

    assert "pyzmq" in line


@pytest.mark.skipif(not zmq.DRAFT_API, reason="this pyzmq lacks the draft API, as PyPI's wheels do")
def test_a_draft_type_works(zmqcli: Zmqcli) -> None:
    ours = zmqcli.start("gather", "-b", "0", "-n", "1", ready=True)
    zmqcli("scatter", "-c", ours.endpoint, "hello").ok()

    assert ours.finish().ok().lines == [b"hello"]
