"""What was sent, what arrived and what was said, made one word. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

__all__ = ["Outcome", "Verdict", "judge"]

UNDELIVERED = 5
WORDS = ("undelivered", "was not sent", "cannot go on")
"""What a command says of messages that may be missing. The second is a router's, of one that has nobody to go to; the
last is that of a command that has run out of something."""


class Verdict(Enum):
    """How one run ended; the values are the columns of the table."""

    COMPLETE = "complete"
    SAID = "lost and said"
    UNSAID = "lost and unsaid"
    ALARM = "false alarm"
    HANG = "hang"


@dataclass(frozen=True)
class Outcome:
    """What is known of a run when it is over."""

    sent: frozenset[int]
    """The numbers of the messages that the command was given, or had taken."""
    received: frozenset[int]
    """Those that all its peers together have received."""
    code: int | None
    """The exit code; None when the command had to be killed."""
    stderr: str = ""
    offered: frozenset[int] = frozenset()
    """What was sent to it and not taken, perhaps: a pipe may say that something has arrived that it left alone."""
    unnumbered: int = 0
    """Messages received of which only the number is known: over CURVE."""
    unknowable: int = 0
    """How many messages at most may be missing without a word: nobody but the peer's own program could know."""
    late: int = 0
    """How many of those received were only in the kernel of a peer when the command ended: it may say so."""
    late_counts: bool = True
    """Whether to have been in the peer's kernel is enough: so it is over tcp; over ipc they must have been read."""
    fine: frozenset[int] = field(default=frozenset({0}))
    """Exit codes that say nothing about delivery: 143 for who was sent a SIGTERM, 124 for a receiver with `-t`."""
    any_code_says_it: bool = False
    """Whether any code but 0 says that something is missing, as a receiver's does."""

    @property
    def missing(self) -> int:
        """How many messages nobody has received."""
        return max(0, len(self.sent - self.received) - self.unnumbered)

    @property
    def complains(self) -> bool:
        """Whether the command said in so many words that something may be missing."""
        if self.code in (None, 0) or not (self.sent or self.offered):
            return False
        return self.code == UNDELIVERED or any(word in self.stderr for word in WORDS)


def judge(outcome: Outcome) -> Verdict:
    """Return how the run ended."""
    if outcome.code is None:
        return Verdict.HANG
    told = outcome.complains or (outcome.any_code_says_it and outcome.code != 0)
    if told and outcome.missing:
        return Verdict.SAID
    if outcome.missing > outcome.unknowable or (outcome.late and not outcome.late_counts):
        return Verdict.SAID if told else Verdict.UNSAID
    if outcome.complains:
        return Verdict.SAID if outcome.late or outcome.offered - outcome.received else Verdict.ALARM
    return Verdict.COMPLETE if outcome.code in outcome.fine else Verdict.ALARM
