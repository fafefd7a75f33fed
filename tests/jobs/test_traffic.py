"""What goes in and out: from groups of options to a source and a sink."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from zmqcli.errors import ExitCode, OptionError, UsageError
from zmqcli.exchange.replay import ReplaySource
from zmqcli.exchange.source import FixedSource, InputSource, NoSource
from zmqcli.jobs.job import Job
from zmqcli.options.groups import Body, Endpoints, Input, LimitOptions, Output, Records, Socket
from zmqcli.options.types import Color

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.outside import Outside
    from zmqcli.engine.source import Source

TCP = Endpoints(["tcp://127.0.0.1:0"])


def job(outside: Outside, kind: str = "DEALER", endpoints: Endpoints = TCP, **groups: Any) -> Job:
    groups = {"records": Records(), "input": Input(), "output": Output(), **groups}
    limits, socket = groups.pop("limits", LimitOptions()), groups.pop("socket", Socket())
    return Job(outside.environment, kind, endpoints, limits, socket, **groups)


def take_all(source: Source) -> list[Any]:
    taken: list[Any] = []
    while not source.ended:
        taken += source.take()
    return taken


# Sources


def test_fixed_messages_leave_stdin_alone(outside: Outside) -> None:
    outside.type(b"from stdin\n")
    made = job(outside)
    source = made.source(made.fixed(Body(["a", "b"])), envelope=[b""])

    assert isinstance(source, FixedSource)
    assert take_all(source) == [[b"", b"a", b"b"]]
    assert outside.environment.input.read() == b"from stdin\n"


@pytest.mark.parametrize(("two_way", "times"), [(False, 3), (True, 1)])
def test_a_count_repeats_what_only_sends(outside: Outside, two_way: bool, times: int) -> None:
    made = job(outside, limits=LimitOptions(3))

    assert take_all(made.source([[b"a"]], two_way=two_way)) == [[b"a"]] * times


def test_a_count_of_0_sends_nothing(outside: Outside) -> None:
    assert job(outside, limits=LimitOptions(0)).source([[b"a"]]).ended


def test_stdin_is_read_record_by_record(outside: Outside) -> None:
    outside.type(b"1\n2\n3\n")
    outside.end_input()
    source = job(outside, limits=LimitOptions(2)).source(None)

    assert isinstance(source, InputSource)
    assert take_all(source) == [[b"1"], [b"2"]]


@pytest.mark.parametrize(("two_way", "kind"), [(True, NoSource), (False, InputSource)])
def test_dev_null_is_no_stdin_for_a_service(outside: Outside, two_way: bool, kind: type) -> None:
    stdin = outside.environment.input.descriptor
    null = os.open(os.devnull, os.O_RDONLY)
    outside.environment.input.descriptor = null
    try:
        assert isinstance(job(outside).source(None, two_way=two_way), kind)
    finally:
        outside.environment.input.descriptor = stdin
        os.close(null)


@pytest.mark.parametrize(
    ("records", "input_", "text", "expected"),
    [
        (Records(), Input("quoted"), b"a\\tb\tc\n", [[b"a\tb", b"c"]]),
        (Records(), Input("jsonl"), b'["a","b"]\n', [[b"a", b"b"]]),
        (Records(jsonl=True), Input(), b'["a","b"]\n', [[b"a", b"b"]]),
        (Records(), Input("raw"), b"a\nb\n", [[b"a\nb\n"]]),
        (Records(null=True), Input(), b"a\nb\0c\0", [[b"a\nb"], [b"c"]]),
        (Records(delimiter=";"), Input(), b"a\n;b", [[b"a\n"], [b"b"]]),
        (Records(delimiter=r"\r\n"), Input(), b"a\nb\r\nc", [[b"a\nb"], [b"c"]]),
        (Records(frame_delimiter=r"\t"), Input(), b"a\tb\n", [[b"a", b"b"]]),
        (Records(), Input(), b"a\tb\n", [[b"a\tb"]]),
        (Records(codec="hex"), Input(), b"6b\n", [[b"k"]]),
        (Records(codec="json"), Input(send_codec="hex"), b"6b\n", [[b"k"]]),
    ],
)
def test_records_are_read_as_the_options_say(
    outside: Outside, records: Records, input_: Input, text: bytes, expected: list[list[bytes]]
) -> None:
    outside.type(text)
    outside.end_input()

    assert take_all(job(outside, records=records, input=input_).source(None)) == expected


def test_strict_reaches_the_source(outside: Outside) -> None:
    outside.type(b"nope\n6b\n")
    outside.end_input()
    made = job(outside, records=Records(codec="hex"), input=Input(strict=True))

    assert take_all(made.source(None)) == []
    assert outside.environment.outcome == {ExitCode.DATA}


def test_frames_of_the_command_line_pass_the_codec_and_files_alone_do_not(outside: Outside, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff")
    made = job(outside, records=Records(codec="hex"))

    assert made.fixed(Body(["6b", "00"])) == [[b"k", b"\0"]]
    assert made.fixed(Body(None, [str(path)])) == [[b"\xff"]]
    assert made.fixed(Body()) is None


def test_a_file_is_sent_byte_for_byte_also_beside_frames(outside: Outside, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff")
    made = job(outside, records=Records(codec="hex"))

    assert made.fixed(Body(["6b"], [str(path)])) == [[b"k"], [b"\xff"]]


@pytest.mark.parametrize("records", [Records(delimiter=""), Records(frame_delimiter="")])
def test_a_delimiter_cannot_be_empty(outside: Outside, records: Records) -> None:
    with pytest.raises(UsageError, match=r"^a delimiter cannot be empty; for none on output say -N$"):
        job(outside, records=records).source(None)


def test_a_format_or_codec_that_does_not_exist_is_a_usage_error(outside: Outside) -> None:
    with pytest.raises(OptionError):
        job(outside, input=Input("nonsense")).source(None)
    with pytest.raises(OptionError):
        job(outside, records=Records(codec="nonsense")).source(None)
    with pytest.raises(OptionError):
        job(outside, output=Output("nonsense")).sink()


def test_an_empty_name_is_a_usage_error(outside: Outside) -> None:
    with pytest.raises(OptionError, match="a name is missing"):
        job(outside, records=Records(codec="")).source(None)
    with pytest.raises(OptionError, match="there is no record format ''"):
        job(outside, output=Output("")).sink()


def test_a_format_that_is_only_written_cannot_be_read(outside: Outside) -> None:
    with pytest.raises(OptionError):
        job(outside, input=Input("hexdump")).source(None)


# Sinks


@pytest.mark.parametrize(
    ("records", "output", "shown"),
    [
        (Records(), Output(), b"a\tb\n"),
        (Records(), Output("quoted"), b"a\tb\n"),
        (Records(), Output("raw"), b"ab"),
        (Records(), Output("none"), b""),
        (Records(), Output(no_delimiter=True), b"a\tb"),
        (Records(null=True), Output(), b"a\tb\0"),
        (Records(frame_delimiter=" | "), Output(), b"a | b\n"),
        (Records(codec="hex"), Output(), b"61\t62\n"),
        (Records(codec="json"), Output(receive_codec="hex"), b"61\t62\n"),
        (Records(), Output(template="%s %t"), b"b a\n"),
        (Records(jsonl=True), Output(template="%s", no_delimiter=True), b"b"),
        (Records(frame_delimiter="+"), Output(template="%a"), b"a+b\n"),
        (Records(), Output(query="@"), b"b\n"),
        (Records(), Output("raw", query="@", query_of="0"), b"a"),
        (Records(), Output("quoted", query="{k:@}"), b'{"k":"b"}\n'),
        (Records(), Output("hexdump", query="@"), b"frame 1 of 1, 1 byte\n00000000  62" + b" " * 48 + b"|b|\n"),
        (Records(), Output("none", query="@"), b""),
        (Records(), Output(template="%v", query="@"), b"b\n"),
        (Records(codec="hex"), Output(query="@"), b"62\n"),
        (Records(), Output(grep="x"), b""),
        (Records(), Output(grep="^a", where="@ == 'b'", expect="b$"), b"a\tb\n"),
    ],
)
def test_messages_are_shown_as_the_options_say(
    outside: Outside, records: Records, output: Output, shown: bytes
) -> None:
    job(outside, records=records, output=output).sink().show([[b"a", b"b"]], 2, outside.environment.output.write)

    assert outside.shown == shown


@pytest.mark.parametrize(
    ("records", "output", "name"),
    [
        (Records(), Output(), "text"),
        (Records(jsonl=True), Output(), "jsonl"),
        (Records(jsonl=True), Output("raw"), "raw"),
    ],
)
def test_the_format_in_a_pipe(outside: Outside, records: Records, output: Output, name: str) -> None:
    assert job(outside, records=records, output=output).output_format == name


def test_a_template_is_a_format(outside: Outside) -> None:
    assert job(outside, output=Output(template="%s")).output_format == "template"


@pytest.mark.parametrize(
    ("input_", "frames", "says"),
    [
        (Input(replay=1.0), None, "--replay needs records on stdin"),
        (Input("jsonl", replay=1.0), [[b"a"]], "--replay needs records on stdin"),
    ],
)
def test_a_replay_needs_a_recording(outside: Outside, input_: Input, frames: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        job(outside, input=input_).source(frames)


def test_a_replay_has_its_source(outside: Outside) -> None:
    assert isinstance(job(outside, input=Input("jsonl", replay=2.0)).source(None), ReplaySource)


def test_only_none_writes_nothing(outside: Outside) -> None:
    assert job(outside).writes
    assert not job(outside, output=Output("none")).writes


def test_colour_is_for_who_asks_for_it(outside: Outside) -> None:
    for color, colored in ((Color.AUTO, False), (Color.ALWAYS, True), (Color.NEVER, False)):
        made = job(outside, output=Output("pretty", color=color))
        made.sink().show([[b"a"]], 1, outside.environment.output.write)
        assert (b"\x1b[" in outside.shown) is colored
