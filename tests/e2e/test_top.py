"""`zmqcli top` and `zmqcli sub --topics`: a tally of what comes, as a table or as JSON lines."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import termios
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from tests.support.peers import endpoint_of, free_port
from tests.support.processes import SCRIPT, Process
from tests.support.screens import what_is_seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

MESSAGES = [[b"weather", b'{"t":1}'], [b"weather", b'{"t":2}'], [b"\xff\x1b[2J", b"\0\xff"], [b"weather", b'{"t":3}']]


@pytest.fixture
def pub(peers: Peers) -> zmq.Socket[bytes]:
    return peers.socket(zmq.XPUB, bind="tcp://127.0.0.1:0")


def publish(pub: zmq.Socket[bytes]) -> None:
    """Wait for the subscription, then publish."""
    pub.recv()
    for message in MESSAGES:
        pub.send_multipart(message)


def objects(lines: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("command", [["top"], ["sub", "--topics"]], ids=" ".join)
def test_in_a_pipe_it_is_json(zmqcli: Zmqcli, pub: zmq.Socket[bytes], command: list[str]) -> None:
    ours = zmqcli.start(*command, "-c", endpoint_of(pub), "-n", "4")
    publish(pub)
    (last,) = objects(ours.finish().ok().lines)

    assert (last["final"], last["messages"], last["bytes"], last["left_out_messages"]) == (True, 4, 49, 0)
    weather, binary = last["topics"]
    assert (weather["topic"], weather["messages"], weather["bytes"]) == ("weather", 3, 42)
    assert (weather["value"], weather["value_cut"]) == ('{"t":3}', False)
    assert weather["rate"] > binary["rate"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", weather["last_seen"])
    assert (binary["topic"], binary["value"]) == ({"base64": "/xtbMko="}, {"base64": "AP8="})


@pytest.mark.parametrize("command", [["top"], ["sub", "--topics"]], ids=" ".join)
def test_a_template_says_what_is_one_topic(zmqcli: Zmqcli, pub: zmq.Socket[bytes], command: list[str]) -> None:
    key = ["--key", "%0{hex}-%v", "-x", "raw,json"]
    ours = zmqcli.start(*command, "-c", endpoint_of(pub), "-n", "3", "-s", "wea", *key)
    pub.recv()
    for message in [*MESSAGES[:2], MESSAGES[0]]:
        pub.send_multipart(message)
    (last,) = objects(ours.finish().ok().lines)

    assert [(topic["topic"], topic["messages"]) for topic in last["topics"]] == [
        ('77656174686572-{"t":1}', 2),
        ('77656174686572-{"t":2}', 1),
    ]


def test_a_key_without_a_table_is_refused(zmqcli: Zmqcli) -> None:
    zmqcli("sub", "-c", "5555", "--key", "%t").error(2, "add --topics")


def test_a_line_now_and_then_and_one_at_the_end(zmqcli: Zmqcli, pub: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("top", "-c", endpoint_of(pub), "--every", "20ms")
    publish(pub)
    looks = objects(ours.read_lines(3))
    while looks[-1]["messages"] < 4:
        looks += objects(ours.read_lines(1))
    looks += objects(ours.stop(signal.SIGINT).ended(130).lines)

    assert [look["final"] for look in looks] == [False] * (len(looks) - 1) + [True]
    assert looks[-1]["messages"] == 4


def test_the_last_frame_through_a_codec(zmqcli: Zmqcli, pub: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("top", "-c", endpoint_of(pub), "-n", "4", "-x", "text,json")
    publish(pub)
    result = ours.finish().ended(3)
    weather, binary = objects(result.lines)[0]["topics"]

    assert (weather["value"], binary["value"]) == ({"t": 3}, {"base64": "AP8="})
    assert result.stderr.count("its last frame is not json") == 1
    assert "\x1b" not in result.stderr


def test_a_plain_table(zmqcli: Zmqcli, pub: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("top", "-c", endpoint_of(pub), "-n", "4", "-O", "pretty")
    publish(pub)
    head, weather, binary, below = ours.finish().ok().stdout.decode().splitlines()

    assert head.split("  ")[0] == "TOPIC"
    assert weather.split()[:2] == ["weather", "3"]
    assert weather.endswith('{"t":3}')
    assert binary.startswith(r"\xff\x1b[2J")
    assert below.startswith("2 topics, 4 messages, ")


def test_it_gives_up_when_nothing_comes(zmqcli: Zmqcli) -> None:
    result = zmqcli("top", "-q", "-c", str(free_port()), "-t", "0.3", "--every", "0.1")

    result.error(124, "nothing happened for 300ms")
    assert objects(result.lines)[-1]["topics"] == []


@pytest.mark.parametrize(("more", "code"), [(["--duration", "0.2"], 0), (["--duration", "0.2", "-n", "9"], 124)])
def test_for_so_long(zmqcli: Zmqcli, pub: zmq.Socket[bytes], more: list[str], code: int) -> None:
    ours = zmqcli.start("top", "-c", endpoint_of(pub), *more)
    publish(pub)

    assert objects(ours.finish().ended(code).lines)[-1]["messages"] == 4


def test_when_the_publisher_has_gone(zmqcli: Zmqcli, pub: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("top", "-c", endpoint_of(pub), "--transient")
    publish(pub)
    pub.close(linger=5000)

    assert objects(ours.finish().ok().lines)[-1]["messages"] == 4


def test_the_end_of_stdout_ends_it(zmqcli: Zmqcli, pub: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("top", "-q", "-c", endpoint_of(pub), "--every", "1h")
    pub.recv()
    ours.close_stdout()

    assert ours.finish(timeout=5).ended(141).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["-O", "text"], "no output format 'text'"),
        (["--every", "0"], "--every 0"),
        (["xpub", "-s", "a"], "does not subscribe"),
        (["pull"], "pull"),
        (["xpub", "--key", "%t"], "leave out --key"),
        (["--key", "%y"], "no placeholder %y"),
        (["--expect", "x"], "no --expect"),
        (["xpub", "--grep", "x"], "no --grep"),
        (["--type", "a:B"], "no --type"),
    ],
)
def test_what_cannot_be_meant(in_process: InProcess, arguments: list[str], what: str) -> None:
    in_process("top", "-c", "5555", *arguments).error(2, what)


# Who subscribes


def test_who_subscribes_to_what(zmqcli: Zmqcli, peers: Peers) -> None:
    ours = zmqcli.start("top", "xpub", "-b", "tcp://127.0.0.1:0", "--every", "20ms", ready=True)
    sub = peers.socket(zmq.SUB, connect=ours.endpoint, options={zmq.SUBSCRIBE: b"wea"})
    sub.setsockopt(zmq.SUBSCRIBE, b"\xff")
    while len(found := json.loads(ours.read_line())["subscriptions"]) < 2:
        pass
    sub.close(linger=0)
    while json.loads(ours.read_line())["subscriptions"]:
        pass
    ours.stop().ended(143)

    assert [(row["topic"], row["subscribers"]) for row in found] == [("wea", 1), ({"base64": "/w=="}, 1)]
    assert found[0]["who"] == found[1]["who"]
    assert found[0]["who"][0].startswith("127.0.0.1:")


def test_subscribers_as_a_table(zmqcli: Zmqcli, peers: Peers) -> None:
    ours = zmqcli.start("top", "xpub", "-b", "tcp://127.0.0.1:0", "-O", "pretty", "-n", "1", ready=True)
    peers.socket(zmq.SUB, connect=ours.endpoint, options={zmq.SUBSCRIBE: b""})
    head, row, below = ours.finish().ok().stdout.decode().splitlines()

    assert head.split() == ["TOPIC", "SUBSCRIBERS", "WHO"]
    assert row.split()[:2] == ["(all)", "1"]
    assert below == "1 prefix, 1 subscriber"


# On a terminal


class Screen:
    """A terminal of our own."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        termios.tcsetwinsize(self.theirs, (12, 60))
        self.text = ""

    def until(self, text: str) -> None:
        """Take what is drawn until `text` is there."""
        while text not in self.text:
            assert select.select([self._ours], [], [], 20)[0], self.text
            self.text += os.read(self._ours, 65_536).decode()

    def close(self) -> None:
        os.close(self._ours)
        os.close(self.theirs)


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    made.close()


