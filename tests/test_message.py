"""Messages: frames as bytes, and where an envelope ends."""

from __future__ import annotations

import pytest
import zmq

from tests.formats.support import received
from zmqcli.message import Frame, as_bytes, envelope_length


def test_bytes_stay_the_object_they_are_and_a_received_frame_is_copied() -> None:
    frame = b"weather"

    assert as_bytes(frame) is frame
    assert as_bytes(received(b"\x0072F")) == b"\x0072F"


def test_a_received_frame_is_what_the_protocol_says_of_it() -> None:
    frame = zmq.Frame(b"72F")

    assert len(frame) == 3
    assert frame.more is False
    assert b"\t".join([b"weather", received(b"72F")]) == b"weather\t72F"


@pytest.mark.parametrize(
    ("frames", "routing_id", "delimiter", "hops", "length"),
    [
        ([b"a", b"", b"body"], False, False, 1, 0),  # PULL: nothing is an envelope
        ([b"", b"body"], False, False, 1, 0),
        ([b"", b"body"], False, True, 1, 1),  # dealer --envelope
        ([b"body"], False, True, 1, 0),
        ([b""], False, True, 1, 1),
        ([b"id", b"body"], True, False, 1, 1),  # from a DEALER
        ([b"id", b"", b"body"], True, False, 1, 2),  # from a REQ
        ([b"id", b"", b"", b"body"], True, False, 1, 2),  # the body itself starts with an empty frame
        ([b"id", b"body", b""], True, False, 1, 1),  # an empty frame further on is data
        ([b"id"], True, False, 1, 1),
        ([b"id", b""], True, False, 1, 2),
        ([b"near", b"far", b"", b"body"], True, False, 2, 3),  # through two ROUTERs
        ([b"near", b"", b"body"], True, False, 3, 3),
        ([b"near"], True, False, 3, 1),
        ([], True, True, 1, 0),
    ],
)
@pytest.mark.parametrize("as_received", [False, True])
def test_an_envelope_ends_after_the_ids_and_the_empty_frame_behind_them(
    frames: list[bytes], routing_id: bool, delimiter: bool, hops: int, length: int, as_received: bool
) -> None:
    message: list[Frame] = [received(frame) if as_received else frame for frame in frames]

    assert envelope_length(message, routing_id=routing_id, delimiter=delimiter, hops=hops) == length
