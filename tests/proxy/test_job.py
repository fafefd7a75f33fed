"""Which two socket types a proxy can have."""

from __future__ import annotations

import pytest

from zmqcli.errors import UsageError
from zmqcli.proxy.job import OTHERS, PROXIES, proxy_types
from zmqcli.sockets.patterns import PATTERNS


@pytest.mark.parametrize("pattern", PROXIES)
def test_patterns(pattern: str) -> None:
    assert proxy_types(pattern, None) == PROXIES[pattern]


@pytest.mark.parametrize("pair", [*PROXIES.values(), *OTHERS], ids="/".join)
def test_types_in_any_case_with_a_pattern_or_without(pair: tuple[str, str]) -> None:
    assert proxy_types(None, "/".join(pair).lower()) == pair
    assert proxy_types("queue", "/".join(pair)) == pair


def test_every_other_pair_is_refused() -> None:
    legal = {*PROXIES.values(), *OTHERS}
    for frontend in PATTERNS:
        for backend in PATTERNS:
            if (frontend, backend) not in legal:
                with pytest.raises(UsageError, match=f"{frontend}/{backend}"):
                    proxy_types(None, f"{frontend}/{backend}")


@pytest.mark.parametrize(
    ("pattern", "types", "says"),
    [
        (None, None, "queue, forwarder, streamer, pair"),
        ("broker", None, "'broker'"),
        ("broker", "PULL/PUSH", "'broker'"),
        (None, "XPUB/XSUB", "say XSUB/XPUB and swap the sides"),
        (None, "PULL", "it has two types"),
        (None, "PULL/PUSH/PUSH", "it has two types"),
        (None, "PULL/PUSHY", "no socket type PUSHY"),
        (None, "REQ/REP", "messages would not get through"),
    ],
)
def test_refusals_say_what_to_do(pattern: str | None, types: str | None, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        proxy_types(pattern, types)

    assert says in str(caught.value)
