"""Where the file is, and when it is looked into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zmqcli.config_file import config_path, looks_set, read_config
from zmqcli.endpoint import parse_endpoint
from zmqcli.errors import EndpointError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_xdg_is_taken_when_it_is_absolute() -> None:
    assert config_path({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}) == "/x/zmqcli/config.toml"
    assert config_path({"XDG_CONFIG_HOME": "x", "HOME": "/h"}) == "/h/.config/zmqcli/config.toml"
    assert config_path({"HOME": "/h", "ZMQCLI_CONFIG": "here"}) == "here"
    assert config_path({"HOME": "/h", "ZMQCLI_CONFIG": ""}) == ""


def test_nothing_is_set_without_a_file_and_variables(tmp_path: Path) -> None:
    variables = {"XDG_CONFIG_HOME": str(tmp_path)}

    assert not looks_set(variables)
    assert looks_set(variables | {"ZMQCLI_LINGER": "1"})
    assert looks_set(variables | {"ZMQCLI_PROFILE": "lab"})
    (tmp_path / "zmqcli").mkdir()
    (tmp_path / "zmqcli" / "config.toml").touch()
    assert looks_set(variables)
    assert not looks_set(variables | {"ZMQCLI_CONFIG": ""})


def test_an_empty_file_and_none_say_nothing(tmp_path: Path) -> None:
    config = read_config({"XDG_CONFIG_HOME": str(tmp_path)})

    assert config[1:] == ({}, {}, {})


@pytest.mark.parametrize("name", ["prices", "lab-1", "a_b", "X"])
def test_no_name_is_an_endpoint_by_itself(tmp_path: Path, name: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[endpoints]\n{name} = "p:1"\n')

    assert read_config({"ZMQCLI_CONFIG": str(file)}).endpoints == {name: "p:1"}
    for bind in (True, False):
        with pytest.raises(EndpointError):
            parse_endpoint(name, bind=bind)


@pytest.mark.parametrize("name", ["5555", "@a", "a:1", "a/b", "*", "-a", "", "ä", "1a"])
def test_what_could_be_one_is_no_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[endpoints]\n"{name}" = "p:1"\n', encoding="utf-8")

    with pytest.raises(UsageError, match="cannot be a name"):
        read_config({"ZMQCLI_CONFIG": str(file)})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = '\xff", ["is not TOML"]),
        ("x = " + "[" * 20_000, ["is not TOML", "nested too deeply"]),
        ("linger = 1", ["there is no 'linger'", "[default]"]),
        ("endpoints = 1", ["endpoints is not a table"]),
        ("[endpoints]\n5555 = 'a:1'", ["'5555' cannot be a name"]),
        ("[endpoints]\n'a:5' = 'a:1'", ["'a:5' cannot be a name"]),
        ("[endpoints]\na = 5", ["endpoints.a is not a string"]),
        ("[profile]\nlab = 1", ["profile.lab is not a table"]),
    ],
)
def test_a_broken_file_is_told_where(tmp_path: Path, text: str, words: list[str]) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(text.encode("latin-1"))

    with pytest.raises(UsageError) as refused:
        read_config({"ZMQCLI_CONFIG": str(file)})

    assert not [word for word in (str(file), *words) if word not in str(refused.value)]
