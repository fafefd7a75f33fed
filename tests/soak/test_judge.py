"""The judge: what was sent, received and said, and the word for it."""

from __future__ import annotations

import pytest

from tests.soak.judge import Outcome, Verdict, judge
from tests.soak.report import table

ALL = frozenset(range(10))
SOME = frozenset(range(7))
WORD = "zmqcli: undelivered: a peer went away"


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Outcome(ALL, ALL, 0), Verdict.COMPLETE),
        (Outcome(ALL, SOME, 5, WORD), Verdict.SAID),
        (Outcome(ALL, SOME, 124, WORD), Verdict.SAID),
        (Outcome(ALL, SOME, 143, WORD), Verdict.SAID),
        (Outcome(ALL, SOME, 0), Verdict.UNSAID),
        (Outcome(ALL, SOME, 0, WORD), Verdict.UNSAID),
        (Outcome(ALL, SOME, 143, fine=frozenset({143})), Verdict.UNSAID),
        (Outcome(ALL, SOME, 124, "zmqcli: nothing happened for 1s"), Verdict.UNSAID),
        (Outcome(ALL, SOME, 1, "zmqcli: internal error"), Verdict.UNSAID),
        (Outcome(ALL, SOME, -6, "Too many open files"), Verdict.UNSAID),
        (Outcome(ALL, ALL, 5), Verdict.ALARM),
        (Outcome(ALL, ALL, 143, WORD, fine=frozenset({143})), Verdict.ALARM),
        (Outcome(ALL, ALL, 143), Verdict.ALARM),
        (Outcome(ALL, ALL, 143, fine=frozenset({143})), Verdict.COMPLETE),
        (Outcome(ALL, SOME, None), Verdict.HANG),
        (Outcome(ALL, ALL, None), Verdict.HANG),
    ],
)
def test_a_code_and_a_word_against_what_came(outcome: Outcome, verdict: Verdict) -> None:
    assert judge(outcome) is verdict


def test_messages_that_show_no_number_are_counted() -> None:
    assert judge(Outcome(ALL, frozenset(), 0, unnumbered=10)) is Verdict.COMPLETE
    assert judge(Outcome(ALL, frozenset(), 0, unnumbered=9)) is Verdict.UNSAID


@pytest.mark.parametrize(
    ("code", "late_counts", "verdict"),
    [(0, True, Verdict.COMPLETE), (0, False, Verdict.UNSAID), (5, True, Verdict.SAID), (5, False, Verdict.SAID)],
)
def test_what_only_the_kernel_had_is_enough_over_tcp(code: int, late_counts: bool, verdict: Verdict) -> None:
    assert judge(Outcome(ALL, ALL, code, late=3, late_counts=late_counts)) is verdict


def test_a_pipe_may_speak_of_what_it_did_not_take() -> None:
    assert judge(Outcome(SOME, SOME, 5, WORD, offered=ALL)) is Verdict.SAID
    assert judge(Outcome(SOME, SOME, 5, WORD, offered=SOME)) is Verdict.ALARM


def test_some_losses_nobody_can_know_of() -> None:
    assert judge(Outcome(ALL, SOME, 0, unknowable=3)) is Verdict.COMPLETE
    assert judge(Outcome(ALL, SOME, 0, unknowable=2)) is Verdict.UNSAID
    assert judge(Outcome(ALL, SOME, 5, unknowable=3)) is Verdict.SAID


def test_any_code_of_a_receiver_says_that_something_is_missing() -> None:
    assert judge(Outcome(ALL, SOME, 124, fine=frozenset({124}), any_code_says_it=True)) is Verdict.SAID
    assert judge(Outcome(ALL, ALL, 124, fine=frozenset({124}), any_code_says_it=True)) is Verdict.COMPLETE
    assert judge(Outcome(ALL, ALL, 1, any_code_says_it=True)) is Verdict.ALARM


def test_the_table_has_a_row_for_each_fault_in_order_and_one_for_all() -> None:
    runs = [("killed", Verdict.SAID), ("slow", Verdict.COMPLETE), ("killed", Verdict.UNSAID), ("killed", Verdict.SAID)]

    assert table(runs, ["slow", "stopped", "killed"]).splitlines() == [
        "| fault  | runs | complete | lost and said | lost and unsaid | false alarm | hang |",
        "|--------|-----:|---------:|--------------:|----------------:|------------:|-----:|",
        "| slow   |    1 |        1 |             0 |               0 |           0 |    0 |",
        "| killed |    3 |        0 |             2 |               1 |           0 |    0 |",
        "| all    |    4 |        1 |             2 |               1 |           0 |    0 |",
    ]
