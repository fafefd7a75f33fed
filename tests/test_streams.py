"""stdin and stdout as descriptors: real pipes, terminals, files and full devices."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.formats.support import received
from zmqcli.errors import ExitCode, OutputClosed, ZmqcliError
from zmqcli.streams import CHUNK_BYTES, InputStream, OutputStream, Stdin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SMALLEST_PIPE = 4096


class Pipe:
    """A pipe of one page: `reading` and `writing`."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        fcntl.fcntl(self.writing, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
        self.extra: list[int] = []

    def output(self) -> OutputStream:
        """Return an OutputStream on the pipe; what it has opened anew is closed in the end."""
        stream = OutputStream(self.writing)
        if stream.descriptor != self.writing:
            self.extra.append(stream.descriptor)
        return stream

    def close(self) -> None:
        for descriptor in (self.reading, self.writing, *self.extra):
            try:
                os.close(descriptor)
            except OSError:  # a test has closed it already
                pass


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.close()


@pytest.fixture
def descriptor() -> Iterator[Callable[[int], int]]:
    """Return a function that notes a descriptor for closing, and returns it."""
    noted: list[int] = []

    def note(number: int) -> int:
        noted.append(number)
        return number

    yield note
    for number in noted:
        os.close(number)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Return the two ends of a pseudo-terminal: the person's, and the program's."""
    person, program = pty.openpty()
    yield person, program
    os.close(person)
    os.close(program)


def flags(number: int) -> int:
    return fcntl.fcntl(number, fcntl.F_GETFL)


# Input


def test_a_read_returns_what_is_there_and_nothing_at_the_end(pipe: Pipe) -> None:
    stream = InputStream(pipe.reading)
    os.write(pipe.writing, b"one\ntwo")

    assert stream.read() == b"one\ntwo"
    os.close(pipe.writing)
    assert stream.read() == b""


def test_a_file_is_read_in_chunks(tmp_path: Path, descriptor: Callable[[int], int]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * (CHUNK_BYTES + 1))
    stream = InputStream(descriptor(os.open(path, os.O_RDONLY)))

    assert [len(chunk or b"") for chunk in iter(stream.read, b"")] == [CHUNK_BYTES, 1]


def test_dev_null_is_told_from_other_devices(
    terminal: tuple[int, int], pipe: Pipe, descriptor: Callable[[int], int]
) -> None:
    for way in (os.O_RDONLY, os.O_WRONLY):  # nohup(1) opens it for writing
        assert InputStream(descriptor(os.open(os.devnull, way))).what() is Stdin.NULL
    assert InputStream(descriptor(os.open("/dev/zero", os.O_RDONLY))).what() is Stdin.USABLE
    assert InputStream(terminal[1]).what() is Stdin.USABLE
    assert InputStream(pipe.reading).what() is Stdin.USABLE


def test_the_terminal_of_another_session_is_read_and_stops_nobody(terminal: tuple[int, int]) -> None:
    person, program = terminal
    os.write(person, b"hello\n")
    stream = InputStream(program)

    assert stream.what() is Stdin.USABLE
    assert stream.read() == b"hello\n"


@pytest.mark.parametrize(("path", "read"), [("/dev/null", b""), ("file", None)])
def test_what_is_open_for_writing_only_is_empty_or_said(
    path: str, read: bytes | None, tmp_path: Path, descriptor: Callable[[int], int]
) -> None:
    stream = InputStream(descriptor(os.open(tmp_path / path, os.O_WRONLY | os.O_CREAT)))

    if read is not None:
        assert stream.read() == read
        return
    with pytest.raises(ZmqcliError, match=r"^cannot read stdin \(it is open for writing only\)$"):
        stream.read()


def test_a_terminal_is_told_from_a_pipe(terminal: tuple[int, int], pipe: Pipe) -> None:
    assert InputStream(terminal[1]).is_terminal()
    assert OutputStream(terminal[1]).is_terminal()
    assert not InputStream(pipe.reading).is_terminal()
    assert not pipe.output().is_terminal()


def test_a_line_typed_at_a_terminal_is_one_read(terminal: tuple[int, int]) -> None:
    person, program = terminal
    stream = InputStream(program)
    os.write(person, b"hello\n\x04")

    assert stream.read() == b"hello\n"
    assert stream.read() == b""


def test_a_terminal_that_is_gone_is_the_end(descriptor: Callable[[int], int]) -> None:
    person, program = pty.openpty()
    stream = InputStream(descriptor(person))
    os.close(program)  # reading the other side of a pseudo-terminal nobody has open is EIO

    assert stream.read() == b""


def test_what_cannot_be_read_is_said(tmp_path: Path, descriptor: Callable[[int], int]) -> None:
    stream = InputStream(descriptor(os.open(tmp_path, os.O_RDONLY)))

    with pytest.raises(ZmqcliError, match=r"^cannot read stdin \(Is a directory\)$") as caught:
        stream.read()
    assert caught.value.exit_code is ExitCode.RUNTIME


# Output


def test_what_is_written_is_out_at_once_in_order(pipe: Pipe) -> None:
    stream = pipe.output()
    stream.write([b"one\n", b"", received(b"two\n"), b"three\n"])

    assert not stream.blocked
    assert os.read(pipe.reading, 100) == b"one\ntwo\nthree\n"


def test_what_the_reader_does_not_take_stays_pending_in_order(pipe: Pipe) -> None:
    stream = pipe.output()
    chunks = [bytes([number]) * 3000 for number in range(1, 8)]
    stream.write(chunks[:4])
    assert stream.blocked
    stream.write(chunks[4:])
    assert stream.blocked

    taken = bytearray()
    while stream.blocked or len(taken) < 21_000:
        taken += os.read(pipe.reading, SMALLEST_PIPE)
        stream.flush()
    assert bytes(taken) == b"".join(chunks)
    assert stream.flush()


def test_a_flush_tells_whether_all_is_out(pipe: Pipe) -> None:
    stream = pipe.output()
    assert stream.flush()
    stream.write([b"x" * (SMALLEST_PIPE + 1)])

    assert not stream.flush()
    assert len(os.read(pipe.reading, SMALLEST_PIPE)) == SMALLEST_PIPE
    assert stream.flush()
    assert os.read(pipe.reading, 10) == b"x"


def test_a_frame_that_libzmq_holds_can_be_half_written(pipe: Pipe) -> None:
    stream = pipe.output()
    stream.write([received(b"a" * SMALLEST_PIPE + b"b"), received(b"c")])

    assert stream.blocked
    assert os.read(pipe.reading, SMALLEST_PIPE) == b"a" * SMALLEST_PIPE
    assert stream.flush()
    assert os.read(pipe.reading, 10) == b"bc"


def test_a_reader_that_is_gone_is_said_by_the_exit_code(pipe: Pipe) -> None:
    stream = pipe.output()
    os.close(pipe.reading)

    with pytest.raises(OutputClosed) as caught:
        stream.write([b"x"])
    assert caught.value.exit_code is ExitCode.OUTPUT_CLOSED


def test_a_reader_that_goes_takes_what_was_pending_along(pipe: Pipe) -> None:
    stream = pipe.output()
    stream.write([b"x" * 2 * SMALLEST_PIPE])
    os.close(pipe.reading)

    with pytest.raises(OutputClosed):
        stream.flush()
    assert not stream.blocked
    assert stream.flush()


def test_a_full_disk_is_said(descriptor: Callable[[int], int]) -> None:
    stream = OutputStream(descriptor(os.open("/dev/full", os.O_WRONLY)))

    with pytest.raises(ZmqcliError, match=r"^cannot write to stdout \(No space left on device\)") as caught:
        stream.write([b"x"])
    assert caught.value.exit_code is ExitCode.RUNTIME
    assert not stream.blocked


def test_a_pipe_is_opened_anew_so_that_nobody_elses_writes_stop_blocking(pipe: Pipe) -> None:
    stream = pipe.output()

    assert stream.descriptor != pipe.writing
    assert flags(stream.descriptor) & os.O_NONBLOCK
    assert not flags(pipe.writing) & os.O_NONBLOCK
    assert not os.get_inheritable(stream.descriptor)


def test_a_named_pipe_is_opened_anew_too(short_dir: Path, descriptor: Callable[[int], int]) -> None:
    path = short_dir / "fifo"
    os.mkfifo(path)
    descriptor(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    shared = descriptor(os.open(path, os.O_WRONLY))
    stream = OutputStream(shared)
    descriptor(stream.descriptor)

    assert flags(stream.descriptor) & os.O_NONBLOCK
    assert not flags(shared) & os.O_NONBLOCK


def test_a_pipe_whose_reader_is_gone_already_is_kept_as_it_is(pipe: Pipe) -> None:
    os.close(pipe.reading)
    stream = pipe.output()

    with pytest.raises(OutputClosed):
        stream.write([b"x"])


def test_a_file_is_kept_as_it_is(tmp_path: Path, descriptor: Callable[[int], int]) -> None:
    file = descriptor(os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT))

    assert OutputStream(file).descriptor == file


def test_a_terminal_that_is_stopped_blocks_nobody_and_stays_as_it_is_for_the_shell(
    terminal: tuple[int, int], descriptor: Callable[[int], int]
) -> None:
    stream = OutputStream(terminal[1])
    descriptor(stream.descriptor)
    stream.write([b"x" * 1_000_000])

    assert stream.is_terminal()
    assert stream.blocked
    assert not flags(terminal[1]) & os.O_NONBLOCK


def test_a_pending_stream_says_by_its_descriptor_when_it_goes_on(pipe: Pipe) -> None:
    stream = pipe.output()
    stream.write([b"x" * 2 * SMALLEST_PIPE])
    poll = select.poll()
    poll.register(stream.descriptor, select.POLLOUT)

    assert not poll.poll(0)
    os.read(pipe.reading, SMALLEST_PIPE)
    assert poll.poll(5000)


# The standard descriptors

RESERVE = """
import os, sys
from zmqcli.streams import reserve_standard_descriptors
for descriptor in map(int, sys.argv[2:]):
    os.close(descriptor)
