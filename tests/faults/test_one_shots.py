"""One message and gone: commands that send once, and receivers that come when they like."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.faults.support import PATIENCE_MS, scaled
from tests.support.links import any_endpoint, known_endpoint

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.support import Actor
    from tests.support.links import Transport
    from tests.support.processes import Zmqcli

COUNT = scaled(8, 200)
AT_ONCE = scaled(8, 20)
WITHIN = 1.0


@pytest.mark.parametrize(("command", "receiver"), [("pub", "SUB"), ("push", "PULL")])
def test_receivers_that_come_at_any_time(
    zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path, command: str, receiver: str
) -> None:
    for start in range(0, COUNT, AT_ONCE):
        shots: dict[str, str] = {}
        while len(shots) < AT_ONCE:
            endpoint = known_endpoint(transport, short_dir).replace("/socket", f"/{start + len(shots)}")
            shots[endpoint] = f"shot {start + len(shots)}"
        actor.order("visit", kind=receiver, endpoints=list(shots), within=WITHIN, patience=PATIENCE_MS / 1000)
        ours = [zmqcli.start(command, "-q", "-b", endpoint, body) for endpoint, body in shots.items()]
        taken = actor.answer()["taken"]

        assert {endpoint: base64.b64decode(body).decode() for endpoint, body in taken.items()} == shots
        for process in ours:
            assert process.finish().ok().stderr == ""


def test_senders_that_exit_at_once(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
    endpoint = actor.open("PULL", bind=any_endpoint(transport, short_dir), RCVHWM=1)
    ours = [zmqcli.start("push", "-c", endpoint, f"{number:09d}") for number in range(COUNT)]
    taken = actor.take(COUNT)

    assert (taken.count, taken.distinct) == (COUNT, COUNT)
    for process in ours:
        process.finish().ok()
