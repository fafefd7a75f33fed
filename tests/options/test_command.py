"""Commands made of functions whose parameters are groups of options.

As in the commands themselves, the evaluation of annotations must not be postponed here.
"""

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pytest

from tests.support.in_process import InProcess
from tests.support.outside import Outside
from tests.support.processes import clean_environment
from zmqcli.cli.typer_app import load
from zmqcli.commands.table import COMMANDS
from zmqcli.environment import Environment
from zmqcli.options.command import command
from zmqcli.options.typer_command import build
from zmqcli.options.types import COUNT, SPEED, ArgumentRow, declare


class Size(NamedTuple):
    """A group of this test."""

    width: Annotated[int | None, declare("Size", "-W --width", "N", "How wide.", parser=COUNT)] = None
    depth: Annotated[int, declare("Size", "--depth", "N", "How deep.", parser=COUNT)] = 7


class Words(NamedTuple):
    """Another one, with an argument."""

    words: Annotated[list[str] | None, ArgumentRow("[WORD]...", "A word.")] = None
    loud: Annotated[bool, declare("Words", "--loud", None, "Loudly.")] = False


CALLS: list[tuple[Any, ...]] = []


@command(examples=["zmqcli speak [hello]", "zmqcli speak -W 3"])
def speak(
    environment: Environment,
    words: Words,
    size: Size,
    tone: Annotated[str, declare("Words", "--tone", "NAME", "In which tone.")] = "plain",
) -> None:
    """Say words."""
    CALLS.append((environment, words, size, tone))


def call(outside: Outside, *arguments: str) -> tuple[Any, ...]:
    """Return what the function was called with."""
    CALLS.clear()
    built = build(speak, "speak", "Tools", speak.run)
    built.main(args=[*arguments], prog_name="zmqcli speak", obj=outside.environment, standalone_mode=False)
    (made,) = CALLS
    return made


@command(examples=["zmqcli play --replay"])
def play(
    words: Words,
    replay: Annotated[
        float | None, declare("Words", "--replay", "[SPEED]", "At its pace.", parser=SPEED, bare="1x")
    ] = None,
) -> None:
    """Play words."""
    CALLS.append((words.words, replay))


@pytest.mark.parametrize(
    ("arguments", "words", "speed"),
    [
        ([], None, None),
        (["--replay"], None, 1.0),
        (["--replay", "2x"], None, 2.0),
        (["--replay", ".5"], None, 0.5),
        (["--replay=0.25x"], None, 0.25),
        (["--replay", "--loud"], None, 1.0),
        (["--replay", "word"], ["word"], 1.0),
        (["--", "--replay"], ["--replay"], None),
    ],
)
def test_the_value_of_replay_may_be_left_out(
    outside: Outside, arguments: list[str], words: list[str] | None, speed: float | None
) -> None:
    CALLS.clear()
    build(play, "play", "Tools", play.run).main(
        args=arguments, prog_name="play", obj=outside.environment, standalone_mode=False
    )

    assert [(words, speed)] == CALLS


@pytest.mark.parametrize("text", ["0", "-1x", "x", "nan", "inf", "1e9", "2y"])
def test_what_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(Exception, match="is no speed"):
        build(play, "play", "Tools", play.run).main(args=[f"--replay={text}"], prog_name="play", standalone_mode=False)


def test_without_a_word_every_group_has_its_defaults(outside: Outside) -> None:
    assert call(outside) == (outside.environment, Words(), Size(), "plain")


def test_options_come_in_their_groups_as_the_types_they_were_declared_with(outside: Outside) -> None:
    _, words, size, tone = call(outside, "-W", "3", "a", "--loud", "b", "--depth", "0", "--tone", "high")

    assert (type(words), words) == (Words, Words(["a", "b"], loud=True))
    assert (type(size), size) == (Size, Size(3, 0))
    assert tone == "high"


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ([], (False, False, False)),
        (["-q"], (True, False, False)),
        (["--quiet"], (True, False, False)),
        (["-v"], (False, True, False)),
        (["--verbose", "--debug"], (False, True, True)),
    ],
)
def test_every_command_takes_the_general_options_and_they_go_to_the_environment(
    outside: Outside, arguments: list[str], flags: tuple[bool, bool, bool]
) -> None:
    environment = call(outside, *arguments)[0]

    assert (environment.quiet, environment.verbose, environment.debug) == flags


def test_debug_that_was_given_before_the_command_is_kept(outside: Outside) -> None:
    outside.environment.debug = True

    assert call(outside)[0].debug


def test_two_calls_know_nothing_of_each_other(outside: Outside) -> None:
    call(outside, "-W", "3", "--loud", "a")

    assert call(outside)[1:3] == (Words(), Size())


def test_the_function_keeps_its_name_its_words_and_its_examples() -> None:
    assert speak.__name__ == "speak"
    assert speak.__doc__ == "Say words."
    assert speak.examples == ["zmqcli speak [hello]", "zmqcli speak -W 3"]


def test_help_shows_panels_defaultless_options_and_the_examples_as_they_are(tmp_path: Path) -> None:
    program = (
        "from tests.options.test_command import build, speak\n"
        "build(speak, 'speak', 'Tools', speak.run).main(args=['-h'], prog_name='zmqcli speak')\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program],
        env=clean_environment(tmp_path) | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    for text in ("Say words.", " Size ", " Words ", " General ", "--width", "-W", "How wide.", "[WORD]..."):
        assert text in shown
    assert "zmqcli speak [hello]" in shown
    assert "default" not in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_can_be_loaded(name: str) -> None:
    loaded = load(name)

    assert loaded.name == name
    assert loaded.help
    assert "-h" in loaded.context_settings["help_option_names"]
    assert loaded.rich_help_panel == COMMANDS[name].panel
    assert loaded.epilog.startswith(f"Examples:\n\n  zmqcli {name}") or f"zmqcli {name}" in loaded.epilog


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("push -c 5555 -I jsonl -i 1 --replay", "-i and --replay are two paces; give one of them"),
        ("sub -c 5555 -T %s -O text", "-T and -O are two formats; give one of them"),
        ("sub -c 5555 --key %t", "--key is for the table of topics; add --topics; a look of messages is -T"),
        ("pull -b 5555 -I raw", "-I is about what --exec prints; say what to run: --exec COMMAND"),
        ("pull -b 5555 --on-error stop", "--on-error is about --exec; say what to run: --exec COMMAND"),
        ("req -c 5555 --retry 2 x", "--retry needs -t (without it a reply is waited for as long as it takes)"),
    ],
)
def test_options_that_cannot_stand_together_and_those_that_cannot_stand_alone(
    in_process: InProcess, words: str, said: str
) -> None:
    in_process(*words.split()).error(2, said)


def test_a_default_that_is_typed_excludes_nothing(in_process: InProcess) -> None:
    in_process("req", "-c", "ipc:///nowhere", "-w", "0", "--duration", "10ms", "--retry", "0", "x").ended(124)
