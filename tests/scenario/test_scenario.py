"""Reading a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zmqcli.errors import UsageError
from zmqcli.scenario.scenario import read_scenario

if TYPE_CHECKING:
    from pathlib import Path


def test_every_key_is_read(tmp_path: Path) -> None:
    path = tmp_path / "flow.toml"
    path.write_text(
        """
        timeout = 3
        [steps.first]
        run = "zmqcli rep -b inproc://x 'Hello World' &"
        [steps.second]
        run = "req -c inproc://x"
        after = "first"
        ready = "peer"
        expect = "Hello\\nWorld"
        exit = 3
        timeout = "1.5m"
        stdin = "x"
        [steps.third]
        run = "sub -c x"
        after_exit = ["second"]
        """
    )
    first, second, third = read_scenario(str(path))

    assert (first.name, first.words, first.service) == ("first", ["rep", "-b", "inproc://x", "Hello World"], True)
    assert first.timeout == 3.0
    assert (second.after, second.ready_when_peer, second.expect) == (["first"], True, ["Hello", "World"])
    assert (second.exit, second.timeout, second.stdin) == (3, 90.0, "x")
    assert third.after_exit == ["second"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no steps"),
        ("x = 1", "'x'"),
        ("= 1", "not TOML"),
        ("a = " + "[" * 20_000, "not TOML (it is nested too deeply)"),
        ("a = " + "{b=" * 20_000, "not TOML (it is nested too deeply)"),
        ("steps = 1", "table"),
        ("[steps.a]", "no command"),
        ("steps.a = 1", "no command"),
        ("[steps.a]\nrun = 'sub'\nafte = 'b'", "did you mean after?"),
        ("[steps.a]\nrun = 'sub'\nafter = 'b'", "'b'"),
        ("[steps.a]\nrun = 'sub'\nafter = 'a'", "never begin"),
        ("[steps.a]\nrun = 'sub'\nafter = 'b'\n[steps.b]\nrun = 'pub'\nafter = 'a'", "a, b"),
        ("[steps.a]\nrun = 'sub'\nafter_exit = 'b'\n[steps.b]\nrun = 'pub &'", "service"),
        ("[steps.a]\nrun = 'sub'\nexit = true", "number"),
        ("[steps.a]\nrun = 'sub'\nexpect = [1]", "strings"),
        ("[steps.a]\nrun = 'sub'\nexpect = ['/(/']", "regular expression"),
        ("[steps.a]\nrun = 'sub'\ntimeout = 'x'", "duration"),
        ("[steps.a]\nrun = 'sub'\nready = 'now'", "now"),
        ("[steps.a]\nrun = 'sub'\nexit = 300", "exit is 300; it is 0 to 255"),
        ("[steps.a]\nrun = ''", "not a command line"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "flow.toml"
    path.write_text(text)

    with pytest.raises(UsageError) as caught:
        read_scenario(str(path))
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)
