"""What is sent: frames, files, stdin, and when stdin is left alone."""

from __future__ import annotations

import os
import pty
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.peers import Peers
    from tests.support.processes import Stdin, Zmqcli


@pytest.fixture
def pull(peers: Peers) -> zmq.Socket[bytes]:
    """Return a plain PULL that takes what a test's `push` sends."""
    return peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")


@pytest.fixture
def sends(zmqcli: Zmqcli, pull: zmq.Socket[bytes]) -> Sends:
    """Return a function that pushes and says what came."""
    return Sends(zmqcli, pull)


class Sends:
    """Runs `zmqcli push` to its end and takes what it sent."""

    def __init__(self, zmqcli: Zmqcli, pull: zmq.Socket[bytes]) -> None:
        self._zmqcli = zmqcli
        self._pull = pull

    def __call__(self, *argv: str | bytes | Path, stdin: Stdin = None) -> list[list[bytes]]:
        left = self._pull.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        left.rcvtimeo = self._pull.rcvtimeo
        self._zmqcli("push", "-c", endpoint_of(self._pull), *argv, stdin=stdin).ok()
        # Once libzmq says that the sender's connection is gone, it has read all that came over it.
        left.recv_multipart()
        self._pull.disable_monitor()
        left.close()
        return list(self._received())

    def _received(self) -> Iterator[list[bytes]]:
        while self._pull.poll(0):
            yield self._pull.recv_multipart()


class TestFrames:
    def test_each_argument_is_a_frame(self, sends: Sends) -> None:
        assert sends("a", "b c", "", "ü") == [[b"a", b"b c", b"", "ü".encode()]]

    def test_bytes_that_are_not_utf_8(self, sends: Sends) -> None:
        assert sends(b"\xff\xfe\x80") == [[b"\xff\xfe\x80"]]

    def test_a_frame_that_looks_like_an_option(self, sends: Sends) -> None:
        assert sends("--", "-n", "--help") == [[b"-n", b"--help"]]

    def test_escapes_are_not_undone(self, sends: Sends) -> None:
        assert sends(r"a\tb\n") == [[rb"a\tb\n"]]

    def test_they_are_repeated(self, sends: Sends) -> None:
        assert sends("a", "b", "-n", "3") == [[b"a", b"b"]] * 3


class TestFiles:
    def test_each_file_is_a_message_byte_for_byte(self, sends: Sends, short_dir: Path) -> None:
        first, second = short_dir / "first", short_dir / "second"
        first.write_bytes(b"\0\n\xff")
        second.write_bytes(b"")

        assert sends("-f", first, "--file", second) == [[b"\0\n\xff"], [b""]]

    def test_they_are_repeated(self, sends: Sends, short_dir: Path) -> None:
        (short_dir / "file").write_bytes(b"x")

        assert sends("-f", short_dir / "file", "-n", "2") == [[b"x"], [b"x"]]

    def test_a_dash_is_all_of_stdin(self, sends: Sends) -> None:
        assert sends("-f", "-", stdin=b"one\ntwo\n\0\xff") == [[b"one\ntwo\n\0\xff"]]

    def test_a_file_that_is_not_there(self, zmqcli: Zmqcli, pull: zmq.Socket[bytes]) -> None:
        result = zmqcli("push", "-q", "-c", endpoint_of(pull), "-f", "no-such-file")

        assert result.code in (1, 2, 3)
        result.error(result.code, "no-such-file")


