"""What values of options can be: each of them is one that the program takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zmqcli.codecs._chain import build
from zmqcli.completion.line import wanted
from zmqcli.completion.table import read
from zmqcli.completion.values import place_of_files, values
from zmqcli.formats._registry import names as formats
from zmqcli.proxy.job import proxy_types
from zmqcli.sockets.options.table import table
from zmqcli.sockets.patterns import PATTERNS

if TYPE_CHECKING:
    from pathlib import Path

TABLE = read()


def offered(*words: str, config: object = "") -> list[str]:
    """Return what can be typed for the last of `words`."""
    return [text for text, _ in values(wanted(TABLE, words), {"ZMQCLI_CONFIG": str(config)})]


def test_formats() -> None:
    assert offered("sub", "-O", "") == formats()
    assert offered("push", "-I", "") == ["text", "quoted", "jsonl", "csv", "raw"]
    assert offered("monitor", "sub", "-O", "") == offered("probe", "5555", "-O", "") == ["text", "jsonl"]
    assert offered("bench", "latency", "-O", "j") == ["jsonl"]


def test_codecs_in_lists_and_chains() -> None:
    assert "text" in offered("sub", "-x", "")
    assert offered("sub", "-x", "text,js") == ["text,json"]
    assert offered("sub", "-x", "text,zlib+js") == ["text,zlib+json"]
    assert {"gzip", "gzip+json", "gzip+msgpack"} <= set(offered("sub", "-x", "gz"))
    for chain in offered("sub", "-x", "gz"):
        assert build(chain, 1).name


def test_what_only_reads_is_no_codec_for_sending() -> None:
    assert "pickle" in offered("pair", "--receive-codec", "")
    assert "pickle" not in offered("pair", "--send-codec", "")


def test_socket_options_in_any_case_and_only_what_can_be_set() -> None:
    assert offered("sub", "-o", "rcv") == ["RCVBUF=", "RCVHWM=", "RCVTIMEO="]
    assert offered("sub", "-o", "ZMQ_RCVH") == ["ZMQ_RCVHWM="]
    assert offered("sub", "-o", "ipv6=") == ["ipv6=true", "ipv6=false"]
    assert not offered("sub", "-o", "rcvhwm=")
    assert not [name for name in offered("sub", "-o", "") if table()[name.rstrip("=")].when == "never"]
    assert not [name for name in offered("sub", "-o", "") if table()[name.rstrip("=")].kind == "secret"]
    assert offered("options", "rcvh") == ["RCVHWM"]


def test_commands_whose_options_can_be_shown() -> None:
    assert offered("config", "show", "pu") == ["pub", "push", "pull"]
    assert not offered("run", "pu")  # a whole command line


def test_types_and_patterns() -> None:
    assert {name.upper() for name in offered("monitor", "")} <= set(PATTERNS)
    assert offered("top", "") == ["sub", "xpub"]
    assert offered("proxy", "") == ["queue", "forwarder", "streamer", "pair"]
    assert offered("bench", "") == ["throughput", "latency"]
    assert offered("completions", "install", "") == ["bash", "zsh", "fish"]
    for pair in offered("proxy", "--types", ""):
        assert "/".join(proxy_types(None, pair)) == pair


@pytest.mark.parametrize("words", [["sub", "-n"], ["sub", "-t"], ["sub", "-s"], ["sub", "--grep"], ["push"], ["run"]])
def test_nothing_is_known_of_some(words: list[str]) -> None:
    assert not offered(*words, "")


def test_a_word_among_placeholders() -> None:
    assert offered("sub", "--query-of", "") == ["values"]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("PATH...", "files"),
        ("KEY|FILE", "files"),
        ("DIR|FILE...", "files"),
        ("DIR", "directories"),
        ("ENDPOINT", ""),
        ("[FRAME]...", ""),
    ],
)
def test_where_files_belong(value: str, place: str) -> None:
    assert place_of_files(value) == place


@pytest.mark.parametrize("option", ["--file", "--ready-file", "--curve-cert", "--curve-server-key", "--allow"])
def test_options_of_files(option: str) -> None:
    asked = wanted(TABLE, ["push", option, ""])

    assert asked.of
    assert place_of_files(asked.of.value) == "files"


def test_names_of_the_configuration_file(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[endpoints]\nprices = "tcp://a:5556"\norders = "./o.sock"\n[profile.lab]\n[profile.live]\n')

    assert offered("sub", "-c", "pri", config=config) == ["prices"]
    assert offered("probe", "o", config=config) == ["orders"]
    assert offered("sub", "-p", "l", config=config) == offered("-p", "l", config=config) == ["lab", "live"]
    config.write_text("[endpoints")
    assert not offered("sub", "-p", "", config=config)
    assert not offered("sub", "-p", "")
