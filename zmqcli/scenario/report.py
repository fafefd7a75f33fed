"""What `run` says at its end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from zmqcli.errors import ZmqcliError
from zmqcli.escaping import safe
from zmqcli.files import write_whole
from zmqcli.scenario.result import junit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.environment import Environment
    from zmqcli.errors import ExitCode
    from zmqcli.scenario.result import StepResult

__all__ = ["report", "write_junit"]


class StepFailed(ZmqcliError):
    """A step did not do what it should."""

    def __init__(self, what: str, exit_code: ExitCode) -> None:
        super().__init__(what)
        self.exit_code = exit_code


def report(environment: Environment, results: Sequence[StepResult], *, scenario: bool) -> None:
    """Say which steps failed, and why; the exit code is that of the first."""
    for result in results:
        if not result.failure:
            continue
        what = f"step {result.name} failed: {result.failure}"
        if environment.outcome:
            environment.note(what)
        else:
            environment.fail(StepFailed(what, result.code))
        if result.difference:
            lines = ["- expected, + printed", *result.difference]
            environment.error.write("".join(f"    {safe(line)}\n" for line in lines))
            environment.error.flush()
    if scenario:
        passed = sum(not result.failure and not result.skipped for result in results)
        environment.note(f"{passed} of {len(results)} steps passed")


def write_junit(environment: Environment, path: str, results: Sequence[StepResult], name: str) -> None:
    """Write the results for a CI system. That this fails is said; it does not hide the results themselves."""
    try:
        write_whole(path, junit(results, name).encode("utf-8", "backslashreplace"))
    except OSError as error:
        environment.fail(ZmqcliError(f"cannot write {path}", why=os.strerror(error.errno or 0).lower()))