class TestStdin:
    def test_a_record_is_exactly_its_bytes(self, sends: Sends) -> None:
        assert sends(stdin=b" a\tb \r\n\\n\n") == [[b" a\tb \r"], [b"\\n"]]

    def test_an_empty_record_is_an_empty_message(self, sends: Sends) -> None:
        assert sends(stdin=b"\n\na\n") == [[b""], [b""], [b"a"]]

    def test_an_unterminated_last_record_counts(self, sends: Sends) -> None:
        assert sends(stdin=b"a\nb") == [[b"a"], [b"b"]]

    def test_nothing_is_nothing(self, zmqcli: Zmqcli, pull: zmq.Socket[bytes]) -> None:
        zmqcli("push", "-c", endpoint_of(pull), stdin=b"").ok()

        assert not pull.poll(0)

    def test_nul_delimits(self, sends: Sends) -> None:
        assert sends("-0", stdin=b"a\nb\0c\0") == [[b"a\nb"], [b"c"]]

    @pytest.mark.parametrize(
        ("delimiter", "stdin"), [("--", b"a\n--b"), (r"\r\n", b"a\n\r\nb"), (r"\xff", b"a\n\xffb")]
    )
    def test_any_delimiter(self, sends: Sends, delimiter: str, stdin: bytes) -> None:
        assert sends(f"--delimiter={delimiter}", stdin=stdin) == [[b"a\n"], [b"b"]]

    def test_frames_are_split_only_when_asked(self, sends: Sends) -> None:
        assert sends("--frame-delimiter", ",", stdin=b"a,b,,c\n") == [[b"a", b"b", b"", b"c"]]

    def test_it_is_a_frame_of_its_own_in_raw(self, sends: Sends) -> None:
        assert sends("-I", "raw", stdin=b"a\nb\0\xff\n") == [[b"a\nb\0\xff\n"]]

    def test_it_stops_after_as_many_records_as_asked(self, sends: Sends) -> None:
        assert sends("-n", "2", stdin=b"a\nb\nc\n") == [[b"a"], [b"b"]]

    def test_a_record_goes_out_before_the_next_is_written(self, zmqcli: Zmqcli, pull: zmq.Socket[bytes]) -> None:
        ours = zmqcli.start("push", "-c", endpoint_of(pull), stdin="pipe")
        for text in (b"one", b"two", b"three"):
            ours.write(text + b"\n")
            assert pull.recv() == text
        ours.close_stdin()

        ours.finish().ok()

    def test_a_record_may_come_in_pieces(self, zmqcli: Zmqcli, pull: zmq.Socket[bytes]) -> None:
        ours = zmqcli.start("push", "-c", endpoint_of(pull), stdin="pipe")
        ours.write(b"whole\nha")
        assert pull.recv() == b"whole"
        ours.write(b"lf\n")
        assert pull.recv() == b"half"

    def test_a_record_larger_than_any_pipe(self, sends: Sends, short_dir: Path) -> None:
        body = b"x" * 3_000_000
        (short_dir / "big").write_bytes(body + b"\nend\n")

        assert sends(stdin=short_dir / "big") == [[body], [b"end"]]


class TestStdinIsLeftAlone:
    @pytest.fixture
    def pipe(self) -> Iterator[tuple[int, int]]:
        """Return a pipe with something in it whose writer stays."""
        reading, writing = os.pipe()
        os.write(writing, b"not yours")
        yield reading, writing
        os.close(reading)
        os.close(writing)

    @pytest.mark.parametrize("body", [["frame"], ["-f", "file"]])
    def test_with_a_body_given(self, sends: Sends, short_dir: Path, pipe: tuple[int, int], body: list[str]) -> None:
        (short_dir / "file").write_bytes(b"frame")

        assert sends(*body, stdin=pipe[0]) == [[b"frame"]]
        assert os.read(pipe[0], 100) == b"not yours"

    def test_by_what_only_receives(self, zmqcli: Zmqcli, peers: Peers, pipe: tuple[int, int]) -> None:
        push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
        ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "1", stdin=pipe[0])
        push.send(b"x")

        assert ours.finish().ok().lines == [b"x"]
        assert os.read(pipe[0], 100) == b"not yours"

    def test_by_a_rep_that_echoes(self, zmqcli: Zmqcli, peers: Peers, pipe: tuple[int, int]) -> None:
        req = peers.socket(zmq.REQ, bind="tcp://127.0.0.1:0")
        ours = zmqcli.start("rep", "-c", endpoint_of(req), "--echo", "-n", "1", stdin=pipe[0])
        req.send(b"x")

        assert ours.finish().ok().lines == [b"x"]
        assert os.read(pipe[0], 100) == b"not yours"


class TestOnATerminal:
    def test_a_line_is_a_message_and_blank_ones_are_not(self, zmqcli: Zmqcli, pull: zmq.Socket[bytes]) -> None:
        keyboard, terminal = pty.openpty()
        with closing(os.fdopen(keyboard, "wb", buffering=0)) as typing, closing(os.fdopen(terminal, "rb")) as stdin:
            ours = zmqcli.start("push", "-c", endpoint_of(pull), stdin=stdin.fileno())
            typing.write(b"one\n\ntwo\n")
            assert [pull.recv(), pull.recv()] == [b"one", b"two"]
            typing.write(b"\x04")
            ours.finish().ok()

    def test_the_end_of_input_ends_it_although_nobody_came(self, zmqcli: Zmqcli) -> None:
        keyboard, terminal = pty.openpty()
        with closing(os.fdopen(keyboard, "wb", buffering=0)) as typing, closing(os.fdopen(terminal, "rb")) as stdin:
            ours = zmqcli.start("pub", "-b", "tcp://127.0.0.1:0", stdin=stdin.fileno(), ready=True)
            ours.wait_ready()
            typing.write(b"to nobody\n\x04")
            ours.finish().ok()
