"""The values of options: each refusal in one line that says what to write, and secrets never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zmqcli.errors import ExitCode, OptionError
from zmqcli.sockets.options.option import parse_option

if TYPE_CHECKING:
    from pathlib import Path


def refusal(text: str) -> str:
    with pytest.raises(OptionError) as caught:
        parse_option(text)
    assert caught.value.exit_code is ExitCode.USAGE
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    return line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("LINGER", "option 'LINGER' has no value; write NAME=VALUE, as in -o LINGER=1s"),
        ("", "option '' has no value"),
        ("=5", "there is no socket option ''"),
        ("lingr=1", "there is no socket option 'lingr'; did you mean LINGER? `zmqcli options` lists them all"),
        ("heartbeat=1", "HEARTBEAT_TIMEOUT"),
        ("999=1", "there is no socket option '999'"),
        ("x\ny=1", r"there is no socket option 'x\ny'"),
        ("LINGER=abc", "option LINGER cannot be 'abc'; write a number of ms, or like 500ms, 2s or 1.5m"),
        ("LINGER=", "option LINGER cannot be ''"),
        ("LINGER=1.5", "(a bare number here is ms, and whole); write 1.5s for seconds"),
        ("LINGER=1.5ms", "(not a whole number of ms)"),
        ("LINGER=0.0000001s", "(not a whole number of ms)"),
        ("LINGER=9999h", "(it is not between -1 and 2147483647 ms)"),
        ("LINGER=" + "9" * 5000, "option LINGER cannot be"),
        ("LINGER=٣", "option LINGER cannot be '٣'"),
        ("TCP_KEEPALIVE_IDLE=500ms", "(not a whole number of seconds); write a number of seconds, or like 30s"),
        ("SNDBUF=4G", "(it is not between -1 and 2147483647 bytes)"),
        ("SNDBUF=1.5", "(not a whole number of bytes); write a number of bytes, or like 64K, 1M or 2G"),
        ("SNDHWM=1K", "(it is not a whole number); write a number of messages"),
        ("IPV6=maybe", "(it is on or off); write true or false, 1 or 0"),
        ("TCP_KEEPALIVE=2", "or -1 for the system's default"),
        ("SUBSCRIBE=0xf", "(0x wants pairs of hex digits); write text:0xf for the text itself"),
        ("CURVE_SERVERKEY=short", "(it is not a CURVE key)"),
        ("HEARTBEAT_TTL=2h", "(it is not between 0 and 6553599 ms)"),
    ],
)
def test_refusals(text: str, line: str) -> None:
    assert line in refusal(text)


def test_secrets_are_not_taken_from_the_command_line_nor_shown() -> None:
    for text, hint in [
        ("CURVE_SECRETKEY=hunter2", "--curve-cert FILE"),
        ("zmq_plain_password=file:hunter2", "--plain-password-file FILE"),
        ("SOCKS_PASSWORD=hunter2", "SOCKS_PASSWORD=file:PATH"),
        ("CURVE_SECRETKY=hunter2", "did you mean CURVE_SECRETKEY"),
        ("PLAIN_PASSWORD:hunter2", "has no value"),
    ]:
        line = refusal(text)
        assert hint in line
        assert "hunter2" not in line


def test_other_secrets_come_from_a_file_less_one_newline(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"hunter2\n\n")
    option = parse_option(f"SOCKS_PASSWORD=file:{file}")
    assert option.value == b"hunter2\n"
    assert "hunter2" not in repr(option)
    assert "(no such file or directory)" in refusal(f"SOCKS_PASSWORD=file:{tmp_path}/none")
    assert "cannot read" in refusal("SOCKS_PASSWORD=file:\0")
