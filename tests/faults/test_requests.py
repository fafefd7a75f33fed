"""Requests and replies, and messages to peers that are not there."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from tests.faults.support import freeze
from tests.support.links import any_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.support import Actor
    from tests.support.links import Transport
    from tests.support.processes import Zmqcli


def asked(actor: Actor) -> tuple[list[bytes], bytes]:
    """Have a ROUTER receive a request; return its envelope and its body."""
    frames = actor.receive(patience=5000)
    assert frames is not None
    return frames[:-1], frames[-1]


def test_a_retry_gets_the_reply(zmqcli: Zmqcli, actor: Actor, endpoint: str) -> None:
    req = zmqcli.start("req", "-c", actor.open("ROUTER", bind=endpoint), "-t", "300ms", "--retry", "3", "first")
    ignored, _ = asked(actor)
    again, body = asked(actor)
    actor.post([*again, b"reply"])

    assert body == b"first"
    assert again != ignored
    assert req.finish().ok().lines == [b"reply"]


def test_retries_that_are_used_up(zmqcli: Zmqcli, actor: Actor, endpoint: str) -> None:
    req = zmqcli.start("req", "-c", actor.open("ROUTER", bind=endpoint), "-t", "200ms", "--retry", "2", "first")
    bodies = [asked(actor)[1] for _ in range(3)]
    result = req.finish().ended(124)

    assert bodies == [b"first"] * 3
    assert actor.receive(patience=0) is None
    assert "no reply" in result.stderr
    assert result.stdout == b""


def test_a_late_reply_is_no_answer_to_the_next(zmqcli: Zmqcli, actor: Actor, endpoint: str) -> None:
    bound = actor.open("ROUTER", bind=endpoint)
    req = zmqcli.start("req", "-c", bound, "-t", "1", "--retry", "3", stdin=b"one\ntwo\n")
    late, _ = asked(actor)
    again, _ = asked(actor)
    actor.post([*again, b"to one"])
    second, body = asked(actor)
    assert body == b"two"
    actor.post([*late, b"late"])
    actor.post([*second, b"to two"])

    assert req.finish().ok().lines == [b"to one", b"to two"]


def test_a_late_reply_to_an_identity_is_no_answer_to_the_next(zmqcli: Zmqcli, actor: Actor, endpoint: str) -> None:
    # With a routing id of its own the fresh socket is the same peer to the service, which may answer both requests.
    bound = actor.open("ROUTER", bind=endpoint, ROUTER_HANDOVER=1)
    req = zmqcli.start("req", "-c", bound, "-t", "1", "--retry", "3", "--identity", "me", stdin=b"one\ntwo\n")
    late, _ = asked(actor)
    again, _ = asked(actor)
    actor.post([*again, b"to one"])
    second, body = asked(actor)
    assert body == b"two"
    actor.post([*late, b"late"])
    actor.post([*second, b"to two"])

    assert req.finish().ok().lines == [b"to one", b"to two"]


def test_a_service_that_dies_and_comes_back(zmqcli: Zmqcli, actors: Callable[[], Actor], late_endpoint: str) -> None:
    first, second = actors(), actors()
    first.open("REP", bind=late_endpoint)
    req = zmqcli.start("req", "-c", late_endpoint, "-t", "300ms", "--retry", "100", "hello")
    assert first.receive() == [b"hello"]
    first.send_signal(signal.SIGKILL)
    first.finish()
    second.open("REP", bind=late_endpoint)
    assert second.receive() == [b"hello"]
    second.post([b"world"])

    assert req.finish().ok().lines == [b"world"]


def test_rep_answers_what_it_cannot_show(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    rep = zmqcli.start("rep", "-q", "-b", any_endpoint(transport, short_dir), "--echo", stdout=full, ready=True)
    os.close(full)
    actor.open("REQ", connect=rep.endpoint)
    actor.post([b"answer me"])

    assert actor.receive() is not None
    rep.finish().error(1, "stdout")


def test_rep_answers_though_stdout_is_gone(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
    rep = zmqcli.start("rep", "-q", "-b", any_endpoint(transport, short_dir), "--echo", ready=True)
    actor.open("REQ", connect=rep.endpoint)
    actor.post([b"one"])
    assert actor.receive() == [b"one"]
    # Both at once, as when `head -1` has its line while requests come in.
    freeze(rep)
    actor.post([b"two"])
    rep.close_stdout()
    rep.send_signal(signal.SIGCONT)

    assert actor.receive(patience=5000) is not None
    assert rep.finish().ended(141).stderr == ""


def test_router_names_who_is_not_there(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
    router = zmqcli.start(
        "router", "-b", any_endpoint(transport, short_dir), "--frame-delimiter", "\\t", stdin="pipe", ready=True
    )
    actor.open("DEALER", connect=router.endpoint, ROUTING_ID="somebody")
    actor.post([b"here I am"])
    assert router.read_line() == b"somebody\there I am"
    router.write(b"somebody\tone\nnobody\tlost\nsomebody\ttwo\n")
    router.close_stdin()

    assert [actor.receive(), actor.receive()] == [[b"one"], [b"two"]]
    result = router.finish().ended(5)
    assert [line for line in result.stderr.splitlines() if "nobody" in line and line.startswith("zmqcli: ")]
    assert "somebody" not in result.stderr


def test_router_goes_on_when_a_peer_dies(
    zmqcli: Zmqcli, actors: Callable[[], Actor], transport: Transport, short_dir: Path
) -> None:
    router = zmqcli.start(
        "router", "-v", "-b", any_endpoint(transport, short_dir), "--frame-delimiter", "\\t", stdin="pipe", ready=True
    )
    dying, living = actors(), actors()
    for actor, name in ((dying, "dying"), (living, "living")):
        actor.open("DEALER", connect=router.wait_ready()[0], ROUTING_ID=name)
        actor.post([b"hello"])
        assert router.read_line().endswith(b"hello")
    dying.send_signal(signal.SIGKILL)
    router.wait_stderr("disconnected")
    router.write(b"dying\tlost\nliving\tgood\n")
    router.close_stdin()

    assert living.receive() == [b"good"]
    result = router.finish().ended(5)
    assert "routing id dying" in result.stderr
