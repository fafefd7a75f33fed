"""Endpoints used before: what is kept, what is not, and that nothing goes wrong over it."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of
from tests.support.processes import SCRIPT
from tests.support.screens import Screen
from zmqcli.endpoint import parse_endpoint
from zmqcli.endpoint_history import MOST, recall, remember

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Return an environment with a state directory that is not there yet."""
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def use(variables: dict[str, str], *texts: str, bind: bool = False) -> None:
    """Remember endpoints as typed."""
    remember(variables, [parse_endpoint(text, bind=bind) for text in texts])


def file(variables: dict[str, str]) -> Path:
    """Return where they are kept."""
    return Path(variables["XDG_STATE_HOME"], "zmqcli", "endpoints")


def test_the_last_one_comes_first_and_each_once(variables: dict[str, str]) -> None:
    use(variables, "5555")
    use(variables, "tcp://*:5556", bind=True)
    use(variables, "@name", "127.0.0.1:5555")

    assert list(recall(variables)) == [
        ("ipc://@name", False),
        ("tcp://127.0.0.1:5555", False),
        ("tcp://*:5556", True),
    ]


@pytest.mark.parametrize(
    "text", ["ws://user:password@host:80/", "ws://host:80/?token=1", "./x", "inproc://x", "ipc:///" + 90 * "x" + "\x1b"]
)
def test_what_is_not_kept(variables: dict[str, str], text: str) -> None:
    from zmqcli.endpoint import Endpoint  # also such as no command line lets through

    address = f"ipc://{text}" if text == "./x" else text
    remember(variables, [Endpoint(text, address, address.partition(":")[0], bind=False, ipv6=False)])

    assert not file(variables).exists()


@pytest.mark.parametrize("text", ["tcp://*:0", "tcp://*:*", "ipc://*"])
def test_a_place_that_is_another_one_the_next_time(variables: dict[str, str], text: str) -> None:
    use(variables, text, bind=True)

    assert not file(variables).exists()


def test_it_is_ones_own_and_bounded(variables: dict[str, str]) -> None:
    for port in range(MOST + 5):
        use(variables, str(5000 + port))

    assert len(file(variables).read_text().splitlines()) == MOST
    assert stat.S_IMODE(file(variables).stat().st_mode) == 0o600
    assert stat.S_IMODE(file(variables).parent.stat().st_mode) == 0o700
    assert [path.name for path in file(variables).parent.iterdir()] == ["endpoints"]


def test_nothing_new_writes_nothing(variables: dict[str, str]) -> None:
    use(variables, "5555")
    before = file(variables).stat()
    use(variables, "5555")

    assert file(variables).stat().st_ino == before.st_ino


@pytest.mark.parametrize("off", ["off", "OFF", "0", "no", "false"])
def test_it_can_be_turned_off(variables: dict[str, str], off: str) -> None:
    use(variables, "5555")
    use(variables | {"ZMQCLI_HISTORY": off}, "5556")

    assert "5556" not in file(variables).read_text()
    assert not list(recall(variables | {"ZMQCLI_HISTORY": off}))


def test_no_place_to_write_is_no_error(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "state").touch()

    use(variables, "5555")
    use({}, "5555")
    use({"XDG_STATE_HOME": "relative", "HOME": "also"}, "5555")

    assert not list(recall(variables))
    assert not Path("relative").exists()


def test_a_damaged_file(variables: dict[str, str]) -> None:
    file(variables).parent.mkdir(parents=True)
    file(variables).write_bytes(b"\xff\nconnect\nconnect tcp://a\x1b[2J:1\nsing tcp://a:1\nconnect tcp://a:1\n")

    assert list(recall(variables)) == [("tcp://a:1", False)]


@pytest.mark.parametrize("terminal", [True, False])
def test_only_what_is_used_at_a_terminal(zmqcli: Zmqcli, peers: Peers, *, terminal: bool) -> None:
    endpoint = endpoint_of(peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0"))
    screen = Screen()
    stderr = screen.terminal if terminal else subprocess.DEVNULL
    command = [str(SCRIPT), "push", "-c", endpoint, "hello"]
    subprocess.run(command, env=zmqcli.environment, stdin=subprocess.DEVNULL, stderr=stderr, timeout=20, check=True)
    screen.finish()

    kept = file(zmqcli.environment)
    assert kept.exists() == terminal
    assert not terminal or kept.read_text() == f"connect {endpoint}\n"
    assert os.fspath(kept).startswith(zmqcli.environment["XDG_STATE_HOME"])
