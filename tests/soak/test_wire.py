"""The decoder: bytes that come in any pieces, whole messages counted, parts of one not."""

from __future__ import annotations

import pytest

from tests.support.wire import GREETING, Decoder, frame, ready, subscribe, wire_size
from zmqcli.zmtp.protocol import command

MESSAGES = [b"%09d " % number + b"x" * size for number, size in enumerate((0, 90, 245, 246, 70_000))]
"""Short and long frames, and those at the border between them."""
STREAM = GREETING + ready("PUSH") + b"".join(frame(message) for message in MESSAGES)


def decoded(data: bytes, step: int = 1 << 20) -> Decoder:
    decoder = Decoder()
    for at in range(0, len(data), step):
        decoder.feed(data[at : at + step])
        decoder.joined()
    return decoder


@pytest.mark.parametrize("step", [1, 7, 64, 1 << 20])
def test_pieces_of_any_size(step: int) -> None:
    decoder = decoded(STREAM, step)

    assert decoder.numbers() == [0, 1, 2, 3, 4]
    assert decoder.count() == 5


def test_a_message_counts_when_its_last_byte_has_come() -> None:
    assert decoded(STREAM[:-1]).numbers() == [0, 1, 2, 3]
    assert decoded(STREAM[:-1]).count() == 3 + 1
    assert decoded(STREAM).numbers(upto=len(STREAM) - 1) == [0, 1, 2, 3]
    assert decoded(STREAM).count(upto=len(STREAM) - 1) == 4


def test_there_are_no_messages_before_the_handshake_is_done() -> None:
    decoder = decoded(GREETING + ready("PUSH")[:-1])

    assert decoder.numbers() == []
    assert decoder.count() == 0
    assert decoder.body_bytes == 0


def test_the_handshake_ends_with_the_last_command_it_has() -> None:
    hello = GREETING + ready("PULL")

    assert not decoded(hello[:-1]).joined()
    assert decoded(hello).joined()
    assert decoded(hello).start == len(hello)
    assert decoded(STREAM).body_bytes == len(STREAM) - len(hello)


def test_two_commands_are_waited_for_where_there_are_two() -> None:
    decoder = Decoder()
    decoder.feed(GREETING + command(b"HELLO", bytes(194)))
    assert not decoder.joined(commands=2)
    decoder.feed(command(b"INITIATE", bytes(300)) + frame(b"\x07MESSAGE" + bytes(40)))

    assert decoder.joined(commands=2)
    assert decoder.count() == 1


def test_a_message_ahead_of_its_time_is_an_error() -> None:
    decoder = Decoder()
    decoder.feed(GREETING + frame(b"000000000"))

    with pytest.raises(ValueError, match="before the handshake"):
        decoder.joined()


def test_commands_and_frames_in_front_are_no_messages() -> None:
    decoder = decoded(GREETING + ready("REP") + subscribe(b"a") + frame(b"", more=True) + frame(b"000000007"))

    assert decoder.numbers() == [7]
    assert decoder.count() == 1


def test_what_is_secured_is_told_by_the_greeting() -> None:
    curve = GREETING[:12] + b"CURVE".ljust(20, b"\0") + GREETING[32:]

    assert decoded(curve + command(b"WELCOME", bytes(160))).secured
    assert not decoded(STREAM).secured


@pytest.mark.parametrize("size", [1, 255, 256, 1_000_000])
def test_the_size_on_the_wire(size: int) -> None:
    assert wire_size(size) == len(frame(bytes(size)))
