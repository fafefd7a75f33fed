"""Rates of each side: what is counted, when it is told, and how it reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from zmqcli.proxy.rates import RateReport, Rates, as_json, as_text

if TYPE_CHECKING:
    from zmqcli.engine.relay import Relay

THERE, BACK = "frontend>backend", "backend>frontend"


class FakePeers:
    count = 2


class FakeSide:
    peers = FakePeers()


class FakeRelay:
    """A clock and two sides."""

    def __init__(self) -> None:
        self.time = 100.0
        self.frontend = FakeSide()
        self.backend = FakeSide()

    def now(self) -> float:
        return self.time

    def name(self, side: Any) -> str:
        return "frontend" if side is self.frontend else "backend"

    def peers_of(self, side: Any) -> int:
        return int(side.peers.count)


def test_each_side_is_told_when_it_is_time() -> None:
    relay = FakeRelay()
    told: list[RateReport] = []
    rates = Rates(cast("Relay", relay), 2.0, told.append)
    rates.received(THERE, [[b"a"], [b"b"]], 20)
    rates.passed(THERE, [[b"a"]], 10)
    rates.received(BACK, [[b"c"]], 1)
    assert rates.tick() == 102.0
    assert told == []
    relay.time = 102.5
    assert rates.tick() == 104.0
    assert told == [RateReport("frontend", 2, 2.5, 2, 20, 0, 0), RateReport("backend", 2, 2.5, 1, 1, 1, 10)]
    relay.time = 200.0  # asleep for long: what was missed is not made up for
    assert rates.tick() == 200.0
    rates.finish()
    assert len(told) == 6
    assert told[-1] == RateReport("backend", 2, 0.0, 0, 0, 0, 0)


def test_text_and_json() -> None:
    report = RateReport("frontend", 1, 2.0, 3000, 4096, 1, 2)

    assert as_text(report) == "frontend: in 1500 msg/s 2K/s, out 0 msg/s 1B/s, 1 peer"
    assert json.loads(as_json(report, "now")) == {
        "time": "now",
        "side": "frontend",
        "peers": 1,
        "seconds": 2.0,
        "messages_in": 3000,
        "messages_in_per_second": 1500.0,
        "bytes_in": 4096,
        "bytes_in_per_second": 2048.0,
        "messages_out": 1,
        "messages_out_per_second": 0.5,
        "bytes_out": 2,
        "bytes_out_per_second": 1.0,
    }
    assert json.loads(as_json(report._replace(seconds=0.0), "now"))["messages_in_per_second"] == 3000.0
