"""Regular expressions over messages: `--grep`, `--expect`. Long texts are searched in another process.

Python's `re` backtracks, and a pattern or a payload can make it do so for years. It heeds signals only now and then:
after up to 15 s in a text of 1 MB, after more than a minute in one of 10 MB, and never in a thread of `run`. But a
process can be killed. It is started for the first long text, which takes 20 ms, and then costs 2 ms for each megabyte.

This file is also the program of that process, which runs it without the rest of the package.
"""

import os
import re
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from subprocess import Popen
    from typing import IO

    from zmqcli.signals import Signals

__all__ = ["Search", "serve"]

LONG_TEXT = 1 << 16
"""Characters. In a text of up to this length `re` heeds a signal within a second."""
TICK_MS = 250
"""Between two looks whether the command has ended, while the other process searches."""
_SIZE = struct.Struct("=Q")
_ERRORS = "surrogatepass"


class Search:
    """Searches texts for one pattern. With `signals`, what ends the command ends a search, too (signals.Work)."""

    def __init__(self, pattern: "re.Pattern[str]", signals: "Signals | None") -> None:
        self._pattern = pattern
        self._signals = signals
        self._process: Popen[bytes] | None = None

    def found(self, text: str) -> bool:
        """Tell whether the pattern matches somewhere in `text`."""
        signals = self._signals
        if signals is None or (len(text) <= LONG_TEXT and signals.installs):
            return self._pattern.search(text) is not None
        from zmqcli.errors import ZmqcliError  # not in the other process

        try:
            process = self._process or self._start()
            assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 # pipes, as started
            _send(process.stdin, text)
            self._wait(process.stdout, signals)
            return _read_exactly(process.stdout, 1) == b"\1"
        except (OSError, EOFError) as error:
            self.close()
            raise ZmqcliError("cannot search a long message", why=str(error)) from error
        except BaseException:
            self.close()
            raise

    def _start(self) -> "Popen[bytes]":
        from subprocess import PIPE, Popen  # 15 ms

        argv = [sys.executable, "-I", "-S", __file__]
        self._process = process = Popen(argv, stdin=PIPE, stdout=PIPE)  # noqa: S603 # this very file
        assert process.stdin is not None  # noqa: S101 # a pipe
        _send(process.stdin, self._pattern.pattern)
        return process

    def _wait(self, answer: "IO[bytes]", signals: "Signals") -> None:
        import select

        poll = select.poll()
        poll.register(answer, select.POLLIN)
        while not poll.poll(TICK_MS):
            signals.check()

    def close(self) -> None:
        """End the other process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:  # it no longer reads what was still to be written
                pass


def serve(source: "IO[bytes]", target: "IO[bytes]") -> None:
    """Read a pattern, then texts. For each text write one byte: 1 if the pattern matches somewhere, else 0."""
    pattern = _read(source)
    if pattern is None:
        return
    search = re.compile(pattern).search
    while (text := _read(source)) is not None:
        target.write(b"\1" if search(text) else b"\0")
        target.flush()


def _send(target: "IO[bytes]", text: str) -> None:
    data = text.encode("utf-8", _ERRORS)
    target.write(_SIZE.pack(len(data)))
    target.write(data)
    target.flush()


def _read(source: "IO[bytes]") -> str | None:
    head = source.read(_SIZE.size)
    if len(head) < _SIZE.size:
        return None
    return source.read(_SIZE.unpack(head)[0]).decode("utf-8", _ERRORS)


def _read_exactly(source: "IO[bytes]", count: int) -> bytes:
    data = source.read(count)
    if len(data) < count:
        raise EOFError("the process that searches has ended")
    return data


if __name__ == "__main__":
    import signal

    parent = os.getppid()

    def look(_number: int, _frame: object) -> None:
        """End when the parent was killed. The search could go on for years."""
        if os.getppid() != parent:
            os._exit(0)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)
    try:
        serve(os.fdopen(0, "rb"), os.fdopen(1, "wb"))
    except BrokenPipeError:
        pass
