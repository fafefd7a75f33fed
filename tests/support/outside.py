"""The outside of a command inside a test: an Environment whose stdin and stdout are pipes of the test."""

from __future__ import annotations

import os
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from zmqcli.environment import Environment
from zmqcli.streams import InputStream, OutputStream

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Outside", "outside"]


class Outside:
    """A real Environment, and the far ends of its streams."""

    def __init__(self) -> None:
        self._input, self._typed = os.pipe()
        self._output, self._shown = os.pipe()
        os.set_blocking(self._output, False)
        self._error = StringIO()
        self.environment = Environment(
            input=InputStream(self._input), output=OutputStream(self._shown), error=self._error, variables={}
        )
        self.environment.signals.defer()  # as once a socket is open: a signal is for the command to see

    def type(self, data: bytes) -> None:
        """Write to the command's stdin."""
        assert os.write(self._typed, data) == len(data)

    def end_input(self) -> None:
        """Close the command's stdin."""
        os.close(self._typed)
        self._typed = -1

    def close_output(self) -> None:
        """Close the reading end of the command's stdout."""
        os.close(self._output)
        self._output = -1

    @property
    def shown(self) -> bytes:
        """What the command has written to stdout since this was last asked."""
        try:
            return os.read(self._output, 1 << 20)
        except BlockingIOError:
            return b""

    @property
    def said(self) -> list[str]:
        """The lines on stderr so far, without the program's name."""
        return [line.removeprefix("zmqcli: ") for line in self.stderr.splitlines()]

    @property
    def stderr(self) -> str:
        """What is on stderr so far."""
        return self._error.getvalue()

    def close(self) -> None:
        """Close every pipe and give the signals back."""
        self.environment.signals.close()
        ends = {self._input, self._typed, self._output, self._shown, self.environment.output.descriptor}
        for descriptor in ends - {-1}:
            os.close(descriptor)


@pytest.fixture
def outside() -> Iterator[Outside]:
    """Return the outside of one command."""
    made = Outside()
    yield made
    made.close()
