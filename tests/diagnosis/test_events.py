"""The numbers of libzmq's events are those of zmq.h."""

from __future__ import annotations

import zmq

from zmqcli.diagnosis.events import EventKind
from zmqcli.diagnosis.narration import _PROTOCOL_ERRORS


def test_every_event_of_libzmq_has_its_name() -> None:
    single = {
        name.removeprefix("EVENT_"): int(value)
        for name, value in vars(zmq).items()
        if name.startswith("EVENT_") and isinstance(value, zmq.Event) and value.bit_count() == 1 and "PIPES" not in name
    }

    assert {kind.name: int(kind) for kind in EventKind} == single


def test_every_protocol_error_of_libzmq_has_its_words() -> None:
    errors = {
        int(value): name.removeprefix("PROTOCOL_ERROR_").lower().replace("_", " ")
        for name, value in vars(zmq).items()
        if name.startswith("PROTOCOL_ERROR_")
    }

    assert errors == _PROTOCOL_ERRORS
