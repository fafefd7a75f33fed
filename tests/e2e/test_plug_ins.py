"""Codecs and formats of other packages, installed as pip would: a module, and the metadata that names it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of
from tests.support.screens import Screen

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

PAGE = (Path(__file__).parents[2] / "docs" / "codecs.md").read_text().partition("## A codec of your own")[2]


def install(zmqcli: Zmqcli, package: str, source: str, entry_points: str, group: str = "codecs") -> None:
    """Put a package with one module where this `zmqcli` finds it."""
    site = zmqcli.directory / "site"
    (site / package).mkdir(parents=True)
    (site / package / "__init__.py").write_text(source)
    metadata = site / f"{package}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[zmqcli.{group}]\n{entry_points}\n")
    zmqcli.environment["PYTHONPATH"] = str(site)


@pytest.fixture
def celsius(zmqcli: Zmqcli) -> None:
    """Install the example of the documentation."""
    [source] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    [line] = re.findall(r'celsius = "(.*)"', PAGE)
    install(zmqcli, "your_package", source, f"celsius = {line.replace('.celsius:', ':')}")


@pytest.mark.usefixtures("celsius")
def test_the_example_of_the_docs_works_once_it_is_installed(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    zmqcli("push", "-c", endpoint_of(pull), "-x", "text,celsius", "--", "roof", "-21.5").ok()
    assert pull.recv_multipart() == [b"roof", b"\xff\x29"]

    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "2", "-x", "text,celsius")
    push.send_multipart([b"roof", b"\xff\x29"])
    push.send_multipart([b"cellar", b"\x00\x70"])
    assert ours.finish().ok().lines == [b"roof\t-21.5", b"cellar\t11.2"]


@pytest.mark.usefixtures("celsius")
def test_it_is_listed_and_its_mistakes_are_data_errors(zmqcli: Zmqcli) -> None:
    listed = zmqcli("codecs").ok().stdout.decode()
    assert re.search(r"codec +celsius +tenths of a degree", listed)

    error = zmqcli("push", "-q", "-c", "5555", "-x", "celsius", "hot").error(3, "frame 0 is not celsius", "ValueError")
    assert "could not convert string to float" in error


AUTO = """
class Early:
    name, summary, writes, plain, auto_priority = "early", "begins with E", False, True, 5
    def decode(self, frame):
        if not frame.startswith(b"E"):
            raise ValueError("not mine")
        return "early " + frame.decode()
    def encode(self, value): pass
    encode_text = encode


class Higher(Early):
    name, auto_priority = "higher", 9
    def decode(self, frame):
        assert frame.startswith(b"EE")
        return "higher"


class Late(Early):
    name, auto_priority = "late", 0
    def decode(self, frame):
        return "late"


class Silent(Early):
    name, auto_priority = "silent", None
"""


def test_auto_asks_plug_ins_by_their_priority(zmqcli: Zmqcli, peers: Peers) -> None:
    entries = [f"{name.lower()} = kinds:{name}" for name in ("Late", "Silent", "Early", "Higher", "Missing")]
    install(zmqcli, "kinds", AUTO, "\n".join(entries))
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "4", "-x", "auto")
    for frame in (b"EE", b"E1", b"plain", b"\xff\x00\xfe"):
        push.send(frame)

    assert ours.finish().ok().lines == [b"higher", b"early E1", b"plain", b"late"]


def test_broken_ones_are_one_line_when_asked_for_and_nothing_otherwise(zmqcli: Zmqcli, peers: Peers) -> None:
    broken = "print('loud at import')\nraise RuntimeError('no licence')"
    install(zmqcli, "broken", broken, "broken = broken:Codec\njson = broken:Codec\nmissing = nowhere:Codec")
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")

    zmqcli("push", "-q", "-c", endpoint_of(pull), "-x", "json", "1").ok()
    assert pull.recv() == b"1"
    said = (
        "zmqcli: the codec broken cannot be loaded (RuntimeError: no licence); it is a plug-in: reinstall its package"
    )
    assert zmqcli("push", "-c", "5555", "-x", "broken", "1").error(2) == said
    zmqcli("push", "-c", "5555", "-x", "missing", "1").error(2, "missing", "No module named 'nowhere'")
    listed = zmqcli("codecs").ok().stdout.decode()
    assert "not available: the codec broken cannot be loaded" in listed
    assert re.search(r"codec +gzip", listed)


@pytest.fixture
def tsv(zmqcli: Zmqcli) -> None:
    """Install the format that docs/plug-ins.md shows."""
    page = (Path(__file__).parents[2] / "docs" / "plug-ins.md").read_text()
    [source] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    install(zmqcli, "your_package", source, "tsv = your_package:Tsv\ntext = your_package:Tsv", "formats")


@pytest.mark.usefixtures("tsv")
def test_a_format_of_another_package_is_used_and_listed(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "1", "-O", "tsv")
    push.send_multipart([b"a", b"b\tc\nd"])
    assert ours.finish().ok().lines == [b"a\tb c d"]

    listed = zmqcli("codecs").ok().stdout.decode()
    assert re.search(r"format +tsv +frames with TAB between", listed)
    assert re.search(r"format +text +frames joined by TAB", listed)
    zmqcli("push", "-c", "5555", "-I", "tsv", stdin=b"x").error(2, "tsv is no input format")


@pytest.mark.usefixtures("tsv")
def test_a_format_that_declares_nothing_is_escaped_on_a_terminal(zmqcli: Zmqcli, peers: Peers) -> None:
    screen = Screen(columns=80)
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-q", "-c", endpoint_of(push), "-n", "1", "-O", "tsv", stdout=screen.terminal)
    push.send(b"\x1b]0;x\x07evil")

    screen.wait_for(b"\\x1b]0;x\\x07evil")
    ours.finish().ended(0)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("Tsv = 5", "5 is no subclass of zmqcli.formats.Format"),
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
    ],
)
def test_a_format_that_is_none_is_one_line(zmqcli: Zmqcli, source: str, why: str) -> None:
    install(zmqcli, "broken", source, "tsv = broken:Tsv", "formats")

    zmqcli("pull", "-c", "5555", "-O", "tsv").error(2, "tsv", why)
    zmqcli("codecs").ok()