def test_on_a_terminal_it_is_drawn_over_itself(zmqcli: Zmqcli, pub: zmq.Socket[bytes], screen: Screen) -> None:
    terminal = {"TERM": "xterm", "NO_COLOR": "1"}
    ours = zmqcli.start("top", "-c", endpoint_of(pub), "--every", "20ms", stdout=screen.theirs, environment=terminal)
    screen.until("nothing yet")
    publish(pub)
    screen.until("2 topics, 4 messages")
    ours.stop(signal.SIGINT).ended(130)
    screen.until("\x1b[?25h")

    assert "\x1b[1A" in screen.text
    assert screen.text.count("\x1b[?25l") == 1
    assert "\x1b[2J" not in screen.text
    assert r"\xff\x1b[2J" in screen.text


def test_a_note_stays_readable_above_the_table(zmqcli: Zmqcli, screen: Screen) -> None:
    """On a terminal that has both stdout and stderr. It is left to wrap the long line."""
    shell = ["sh", "-c", 'exec "$@" 2>&1', "sh"]
    command = ["top", "-c", str(free_port()), "--every", "20ms", "-t", "3"]
    environment = {**zmqcli.environment, "TERM": "xterm", "NO_COLOR": "1"}
    ours = Process(
        [*shell, SCRIPT, *command], environment=environment, directory=zmqcli.directory, stdout=screen.theirs
    )
    with closing(ours):
        screen.until("#nothing-listens")
        looks = screen.text.count("0 topics")
        screen.until("nothing happened")
        ours.finish().ended(124)

    assert screen.text.count("0 topics") > looks + 1
    seen = [line for line in what_is_seen(screen.text.encode()) if line.strip()]
    assert seen[0].startswith("zmqcli: connecting to ")
    assert re.fullmatch("zmqcli: hint: nothing listens on .*#nothing-listens", seen[1])
    assert seen[2].split()[:2] == ["TOPIC", "MESSAGES"]
    assert seen[-2].startswith("0 topics, 0 messages")
    assert seen[-1].startswith("zmqcli: nothing happened for 3s")


def test_a_note_goes_to_stderr_when_that_is_elsewhere(zmqcli: Zmqcli, screen: Screen) -> None:
    terminal = {"TERM": "xterm", "NO_COLOR": "1"}
    ours = zmqcli.start("top", "-c", str(free_port()), "-t", "3", stdout=screen.theirs, environment=terminal)
    ours.wait_stderr("#nothing-listens")
    ours.finish().ended(124)
    screen.until("0 topics")

    assert "hint" not in screen.text