if "1" in sys.argv[2:]:
    sys.stdout = None
if "2" in sys.argv[2:]:
    sys.stderr = None
reserve_standard_descriptors()
null = os.stat(os.devnull).st_rdev
with open(sys.argv[1], "w") as file:
    file.write(" ".join(str(n) for n in range(3) if os.fstat(n).st_rdev == null))
    file.write(f" next {os.dup(0)}")
print("to stdout", flush=True)
print("to stderr", file=sys.stderr, flush=True)
"""


@pytest.mark.parametrize("closed", ["", "0", "1", "2", "0 1 2"])
def test_a_closed_standard_descriptor_becomes_dev_null(closed: str, tmp_path: Path) -> None:
    report = tmp_path / "report"
    run = subprocess.run(
        [sys.executable, "-c", RESERVE, report, *closed.split()],
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        check=True,
    )
    null, _, following = report.read_text().partition(" next ")

    assert null == closed
    assert int(following) > 2
    assert run.stdout == ("" if "1" in closed else "to stdout\n")
    assert run.stderr == ("" if "2" in closed else "to stderr\n")


def test_a_line_is_printed_where_there_is_room_and_else_not_at_all() -> None:
    reading, writing = os.pipe()
    output = OutputStream(writing)
    while not output.blocked:
        output.print_if_room("x" * 999 + "\n")
        if os.fstat(reading) and not select.select([], [output.descriptor], [], 0)[1]:
            break
    assert not output.blocked
    output.print_if_room("nobody reads this\n")
    assert not output.blocked
    written = os.read(reading, 1 << 20)
    assert not written.strip(b"x\n")
    output.print_if_room("again\n")
    assert os.read(reading, 1 << 20).endswith(b"again\n")
    for descriptor in {reading, writing, output.descriptor}:
        os.close(descriptor)
