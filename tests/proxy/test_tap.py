"""What a tap knows: which request a reply is the answer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.codecs.pipeline import RAW
from zmqcli.exchange.sink import Sink
from zmqcli.formats._api import RecordOptions, TapStyle
from zmqcli.formats._registry import load
from zmqcli.formats.tapped import TappedWriter
from zmqcli.proxy import tap
from zmqcli.proxy.tap import Requests, Tap

if TYPE_CHECKING:
    import pytest

    from tests.support.outside import Outside


def test_a_reply_is_matched_by_its_envelope() -> None:
    requests = Requests()
    requests.asked([b"a", b"", b"one"], 1.0)
    requests.asked([b"b", b"", b"two"], 2.0)

    assert requests.answered([b"b", b"", b"reply"], 5.0) == 3.0
    assert requests.answered([b"a", b"", b"reply"], 5.0) == 4.0
    assert requests.answered([b"a", b"", b"again"], 6.0) is None
    assert requests.answered([b"stranger", b""], 6.0) is None


def test_a_number_in_the_envelope_tells_requests_apart_else_the_oldest_is_answered() -> None:
    requests = Requests()
    for number in (1, 2, 3):
        requests.asked([b"a", b"%d" % number, b"", b"body"], float(number))

    assert requests.answered([b"a", b"2", b"", b"reply"], 10.0) == 8.0
    assert requests.answered([b"a", b"no empty frame"], 10.0) == 9.0
    assert requests.answered([b"a", b"3", b"", b"reply"], 10.0) == 7.0


def test_hops() -> None:
    requests = Requests(2)
    requests.asked([b"a", b"x", b"", b"body"], 1.0)

    assert requests.answered([b"a", b"y", b"", b"reply"], 2.0) is None
    assert requests.answered([b"a", b"x", b"", b"reply"], 2.0) == 1.0


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap, "OUTSTANDING", 10)
    monkeypatch.setattr(tap, "PER_CLIENT", 3)
    requests = Requests()
    for number in range(100):
        requests.asked([b"%d" % number, b"", b""], 0.0)
        requests.asked([b"busy", b"", b""], float(number))
    assert sum(map(len, requests._waiting.values())) == requests._count <= 10
    assert requests.answered([b"0", b"", b""], 1.0) is None
    assert requests.answered([b"99", b"", b""], 1.0) == 1.0
    assert requests.answered([b"busy", b"", b""], 100.0) == 3.0  # the oldest of the three that are kept


def test_one_sequence_for_messages_and_subscriptions(outside: Outside) -> None:
    options = RecordOptions(socket="PROXY")

    def sink() -> Sink:
        return Sink(
            outside.environment,
            TappedWriter(lambda options: load("text").writer(options, RAW), TapStyle.COLUMN, options, RAW),
            RAW,
            options,
        )

    shown, plain = sink(), sink()
    made = Tap(outside.environment, shown, plain, requests=None, subscribes=True)
    made.received("frontend>backend", [[b"x"]], 1)
    made.passed("backend>frontend", [[b"\1w"], [b"no subscription"]], 5)
    made.passed("frontend>backend", [[b"w", b"72"]], 3)
    made.finish()

    assert made.tick() is None
    assert (plain.received, shown.received) == (2, 3)
    assert outside.shown == (
        b"backend>frontend\tsubscribe w\nbackend>frontend\tno subscription\nfrontend>backend\tw\t72\n"
    )
