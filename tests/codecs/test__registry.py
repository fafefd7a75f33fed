"""One line a codec, one file a line, one test file a file; plug-ins; unknown names."""

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

import zmqcli.codecs
from zmqcli.codecs import FrameCodecs, _registry
from zmqcli.codecs._api import ENTRY_POINTS, Codec, Layer
from zmqcli.codecs.text import TextCodec
from zmqcli.errors import EncodeError, OptionError

SOURCES = {path.stem for path in Path(str(zmqcli.codecs.__file__)).parent.glob("*.py")}
CODECS = {name for name in SOURCES if not name.startswith("_")} - {"pipeline", "typed"}


class Loud(TextCodec):
    """A plug-in."""


def plug_in(monkeypatch: pytest.MonkeyPatch, **entries: str) -> None:
    group = EntryPoints(EntryPoint(name, value, ENTRY_POINTS) for name, value in entries.items())
    monkeypatch.setattr("importlib.metadata.entry_points", group.select)


def test_each_file_has_one_line_and_each_line_one_file() -> None:
    assert {place.partition(":")[0] for place in _registry.BUILT_IN.values()} == {f"zmqcli.codecs.{c}" for c in CODECS}
    assert len(_registry.BUILT_IN) == len(CODECS)


@pytest.mark.parametrize("name", _registry.BUILT_IN)
def test_a_codec_says_its_name_and_what_it_is(name: str) -> None:
    part = _registry.load(name)
    assert isinstance(part, Codec | Layer)
    assert part.name == name
    assert part.summary
    assert "\n" not in part.summary


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(OptionError, match=r"there is no codec 'jsn'; did you mean json\?"):
        _registry.load("jsn")


def test_a_name_like_no_other_is_answered_with_all() -> None:
    with pytest.raises(OptionError, match="there are raw text json"):
        _registry.load("qqqq")


def test_a_plug_in_is_found_and_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, loud=f"{__name__}:Loud", json="nowhere:Nothing")
    assert isinstance(_registry.load("loud"), Loud)
    assert _registry.names() == [*_registry.BUILT_IN, "loud"]
    assert _registry.load("json").name == "json"  # a built-in name cannot be taken


def test_the_plug_in_of_the_docs_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "codecs.md").read_text().partition("## A codec of your own")[2]
    (tmp_path / "plug_in_of_the_docs.py").write_text(page.partition("```python\n")[2].partition("```")[0])
    monkeypatch.syspath_prepend(tmp_path)
    plug_in(monkeypatch, celsius="plug_in_of_the_docs:Celsius")
    codecs = FrameCodecs.parse("text,zlib+celsius")
    message = codecs.encode_texts([b"roof", b"-21.5"], 0)
    assert codecs.decode(message, 0) == (["roof", -21.5], [])
    with pytest.raises(EncodeError, match=r"^frame 1 is not zlib\+celsius: it raised ValueError: could not convert"):
        codecs.encode_texts([b"roof", b"hot"], 0)


def test_each_built_in_codec_is_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "codecs.md").read_text()
    assert [name for name in _registry.BUILT_IN if f"\n| `{name}`" not in page] == []


def test_a_plug_in_that_cannot_be_imported_is_an_error_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, loud="no_such_module:Loud", quiet=f"{__name__}:Quiet")
    with pytest.raises(OptionError, match=r"the codec loud cannot be loaded \(No module named 'no_such_module'\)"):
        _registry.load("loud")
    with pytest.raises(OptionError, match="the codec quiet cannot be loaded"):
        _registry.load("quiet")


class Refusing(TextCodec):
    """A plug-in that cannot be made."""

    def __init__(self) -> None:
        raise RuntimeError("no licence\nat all")


def test_whatever_a_broken_plug_in_does_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, loud=f"{__name__}:Refusing", fine=f"{__name__}:Loud")
    with pytest.raises(OptionError) as raised:
        _registry.load("loud")
    said = "the codec loud cannot be loaded (RuntimeError: no licence); it is a plug-in: reinstall its package"
    assert str(raised.value) == said
    assert _registry.describe("loud") == f"not available: {said}"
    assert _registry.describe("fine") == "UTF-8 text"


def test_a_plug_in_that_is_no_codec_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, loud="builtins:object")
    with pytest.raises(OptionError, match="the plug-in loud is not a codec"):
        _registry.load("loud")


def loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_raw_loads_nothing_that_another_codec_needs() -> None:
    heavy = {"json", "msgpack", "base64", "binascii", "difflib", "importlib.metadata", "datetime", "zmq"}
    loaded = loaded_after("import zmqcli.codecs.pipeline as p; assert p.FrameCodecs.parse('raw').is_raw")
    # A start-up file of the environment (an editable install, coverage) may bring some of them itself.
    assert not (loaded - loaded_after("pass")) & heavy
    assert {name for name in loaded if name.startswith("zmqcli.codecs.")} == {
        f"zmqcli.codecs.{name}" for name in ("_api", "_text", "pipeline", "raw")
    }


def test_a_built_in_name_asks_no_installed_package() -> None:
    loaded = loaded_after("import zmqcli.codecs.pipeline as p; p.FrameCodecs.parse('text,zlib+json')")
    assert not (loaded - loaded_after("pass")) & {"importlib.metadata", "difflib", "msgpack"}
