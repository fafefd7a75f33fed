"""`zmqcli run`: several commands in one process."""

from __future__ import annotations

import signal
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

FLOW = """
timeout = "10s"

[steps.server]
run = "rep -b tcp://127.0.0.1:0 World"
service = true

[steps.client]
run = "req -c {server} Hello"
after = "server"
expect = ["World"]

[steps.push]
run = "push -b inproc://lines"
stdin = '''
one
two
'''

[steps.pull]
run = "pull -c inproc://lines -n 2"
expect = ["one", "/t.o/"]

[steps.nobody]
run = "pull -c ./nobody -t 0.1"
after_exit = ["client", "pull"]
exit = 124
"""


def scenario(zmqcli: Zmqcli, text: str) -> Path:
    """Write a scenario file."""
    path = zmqcli.directory / "flow.toml"
    path.write_text(text)
    return path


def test_a_message_goes_over_inproc(zmqcli: Zmqcli) -> None:
    result = zmqcli("run", "pub -b inproc://events topic hello", "sub -c inproc://events -n 1").ok()

    assert result.stdout == b"sub | topic\thello\n"
    assert "pub | zmqcli: bound inproc://events\n" in result.stderr


@pytest.mark.parametrize(
    ("steps", "printed"),
    [
        (["sub -c inproc://e -n 1", "pub -b inproc://e a b"], [b"sub | a\tb"]),
        (["pub -c inproc://e a b", "sub -b inproc://e -n 1"], [b"sub | a\tb"]),
        (["push -c inproc://e a", "pull -b inproc://e -n 1"], [b"pull | a"]),
        (["pull -c inproc://e -n 2", "push -b inproc://e -n 2 a"], [b"pull | a", b"pull | a"]),
        (["req -c inproc://e Hello", "rep -b inproc://e World &"], [b"rep | Hello", b"req | World"]),
        (["dealer -c inproc://e -n 1 hello", "router -b inproc://e -n 1 -O none --echo"], [b"dealer | hello"]),
        (["pair -c inproc://e -n 1 ping", "pair -b inproc://e -n 1 pong"], [b"pair-1 | pong", b"pair-2 | ping"]),
        (["xsub -c inproc://e -s a -n 1", "xpub -b inproc://e -n 1 -O none a 1"], [b"xsub | a\t1"]),
        (["zmqcli pub -w 2 -b inproc://e a", *["sub -c inproc://e -n 1"] * 2], [b"sub-1 | a", b"sub-2 | a"]),
    ],
    ids=lambda value: value[0].split()[0] if isinstance(value[0], str) else "",
)
def test_patterns_over_inproc(zmqcli: Zmqcli, steps: list[str], printed: list[bytes]) -> None:
    result = zmqcli("run", "-q", "-t", "10", *steps).ok()

    assert sorted(b" ".join(line.split(maxsplit=1)) for line in result.lines) == printed
    assert result.stderr == ""


def test_the_first_step_reads_stdin(zmqcli: Zmqcli, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers"
    numbers.write_text("".join(f"{number}\n" for number in range(20_000)))
    result = zmqcli("run", "-q", "--no-prefix", "push -b inproc://e", "pull -c inproc://e -n 20000", stdin=numbers).ok()

    assert result.stdout == numbers.read_bytes()


def test_one_step_has_its_name_in_front_too(zmqcli: Zmqcli) -> None:
    pull = zmqcli.start("run", "pull -b ./one.sock -n 1")
    zmqcli("push", "-c", "./one.sock", "hello").ok()

    assert pull.finish().ok().stdout == b"pull | hello\n"


def test_the_first_step_that_fails_stops_the_others(zmqcli: Zmqcli) -> None:
    error = zmqcli("run", "-q", "pull -b inproc://a", "sub -c inproc://b -t 0.1").ended(124).stderr

    assert "step sub failed: exit code 124" in error
    assert "step pull" not in error


def test_time_runs_out_for_all(zmqcli: Zmqcli) -> None:
    zmqcli("run", "-q", "-t", "0.2", "rep -b inproc://a x &", "pull -b inproc://b").error(124, "step pull", "200ms")


def test_what_goes_to_a_name_that_is_never_bound_is_undelivered(zmqcli: Zmqcli) -> None:
    zmqcli("run", "-q", "push -c inproc://nobody hello").error(5, "inproc://nobody", "nobody has bound")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_every_step(zmqcli: Zmqcli, peers: Peers, number: signal.Signals) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("run", "-q", f"pull -c {endpoint_of(push)}", "sub -b inproc://a", "pair -b inproc://b x")
    push.send(b"here")
    assert ours.read_line() == b"pull | here"

    ended = ours.stop(number)
    assert ended.code == 128 + number
    assert "Traceback" not in ended.stderr


def test_a_closed_stdout_ends_it(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("run", "-q", f"pull -c {endpoint_of(push)}", "sub -b inproc://a")
    push.send(b"here")
    ours.read_line()
    ours.close_stdout()

    assert ours.finish(3).ended(141).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "command lines"),
        (["-f", "missing.toml"], "missing.toml"),
        (["-f", "one.toml", "-f", "two.toml"], "one scenario"),
        (["-f", "one.toml", "pub -b 5555"], "one scenario"),
        (["run 'pub'"], "itself"),
        (["pub 'x"], "pub 'x"),
        ([""], "not a command line"),
    ],
)
def test_what_cannot_run_is_refused(in_process: InProcess, arguments: list[str], named: str) -> None:
    in_process("run", *arguments).error(2, named)


