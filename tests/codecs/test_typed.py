"""--type: dataclasses checked and built on receive, checked and completed on send."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

import msgpack  # type: ignore[import-untyped] # the package ships no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs import FrameCodecs, compact
from zmqcli.codecs.typed import Type
from zmqcli.errors import EncodeError, OptionError

HERE = __name__


@dataclass
class Leg:
    price: float
    size: int = 1


@dataclass
class Quote:
    symbol: str
    price: float
    legs: list[Leg] = field(default_factory=list)
    before: "Quote | None" = None


@dataclass
class Refuses:
    n: int

    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError("n is below 0")

    def __repr__(self) -> str:
        raise RuntimeError


class Plain:
    pass


def codecs(spec: str, cls: str = "Quote") -> FrameCodecs:
    return FrameCodecs.parse(spec, typed=f"{HERE}:{cls}")


QUOTES = st.recursive(
    st.builds(
        Quote, st.text(), st.floats(allow_nan=False, allow_infinity=False), st.lists(st.builds(Leg, st.just(1.5)))
    ),
    lambda inner: st.builds(Quote, st.just("X"), st.just(1.0), before=inner),
    max_leaves=3,
)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(QUOTES, st.sampled_from(["json", "msgpack", "cbor", "zlib+msgpack", "raw"]))
def test_what_a_plain_program_would_send_is_built_and_back(quote: Quote, spec: str) -> None:
    chosen = codecs(spec)
    value = json.loads(json.dumps(asdict(quote)))
    message = chosen.encode_values([value])
    assert FrameCodecs.parse(spec.replace("raw", "json")).decode(message, 0) == ([value], [])
    [built], errors = chosen.decode(message, 0)
    assert not errors
    assert built == value
    assert chosen.show(0, built) == repr(quote)
    assert json.loads(compact(built)) == value
    assert chosen.encode_texts([compact(built).encode()], 0) == message


def test_only_the_last_frame_is_typed() -> None:
    chosen = codecs("text,msgpack")
    message = chosen.encode_texts([b"id", b"", b"weather", b'{"symbol": "X", "price": 2}'], 2)
    assert message[2] == b"weather"
    assert msgpack.unpackb(message[3]) == {"symbol": "X", "price": 2.0, "legs": [], "before": None}
    values, errors = chosen.decode(message, 2)
    assert not errors
    assert values[:3] == [b"id", b"", "weather"]
    assert chosen.show(1, values[3]) == "Quote(symbol='X', price=2.0, legs=[], before=None)"
    assert not chosen.is_raw


def test_auto_finds_the_form() -> None:
    value = {"symbol": "X", "price": 2.0, "legs": [], "before": None}
    chosen = codecs("auto")
    assert chosen.decode([b"a", msgpack.packb(value)], 0) == (["a", value], [])
    assert chosen.decode([b"a", json.dumps(value).encode()], 0) == (["a", value], [])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not json: "),
        ("[]", "it is [], not a Quote"),
        ('{"symbol": "X"}', "the field price is missing"),
        ('{"symbol": "X", "price": "1"}', 'price is "1", not a float'),
        ('{"symbol": 1, "price": 1}', "symbol is 1, not a string"),
        ('{"symbol": "X", "price": 1, "legs": [{"price": 1}, {"size": 1}]}', "the field legs[1].price is missing"),
        ('{"symbol": "X", "price": 1, "legs": {}}', "legs is {}, not an array"),
        ('{"symbol": "X", "price": 1, "before": 7}', "before is 7, not a Quote"),
        ('{"symbol": "X", "price": 1, "before": {"symbol": 7, "price": 1}}', "before.symbol is 7, not a string"),
        ('{"symbol": "X", "price": 1, "more": 1}', "there is no field 'more' in Quote"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(text: str, reason: str) -> None:
    [error] = codecs("json").decode([text.encode()], 0)[1]
    assert str(error).startswith(f"frame 0 is not Quote: {reason}")
    if text != "{":
        with pytest.raises(EncodeError) as raised:
            codecs("msgpack").encode_texts([text.encode()], 0)
        assert str(raised.value) == f"frame 0 is not Quote: {reason}"


def test_what_is_no_json_text_is_not_sent() -> None:
    with pytest.raises(EncodeError, match=r"^frame 0 is not Quote: not JSON: Expecting"):
        codecs("msgpack").encode_texts([b"{"], 0)


def test_a_class_may_refuse_and_may_not_know_how_to_show_itself() -> None:
    chosen = codecs("json", "Refuses")
    [error] = chosen.decode([b'{"n":-1}'], 0)[1]
    assert str(error) == "frame 0 is not Refuses: Refuses refuses it: n is below 0"
    assert chosen.show(0, chosen.decode([b'{"n":1}'], 0)[0][0]) == "Refuses(...)"


def test_deep_objects_are_data_errors_at_worst() -> None:
    chosen = codecs("json")
    for depth in (10, 80, 250):
        text = b'{"symbol":"X","price":1,"before":' * depth + b"null" + b"}" * depth
        values, errors = chosen.decode([text], 0)
        assert errors or chosen.show(0, values[0])


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("quotes", "takes MODULE:CLASS"),
        (":Quote", "takes MODULE:CLASS"),
        ("no_such_module:Quote", "cannot import no_such_module (No module named 'no_such_module')"),
        (f"{HERE}:Nothing", "there is no such class"),
        (f"{HERE}:Quote.legs", "there is no such class"),
        (f"{HERE}:Plain", "it is not a dataclass"),
        (f"{HERE}:HERE", "it is not a dataclass"),
    ],
)
def test_a_class_that_cannot_be_used(spec: str, reason: str) -> None:
    with pytest.raises(OptionError) as raised:
        Type(spec)
    assert reason in str(raised.value)


def test_the_current_directory_is_looked_in_first_and_shadows_nothing_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fields_of_mine.py").write_text("from dataclasses import dataclass\n@dataclass\nclass A:\n    n: int\n")
    (tmp_path / "wrong.py").write_text("import sys\nsys.exit('no')\n")
    (tmp_path / "json.py").write_text("raise RuntimeError\n")
    monkeypatch.chdir(tmp_path)
    code = (
        "from zmqcli.codecs import FrameCodecs\n"
        "codecs = FrameCodecs.parse('json', typed='fields_of_mine:A')\n"
        "import sys; sys.modules.pop('json', None); import json\n"
        "print(codecs.decode([b'{\"n\":1}'], 0))\n"
        "try: FrameCodecs.parse('json', typed='wrong:A')\n"
        "except Exception as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "([{'n': 1}], [])",
        "--type cannot import wrong (SystemExit: no); --type searches the current directory and PYTHONPATH",
    ]
