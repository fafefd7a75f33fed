"""Profiles, named endpoints, variables: what they set, what wins, and what a broken file is told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import InProcess
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


@pytest.fixture
def path(zmqcli: Zmqcli) -> Path:
    """Return where the file is looked for."""
    file = zmqcli.directory / "home" / "config" / "zmqcli" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


def table(in_process: InProcess, *arguments: str, **variables: str) -> dict[str, tuple[str, str]]:
    """Return what `config show` prints: by name, the value and who has set it."""
    done = in_process("config", "show", *arguments, **variables).ok()
    rows = [line.decode().split("  ") for line in done.lines[1:]]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    return {name: (value, origin) for name, value, origin in cells}


def test_the_path_is_that_of_xdg(zmqcli: Zmqcli, path: Path) -> None:
    assert zmqcli("config", "path").ok().lines == [str(path).encode()]

    other = zmqcli.start("config", "path", environment={"XDG_CONFIG_HOME": "relative"}).finish().ok()

    assert other.lines == [f"{zmqcli.directory}/home/.config/zmqcli/config.toml".encode()]


def test_a_name_stands_for_an_endpoint(zmqcli: Zmqcli, peers: Peers, path: Path) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    path.write_text(f'[endpoints]\nwork = "{endpoint_of(pull)}"\n')

    zmqcli("push", "-c", "work", "hello").ok()

    assert pull.recv() == b"hello"
    assert "PULL" in zmqcli("probe", "work").ok().stdout.decode()
    zmqcli("push", "-c", "wrok", "hello").error(2, "no endpoint 'wrok'", str(path), "did you mean work?")
    zmqcli("push", "-c", "elsewhere", "hello").error(2, "the port is missing")


@pytest.mark.parametrize("command", [["-p", "lab", "push"], ["push", "-p", "lab"], ["push", "--profile=lab"], ["push"]])
def test_a_profile_is_chosen_before_or_after_the_command(
    zmqcli: Zmqcli, peers: Peers, path: Path, command: list[str]
) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    path.write_text(
        f'[profile.lab]\nconnect = "{endpoint_of(pull)}"\ncodec = "msgpack"\n[profile.lab.push]\ncount = 2\n'
        '[profile.other]\nconnect = "./nobody"\n'
    )
    environment = {"ZMQCLI_PROFILE": "other" if len(command) > 1 else "lab"}

    zmqcli.start(*command, "[1]", environment=environment).finish().ok()

    assert [pull.recv(), pull.recv()] == [b"\x91\x01", b"\x91\x01"]


def test_the_steps_of_run_have_its_profile(zmqcli: Zmqcli, path: Path) -> None:
    path.write_text('[endpoints]\nhere = "inproc://here"\n[profile.lab.pull]\nbind = "here"\ncount = 1\n')

    done = zmqcli("run", "-p", "lab", "--no-prefix", "push -c here hello", "pull -q").ok()

    assert done.stdout == b"hello\n"


def test_precedence_is_argv_variable_profile_default(zmqcli: Zmqcli, in_process: InProcess, path: Path) -> None:
    path.write_text(
        '[default]\ntimeout = 1\ncodec = "hex"\nlinger = 3\n[default.push]\ninterval = 4\n'
        '[profile.lab]\ntimeout = "2s"\ncodec = "json"\n[profile.lab.sub]\ntimeout = 0.3\n'
    )

    shown = table(in_process, "sub", "-p", "lab", ZMQCLI_CODEC="text")

    assert shown["--timeout"] == ("0.3", "profile.lab.sub")
    assert shown["--codec"] == ("text", "ZMQCLI_CODEC")
    assert shown["--hwm"] == ("-", "built in")
    assert "--linger" not in shown
    push = table(in_process, "push", ZMQCLI_PROFILE="lab", ZMQCLI_LINGER="9")
    assert [push[name] for name in ("--timeout", "--linger", "--interval")] == [
        ("2s", "profile.lab"),
        ("9", "ZMQCLI_LINGER"),
        ("4", "default.push"),
    ]
    assert table(in_process, "sub")["--timeout"] == ("1", "default")
    done = zmqcli.start("sub", "-c", "./nobody", "-p", "lab", "-t", "50ms").finish()
    assert "nothing happened for 50ms" in done.ended(124).stderr


def test_who_says_one_end_does_not_mean_the_other_too(zmqcli: Zmqcli, in_process: InProcess, path: Path) -> None:
    path.write_text('[default]\nconnect = ["./a", "./b"]\n[profile.lab]\nbind = "./c"\n')

    assert table(in_process, "pull")["--connect"] == ("./a, ./b", "default")
    shown = table(in_process, "pull", "-p", "lab")
    assert (shown["--bind"], shown["--connect"]) == (("./c", "profile.lab"), ("-", "built in"))
    done = zmqcli("pull", "-p", "lab", "-c", "./nobody", "-t", "50ms").ended(124)
    assert "bound" not in done.stderr
    assert done.stderr.count("connecting") == 1


def test_everything_that_is_set_is_shown(in_process: InProcess, path: Path) -> None:
    assert table(in_process) == {}
    path.write_text('[endpoints]\nprices = "tcp://p:1"\n[default]\nquiet = true\n[profile.lab.sub]\ncount = 3\n')

    assert table(in_process, "-p", "lab", ZMQCLI_TIMEOUT="2") == {
        "prices": ("tcp://p:1", "endpoints"),
        "--quiet": ("true", "default"),
        "sub --count": ("3", "profile.lab (chosen)"),
        "--timeout": ("2", "ZMQCLI_TIMEOUT"),
    }
    in_process("config", "show", "sbu").error(2, "no command 'sbu'")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\nx 2", ["is not TOML", "line 2"]),
        ("[profile.lab]\ncodc = 'x'", ["profile.lab", "no option 'codc'", "did you mean codec?"]),
        ("[profile.lab.sbu]\n", ["profile.lab", "no command 'sbu'", "did you mean sub?"]),
        ("[profile.lab]\nsub = 1", ["no option 'sub'"]),
        ("[profile.lab.sub.bind]\na = 1", ["profile.lab.sub.bind is a table"]),
        ("[profile.lab.sub]\nlinger = 1", ["sub has no option 'linger'"]),
        ("[profile.lab]\ntimeout = 'soon'", ["profile.lab.timeout", "'soon' is not a duration"]),
        ("[profile.lab]\nquiet = 1", ["profile.lab.quiet is not true or false"]),
        ("[profile.lab]\nconnect = [true]", ["profile.lab.connect[0] is not a string or a number"]),
        ("[profile.lab]\ncolor = 'blue'", ["profile.lab.color", "blue"]),
        ("[profile.lab]\nprofile = 'other'", ["no option 'profile'"]),
        ("[profile.lba]\n", ["no profile 'lab'", "did you mean lba?"]),
    ],
)
def test_a_broken_file_is_told_where(in_process: InProcess, path: Path, text: str, words: list[str]) -> None:
    path.write_bytes(text.encode("latin-1"))

    in_process("sub", "-p", "lab", "-c", "./nobody", "-t", "0").error(2, str(path), *words)


def test_all_of_the_file_is_checked_by_show(zmqcli: Zmqcli, path: Path) -> None:
    path.write_text("[profile.unused.router]\ncount = 'many'\n")

    zmqcli("config", "show").error(2, str(path), "profile.unused.router.count")


def test_an_option_of_another_command_is_no_mistake(zmqcli: Zmqcli, path: Path) -> None:
    path.write_text("[default]\nsubscribe = 'weather'\nretry = 3\nhelp = true\n")

    zmqcli("push", "-c", "./nobody", "x").error(2, "no option 'help'")


def test_there_is_no_profile_without_a_file(zmqcli: Zmqcli, path: Path) -> None:
    for variables, words in (({}, str(path)), ({"ZMQCLI_CONFIG": ""}, "ZMQCLI_CONFIG is empty")):
        done = zmqcli.start("sub", "-p", "lab", "-c", "./nobody", environment=variables).finish()
        done.error(2, "there is no profile 'lab'", words)
    zmqcli.start("sub", environment={"ZMQCLI_CONFIG": "./gone"}).finish().error(2, "./gone", "no such file")


def test_the_variable_turns_the_file_off(zmqcli: Zmqcli, path: Path) -> None:
    path.write_text("not TOML")
    environment = {"ZMQCLI_CONFIG": "", "ZMQCLI_LINGER": ""}  # an empty variable is none

    assert "ZMQCLI_CONFIG is empty" in zmqcli.start("config", "show", environment=environment).finish().ok().stderr
    done = zmqcli.start("push", "-c", "./nobody", "-t", "50ms", "x", environment=environment).finish()

    done.ended(124)
    zmqcli("sub", "--help").ok()


def test_a_wrong_value_names_the_variable(zmqcli: Zmqcli) -> None:
    done = zmqcli.start("sub", "-c", "./nobody", environment={"ZMQCLI_TIMEOUT": "soon"}).finish()

    done.error(2, "ZMQCLI_TIMEOUT: 'soon' is not a duration")


def test_what_nobody_typed_is_said_with_an_error_and_with_v(zmqcli: Zmqcli, path: Path) -> None:
    path.write_text("[default]\ncodec = 'nope'\ntimeout = '50ms'\n")

    zmqcli("sub", "-c", "./nobody").error(2, "no codec 'nope'", "also set: --codec (default)")
    assert "set: --timeout (default)" in zmqcli("sub", "-v", "-c", "./nobody", "-x", "text").ended(124).stderr


MINE, OF_OTHERS = -1, 54_321
"""Numbers of users and groups: as they are; and one that nobody has."""
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.mark.parametrize(
    ("file", "directory", "user", "group", "hint"),
    [
        (0o666, 0o755, MINE, MINE, "chmod go-w"),
        (0o602, 0o755, MINE, MINE, "chmod go-w"),
        (0o600, 0o777, MINE, MINE, "chmod go-w"),
        pytest.param(0o660, 0o755, MINE, OF_OTHERS, "chmod go-w", marks=ROOT_ONLY),
        pytest.param(0o600, 0o755, OF_OTHERS, MINE, "chown", marks=ROOT_ONLY),
    ],
)
def test_a_file_that_others_may_change_is_refused(
    zmqcli: Zmqcli, path: Path, file: int, directory: int, user: int, group: int, hint: str
) -> None:
    path.write_text('[default]\nexec = "touch run"\n')
    os.chown(path, user, group)
    path.chmod(file)
    path.parent.chmod(directory)

    for words in (["pull", "-b", "./x"], ["config", "show"], ["sub", "--topics", "-c", "./x"]):
        zmqcli(*words).error(2, str(path), "is not to be trusted", hint)
    assert not (zmqcli.directory / "run").exists()


@pytest.mark.parametrize(("file", "directory"), [(0o644, 0o755), (0o600, 0o1777), (0o400, 0o700)])
def test_a_file_that_is_ones_own_is_read(in_process: InProcess, path: Path, file: int, directory: int) -> None:
    path.write_text('[default]\nlinger = "3s"\n')
    path.chmod(file)
    path.parent.chmod(directory)

    assert table(in_process)["--linger"] == ("3s", "default")


def test_a_link_is_as_safe_as_where_it_stands_and_where_it_leads(in_process: InProcess, path: Path) -> None:
    target = in_process.directory / "dotfiles" / "config.toml"
    target.parent.mkdir()
    target.write_text('[default]\nlinger = "3s"\n')
    path.symlink_to(target)

    assert table(in_process)["--linger"] == ("3s", "default")
    for place in (path.parent, target.parent):
        place.chmod(0o777)
        in_process("config", "show").error(2, f"they may write to {place}")
        place.chmod(0o755)


def test_a_file_of_the_own_group_is_read(in_process: InProcess, path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("whether a user has a group of their own is the system's choice; root has one")
    path.write_text('[default]\nlinger = "3s"\n')
    path.chmod(0o664)

    assert table(in_process)["--linger"] == ("3s", "default")
