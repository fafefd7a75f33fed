"""What arguments of the command line mean."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from zmqcli.delivery.kernel_queue import unread
from zmqcli.errors import ExitCode, OptionError, UsageError, ZmqcliError
from zmqcli.jobs.arguments import LONGEST_ID, fixed_messages, prefixes, routing_id, socket_options, unescaped
from zmqcli.options.groups import Body, Subscriptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.outside import Outside

NOT_UTF8 = os.fsdecode(b"a\xff\xfe")
"""Bytes of the command line that are not UTF-8, as Python hands them over."""


# Messages


def test_neither_frames_nor_files_is_no_message_but_stdin(outside: Outside) -> None:
    assert fixed_messages(outside.environment, Body()) is None
    assert fixed_messages(outside.environment, Body([], [])) is None


def test_positional_frames_are_one_message_byte_for_byte(outside: Outside) -> None:
    body = Body(["weather", "", "72°F", NOT_UTF8])

    assert fixed_messages(outside.environment, body) == [[b"weather", b"", "72°F".encode(), b"a\xff\xfe"]]


def test_each_file_is_a_message_of_one_frame_byte_for_byte(outside: Outside, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"\0one\r\n\xff")
    second.touch()
    body = Body(["frame"], [str(first), str(second)])

    assert fixed_messages(outside.environment, body) == [[b"frame"], [b"\0one\r\n\xff"], [b""]]


def test_a_dash_is_all_of_stdin(outside: Outside) -> None:
    outside.type(b"one\ntwo\n")
    outside.end_input()

    assert fixed_messages(outside.environment, Body(None, ["-"])) == [[b"one\ntwo\n"]]


def test_a_stdin_that_somebody_made_non_blocking_is_waited_for(outside: Outside) -> None:
    stdin = outside.environment.input.descriptor
    os.set_blocking(stdin, False)
    outside.type(b"one\n")
    read: list[object] = []
    failed: list[Exception] = []

    def read_all() -> None:
        try:
            read.append(fixed_messages(outside.environment, Body(None, ["-"])))
        except Exception as error:  # noqa: BLE001 # whatever it is, the test has to show it
            failed.append(error)

    reader = threading.Thread(target=read_all)
    reader.start()
    while unread(stdin) and reader.is_alive():
        pass
    reader.join(0.1)  # it ends here only by failing
    outside.type(b"two\n")
    outside.end_input()
    reader.join(10)

    assert not failed
    assert read == [[[b"one\ntwo\n"]]]


def test_a_file_that_cannot_be_read_is_said(outside: Outside, tmp_path: Path) -> None:
    for path, why in ((tmp_path / "missing", "no such file or directory"), (tmp_path, "is a directory")):
        with pytest.raises(ZmqcliError) as caught:
            fixed_messages(outside.environment, Body(None, [str(path)]))
        assert str(caught.value) == f"cannot read {path} ({why})"
        assert caught.value.exit_code is ExitCode.RUNTIME


# Subscriptions


def test_no_prefix_is_every_message() -> None:
    assert prefixes(Subscriptions()) == [b""]


def test_prefixes_are_text_as_it_was_typed_and_hex() -> None:
    asked = Subscriptions(["weather", "", "72°", NOT_UTF8], ["00ff", "0x00FF", "00 ff", ""])

    assert prefixes(asked) == [b"weather", b"", "72°".encode(), b"a\xff\xfe", b"\0\xff", b"\0\xff", b"\0\xff", b""]


@pytest.mark.parametrize("text", ["0", "xyz", "00f", "ø"])
def test_what_is_not_hex_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=f"^'{text}' is not hex; say for example --subscribe-hex 00ff$"):
        prefixes(Subscriptions(None, [text]))


# Routing ids


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("me", b"me"),
        ("0x006b8b4567", b"\x00k\x8bEg"),
        ("0x6B", b"k"),
        ("text:0x6b", b"0x6b"),
        (NOT_UTF8, b"a\xff\xfe"),
        ("x" * LONGEST_ID, b"x" * LONGEST_ID),
    ],
)
def test_a_routing_id_is_text_or_hex(text: str, expected: bytes) -> None:
    assert routing_id(text) == expected


@pytest.mark.parametrize("text", ["", "text:", "x" * (LONGEST_ID + 1), "0x" + "00" * (LONGEST_ID + 1)])
def test_a_routing_id_has_1_to_255_bytes(text: str) -> None:
    with pytest.raises(UsageError, match=r"^a routing id has 1 to 255 bytes, this one \d+$"):
        routing_id(text)


# Options and delimiters


def test_socket_options_are_read_in_order() -> None:
    assert socket_options([]) == []
    options = socket_options(["sndhwm=5", "ZMQ_LINGER=1s", "SNDHWM=6"])
    assert [(option.name, option.value) for option in options] == [("SNDHWM", 5), ("LINGER", 1000), ("SNDHWM", 6)]


def test_an_unknown_socket_option_is_a_usage_error() -> None:
    with pytest.raises(OptionError, match="SNDHWM"):
        socket_options(["SNDWHM=5"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\n", b"\n"),
        (r"\r\n", b"\r\n"),
        (r"\t", b"\t"),
        (r"\x00", b"\0"),
        (r"\\", b"\\"),
        ("--", b"--"),
        ("", b""),
        ("°", "°".encode()),
        (NOT_UTF8, b"a\xff\xfe"),
    ],
)
def test_a_delimiter_is_what_its_escapes_mean(text: str, expected: bytes) -> None:
    assert unescaped(text) == expected


@pytest.mark.parametrize("text", ["\\", r"\q", r"\x0"])
def test_an_escape_that_means_nothing_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        unescaped(text)
    assert caught.value.exit_code is ExitCode.USAGE
