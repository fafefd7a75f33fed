"""Why nothing arrives from a peer that is there: what subscribers, publishers and clients do not see by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.sockets.facts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zmqcli.sockets.facts import Evidence, Facts

__all__ = ["diagnose_silence"]


def diagnose_silence(facts: Facts, evidence: Mapping[str, Evidence]) -> Verdict | None:
    """Return what is known to be wrong between two ends that have shaken hands, None when nothing is."""
    if facts.kind in {"SUB", "XSUB"}:
        return _prefix(facts)
    if facts.kind in {"PUB", "XPUB"}:
        return _subscribers(facts)
    if facts.kind in {"REQ", "DEALER"} and facts.sent > facts.received:
        return _no_reply(facts, {found.socket_type for found in evidence.values() if found.socket_type})
    return None


def _no_reply(facts: Facts, types: set[str]) -> Verdict | None:
    """`types`: what is known of the peers' socket types."""
    if facts.kind == "REQ" and facts.request_lost:
        what = "the peer that had the request has left, and a REQ does not send it again by itself"
        return Verdict("request-lost", what, "let -t and --retry send it again")
    if facts.received:
        return None
    if facts.identity is not None and types <= {"ROUTER"}:
        what = "no reply: if another peer has this identity, the ROUTER ignores this one"
        return Verdict("routing-id-in-use", what, "take another --identity, or leave it out")
    if facts.kind == "DEALER" and not facts.delimited and ("REP" in types or (not types and facts.expects)):
        which = "the peer is a REP, which" if types else "no reply: if the peer is a REP, it"
        what = f"{which} ignores messages without an empty frame in front"
        return Verdict("missing-delimiter", what, "add it: --envelope")
    if facts.kind == "REQ" and types == {"ROUTER"}:
        what = "the ROUTER does not answer: it may not know the empty frame that a REQ puts in front and wants back"
        return Verdict("router-does-not-answer", what, "send without it: zmqcli dealer")
    return None


def _prefix(facts: Facts) -> Verdict | None:
    others = [frame for frame in facts.tapped if not frame.startswith(tuple(facts.subscriptions))]
    if facts.received or not others:
        return None
    wanted = " or ".join(_shown(prefix) for prefix in facts.subscriptions[:3])
    seen = ", ".join(dict.fromkeys(_shown(frame) for frame in others[:3]))
    what = f"messages are published, but none begins with {wanted}: their first frames are {seen}"
    return Verdict("prefix-matches-nothing", what, "a prefix is compared byte by byte; without -s all messages come")


def _subscribers(facts: Facts) -> Verdict | None:
    if facts.awaited is None or not facts.subscribed or facts.awaited.startswith(tuple(facts.subscribed)):
        return None
    theirs = ", ".join(_shown(prefix) for prefix in facts.subscribed[:3])
    what = f"the subscribers want messages that begin with {theirs}, not {_shown(facts.awaited)}"
    return Verdict("no-matching-subscriber", what, "the first frame has to begin with a subscription, byte by byte")


def _shown(frame: bytes) -> str:
    return "'" + frame[:32].decode("utf-8", "backslashreplace") + ("...'" if len(frame) > 32 else "'")  # noqa: PLR2004 # enough to recognise
