"""A command line that runs in the test's own process, for what is decided before anything is sent or received."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.support.outside import Outside
from tests.support.processes import Result, clean_environment
from zmqcli.cli.app import main

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Argument

__all__ = ["InProcess"]


class InProcess:
    """Takes the words of a command line and returns its end, as `Zmqcli` does, without the 100 ms of a process."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        """The working directory."""
        self.variables = clean_environment(directory / "home")

    def __call__(self, *argv: Argument, **variables: str) -> Result:
        """Run a command to its end, with an empty stdin and these environment variables beside the usual ones."""
        outside = Outside()
        outside.environment.variables = {**self.variables, **variables}
        outside.end_input()
        try:
            code = main([os.fsdecode(word) for word in argv], outside.environment)
            return Result(code, outside.shown, outside.stderr)
        finally:
            outside.close()
