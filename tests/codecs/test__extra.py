"""A library that is missing: the error says what to type."""

import json

import pytest

from zmqcli.codecs import FrameCodecs, _registry
from zmqcli.codecs._extra import require
from zmqcli.errors import OptionError


def test_the_first_that_is_there_is_taken() -> None:
    assert require("zstd", "backports.zstd", "no_such_module", "json") is json


def test_a_missing_library_is_named_with_the_command_to_install_it() -> None:
    with pytest.raises(OptionError) as raised:
        require("zstd", "backports.zstd", "no_such_module")
    assert str(raised.value) == (
        "the codec zstd needs the library backports.zstd (No module named 'no_such_module'); install it beside zmqcli: "
        "pipx inject zmq-toolkit backports.zstd, or pip install backports.zstd"
    )


@pytest.mark.parametrize(("name", "module"), [("zstd", "backports.zstd"), ("lz4", "lz4.frame")])
def test_each_extra_is_asked_for_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    for missing in (module, "compression.zstd"):
        monkeypatch.setitem(__import__("sys").modules, missing, None)
    package = module.removesuffix(".frame")
    with pytest.raises(OptionError, match=rf"the codec {name} needs .* pipx inject zmq-toolkit {package},"):
        FrameCodecs.parse(name)
    assert "needs the library" in _registry.describe(name)
