"""The table of faults, the plan made of it, and one run."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.soak.faults import FAULTS, Fault
from tests.soak.judge import Outcome, Verdict
from tests.soak.runner import one, plan
from tests.soak.senders import takes_all_and_leaves
from tests.soak.world import Load
from tests.support.raw_peer import PeerTimeout

if TYPE_CHECKING:
    from pathlib import Path

    from tests.soak.world import World


def test_every_fault_has_its_own_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("runs", [1, 26, 100, 1000])
def test_the_plan_has_so_many_runs_each_once(runs: int) -> None:
    planned = plan(FAULTS, runs, seed=1)

    assert len(planned) == len({(fault.name, number) for fault, number in planned}) == runs


def test_a_hundred_runs_have_every_fault() -> None:
    assert {fault.name for fault, _ in plan(FAULTS, 100, seed=1)} == {fault.name for fault in FAULTS}


def test_the_plan_follows_the_shares() -> None:
    counts = Counter(fault.name for fault, _ in plan(FAULTS, 1000, seed=1))
    shares = sum(fault.share for fault in FAULTS)

    assert all(abs(counts[fault.name] - 1000 * fault.share / shares) <= 1 for fault in FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_chance_chooses_what_the_fault_allows_and_the_same_again(fault: Fault) -> None:
    for seed in range(50):
        shape = fault.shape(random.Random(seed))  # noqa: S311 # no secret

        assert shape == fault.shape(random.Random(seed))  # noqa: S311 # no secret
        assert shape.kind in fault.kinds
        assert shape.transport in fault.transports
        assert shape.binds in fault.sides
        assert shape.load in fault.loads
        assert fault.curve or not shape.curve


def test_a_run_of_a_real_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fault = Fault("a test", takes_all_and_leaves, 1, ("push",), (Load(100, 100),), (True,), ("tcp",))
    monkeypatch.setattr("tests.soak.runner.FAULTS", (fault,))

    run = one("a test", 0, 1, str(tmp_path))

    assert (run.verdict, run.code, run.sent, run.missing) == (Verdict.COMPLETE.value, 0, 100, 0), run
    assert run.shape == "push -b tcp 100x100"


def test_a_run_that_fails_by_itself_counts_as_one_that_hangs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(_world: World) -> Outcome:
        raise PeerTimeout("nobody came")

    monkeypatch.setattr("tests.soak.runner.FAULTS", (Fault("a test", fails, 1),))

    run = one("a test", 0, 1, str(tmp_path))

    assert run.verdict == Verdict.HANG.value
    assert "nobody came" in run.notes
