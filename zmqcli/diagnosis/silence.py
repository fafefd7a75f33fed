"""Why nothing arrives from a connected peer: what subscribers, publishers and clients cannot see by themselves.

A peer tells its type only to libzmq, and a publisher sends only what was subscribed to. So most of this can only be
guessed: such a verdict says `if`, and names the command that knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.diagnosis.facts import Verdict

if TYPE_CHECKING:
    from zmqcli.diagnosis.facts import Facts

__all__ = ["diagnose_silence"]

_PROBED = ("tcp://", "ipc://")


def diagnose_silence(facts: Facts) -> Verdict | None:
    """Return what may be wrong between two ends that have shaken hands, None when nothing seems to be."""
    if facts.kind in {"SUB", "XSUB"}:
        return _prefix(facts)
    if facts.kind in {"PUB", "XPUB"}:
        return _subscribers(facts)
    if facts.kind in {"REQ", "DEALER"} and facts.sent > facts.received:
        return _no_reply(facts)
    return None


def _no_reply(facts: Facts) -> Verdict | None:
    if facts.kind == "REQ" and facts.request_lost:
        what = "the peer that had the request has left, and a REQ does not send it again by itself"
        return Verdict("request-lost", what, "let -t and --retry send it again")
    if facts.received:
        return None
    if facts.identity is not None:
        what = "no reply: if another peer has this identity, the ROUTER ignores this one"
        return Verdict("routing-id-in-use", what, "take another --identity, or leave it out")
    tell = _ask(facts, "zmqcli probe", "tells its type")
    if facts.kind == "REQ":
        what = "no reply yet: if the peer is a ROUTER, it may not know the empty frame that a REQ puts in front"
        return Verdict("router-does-not-answer", what, f"to a ROUTER send without it: zmqcli dealer{tell}")
    if facts.delimited:
        return None
    what = "no reply: if the peer is a REP, it ignores messages without an empty frame in front"
    return Verdict("missing-delimiter", what, f"to a REP add it: --envelope{tell}")


def _prefix(facts: Facts) -> Verdict | None:
    if facts.received or not facts.subscriptions or b"" in facts.subscriptions:
        return None
    wanted = " or ".join(_shown(prefix) for prefix in facts.subscriptions[:3])
    what = f"no message has come that begins with {wanted}"
    advice = "a prefix is compared byte by byte, and without -s all messages come"
    return Verdict(
        "prefix-matches-nothing", what, advice + _ask(facts, "zmqcli probe --listen", "shows what is published")
    )


def _subscribers(facts: Facts) -> Verdict | None:
    if facts.subscribed is None:
        return None
    if not facts.subscribed:
        what = "a peer is connected, but has subscribed to nothing"
        if facts.peers > 1:
            what = f"{facts.peers} peers are connected, but none has subscribed to anything"
        return Verdict("no-subscription", what, "a SUB gets nothing until its program sets SUBSCRIBE")
    if facts.awaited is None or facts.awaited.startswith(tuple(facts.subscribed)):
        return None
    theirs = ", ".join(_shown(prefix) for prefix in facts.subscribed[:3])
    what = f"the subscribers want messages that begin with {theirs}, not {_shown(facts.awaited)}"
    return Verdict("no-matching-subscriber", what, "the first frame has to begin with a subscription, byte by byte")


def _ask(facts: Facts, command: str, does: str) -> str:
    """Return which command tells more about the first peer that can be asked; nothing when all connect to us."""
    endpoint = next((endpoint for endpoint in facts.connects if endpoint.startswith(_PROBED)), "")
    return f"; {command} {endpoint} {does}" if endpoint else ""


def _shown(frame: bytes) -> str:
    return "'" + frame[:32].decode("utf-8", "backslashreplace") + ("...'" if len(frame) > 32 else "'")  # noqa: PLR2004 # enough to recognise