def test_an_unknown_command_is_a_failed_step(zmqcli: Zmqcli) -> None:
    assert "nosuch" in zmqcli("run", "-q", "nosuch -b x").ended(2).stderr


# Scenarios


def test_a_scenario_passes(zmqcli: Zmqcli) -> None:
    result = zmqcli("run", "-f", scenario(zmqcli, FLOW), "--junit", "report.xml").ok()

    assert "5 of 5 steps passed" in result.stderr
    assert b"client | World" in result.lines
    suite = ET.parse(zmqcli.directory / "report.xml").getroot()[0]  # noqa: S314 - our own
    assert suite.attrib["tests"] == "5"
    assert suite.attrib["failures"] == "0"


def test_a_scenario_that_fails_shows_the_difference(zmqcli: Zmqcli) -> None:
    result = zmqcli("run", "-q", "-f", scenario(zmqcli, FLOW.replace('"one"', '"uno"')), "--junit", "report.xml")

    assert result.ended(4).stderr == (
        "zmqcli: step pull failed: what it printed is not what was expected\n"
        "    - expected, + printed\n"
        "    - uno\n"
        "    + one\n"
        "      two\n"
    )
    suite = ET.parse(zmqcli.directory / "report.xml").getroot()[0]  # noqa: S314 - our own
    (failed,) = suite.findall(".//testcase[failure]")
    assert failed.attrib["name"] == "pull"
    assert "- uno" in str(failed[0].text)


def test_a_report_that_cannot_be_written_hides_nothing(zmqcli: Zmqcli) -> None:
    result = zmqcli("run", "-q", "--junit", "nowhere/report.xml", "pull -c inproc://nobody -t 0.1")

    assert "step pull failed: exit code 124" in result.ended(124).stderr
    assert "cannot write nowhere/report.xml (no such file or directory)" in result.stderr


def test_another_exit_code_is_the_exit_code(zmqcli: Zmqcli) -> None:
    flow = FLOW.replace("exit = 124", "exit = 0")

    zmqcli("run", "-q", "-f", scenario(zmqcli, flow)).ended(124)


def test_a_step_that_takes_too_long_is_ended(zmqcli: Zmqcli) -> None:
    flow = FLOW.replace("-n 2", "-n 3").replace('"10s"', '"0.5s"')

    assert (
        "step pull failed: no end within 500ms" in zmqcli("run", "-q", "-f", scenario(zmqcli, flow)).ended(124).stderr
    )


def test_a_step_can_wait_for_the_first_peer_of_another(zmqcli: Zmqcli, peers: Peers) -> None:
    flow = """
    [steps.pull]
    run = "pull -b ./work -n 2"
    ready = "peer"
    expect = ["first", "second"]
    [steps.second]
    run = "push -c ./work second"
    after = "pull"
    """
    ours = zmqcli.start("run", "-f", scenario(zmqcli, flow))
    ours.wait_stderr("bound ipc://")
    assert "second" not in ours.stderr
    peers.socket(zmq.PUSH, connect=f"ipc://{zmqcli.directory}/work").send(b"first")

    assert ours.finish().ok().lines == [b"pull   | first", b"pull   | second"]
