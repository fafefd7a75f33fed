"""Room for connections, asked about real descriptors."""

from __future__ import annotations

import os
import resource
import socket
from typing import TYPE_CHECKING

import pytest

from zmqcli.sockets.protection.connection_limit import Room

if TYPE_CHECKING:
    from collections.abc import Iterator

FREE = 40


@pytest.fixture
def few() -> Iterator[None]:
    """Leave room for so many descriptors more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + FREE, hard))  # noqa: PTH208 # names
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """Return a list whose connections are closed when the test ends."""
    made: list[tuple[socket.socket, socket.socket]] = []
    yield made
    for pair in made:
        for end in pair:
            end.close()


def fill(room: Room, pairs: list[tuple[socket.socket, socket.socket]]) -> int:
    """Make connections until one is not admitted; return how many were."""
    while True:
        pairs.append(socket.socketpair())
        if not room.admit(pairs[-1][0].fileno()):
            return len(pairs) - 1


@pytest.mark.usefixtures("few")
def test_a_quarter_stays_free(pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    room = Room()

    assert FREE // 2 * 0.6 <= fill(room, pairs) <= FREE // 2 * 0.75


@pytest.mark.usefixtures("few")
def test_one_too_many_is_ended_and_said_once(pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    room = Room()
    fill(room, pairs)
    ours, theirs = pairs[-1]

    assert theirs.recv(1) == b""
    assert str(room.limit) in room.complaint
    room.complaint = ""
    assert not room.admit(ours.fileno())
    assert not room.complaint
    assert room.was_refused(ours.fileno())
    assert not room.was_refused(ours.fileno())


@pytest.mark.usefixtures("few")
def test_there_is_room_again_once_some_have_left(pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    room = Room()
    admitted = fill(room, pairs)
    for pair in pairs:
        for end in pair:
            end.close()
    pairs.clear()

    assert fill(room, pairs) == admitted


@pytest.mark.usefixtures("few")
def test_what_can_be_done_without_takes_none_of_the_reserve(pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    room = Room()
    before = room.has_spare(3)
    fill(room, pairs)

    assert before
    assert not room.has_spare(3)


def test_a_closed_room_admits_nobody_and_says_nothing(pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    room = Room()
    pairs.append(socket.socketpair())
    assert room.admit(pairs[0][0].fileno())  # and a number of further ones without counting
    room.close()
    pairs.append(socket.socketpair())

    assert not room.admit(pairs[1][0].fileno())
    assert pairs[1][1].recv(1) == b""
    assert not room.complaint
