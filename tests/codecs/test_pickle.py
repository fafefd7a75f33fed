"""pickle: plain data as itself, everything else by name, and never run."""

import collections
import json
import os
import pickle
import subprocess
import sys
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs import FrameCodecs, compact
from zmqcli.codecs.pickle import PickleCodec
from zmqcli.errors import DecodeError

quick = settings(deadline=None, derandomize=True, max_examples=100)
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)

decode = PickleCodec().decode


class Quote:
    def __init__(self, symbol: str) -> None:
        self.symbol = symbol


class Runs:
    """What an attacker sends."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(alphabet="ab$\n€", max_size=3), inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
    ),
    max_leaves=20,
)


@quick
@given(PLAIN, st.sampled_from(PROTOCOLS))
def test_plain_data_is_shown_as_json_would_have_it(value: Any, protocol: int) -> None:
    assert decode(pickle.dumps(value, protocol)) == json.loads(json.dumps(value))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"\xff\0", {"$binary": "/wA="}),
        (bytearray(b"\xff"), {"$binary": "/w=="}),
        (b"", {"$binary": ""}),
        ({1}, {"$set": [1]}),
        (frozenset(["a"]), {"$set": ["a"]}),
        (set(), {"$set": []}),
        (float("nan"), {"$float": "nan"}),
        ({1: "a"}, {"$map": [[1, "a"]]}),
        ({"$set": 1}, {"$map": [["$set", 1]]}),
        ({"a": {(1, 2): b"\1"}}, {"a": {"$map": [[[1, 2], {"$binary": "AQ=="}]]}}),
        (10**400, 10**400),
        (-1, -1),
    ],
)
def test_what_json_lacks_is_tagged(value: Any, shown: Any, protocol: int) -> None:
    assert decode(pickle.dumps(value, protocol)) == shown


def test_what_it_would_import_is_named() -> None:
    assert decode(pickle.dumps(Fraction)) == {"$pickle": "fractions.Fraction"}
    assert decode(pickle.dumps(Quote("X"))) == {"$pickle": f"{__name__}.Quote", "args": [], "state": {"symbol": "X"}}
    assert decode(pickle.dumps(Fraction(1, 3))) == {"$pickle": "fractions.Fraction", "args": [1, 3]}
    assert decode(pickle.dumps(collections.OrderedDict(a=1))) == {
        "$pickle": "collections.OrderedDict",
        "args": [],
        "pairs": {"a": 1},
    }
    assert decode(pickle.dumps(collections.deque([1])))["items"] == [1]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_is_run(tmp_path: Path, protocol: int) -> None:
    frame = pickle.dumps([Runs(tmp_path / "made")], protocol)
    [shown] = decode(frame)
    assert shown == {"$pickle": "posix.mkdir", "args": [str(tmp_path / "made")]}
    assert not (tmp_path / "made").exists()
    pickle.loads(frame)  # noqa: S301 - to see that it would have been
    assert (tmp_path / "made").exists()


HOSTILE = {
    "a call by the oldest way": b"(S'touch x'\nios\nsystem\n.",
    "a call by OBJ": b"(cos\nsystem\nS'touch x'\no.",
    "getattr of a module": b"cbuiltins\ngetattr\n(cos\nos\nS'system'\ntR(S'touch x'\ntR.",
    "a state for a class": b"cos\nsystem\n}S'__globals__'\nNsb.",
    "eval": b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x01x\x85R.",
    "a registered extension": b"\x82\x01.",
    "a persistent id": b"Pfile:///etc/passwd\n.",
    "a persistent id from the stack": b"NQ.",
    "a buffer that is elsewhere": b"\x80\x05\x97.",
}


@pytest.mark.parametrize("frame", HOSTILE.values(), ids=HOSTILE)
def test_what_would_act_is_only_shown(frame: bytes) -> None:
    shown = compact(decode(frame))
    assert '"$pickle"' in shown or '"$persistent"' in shown or '"$buffer"' in shown


BROKEN = {
    "nothing": b"",
    "no end": b"N",
    "more after the end": b"N.N",
    "two values": b"NN.",
    "no value": b".",
    "an open mark": b"(N.",
    "a pop too many": b"0.",
    "no mark": b"Nt.",
    "a tuple of nothing": b"\x85.",
    "a memo that is not there": b"g7\n.",
    "a put of nothing": b"q\0.",
    "an unknown opcode": b"\xff.",
    "an unknown protocol": b"\x80\x09N.",
    "items for a number": b"I1\nNa.",
    "keys for a list": b"]NNs.",
    "a state for a list": b"]Nb.",
    "a key without a value": b"}(Nu.",
    "a name that is a number": b"NN\x93.",
    "a length that lies": b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc.",
    "a negative length": b"T\xff\xff\xff\xffabc.",
    "a memo of 2**31": b"Nr\xff\xff\xff\x7f0.",
    "a negative memo number": b"Np-1\n.",
    "a memo of numbers that collide": b"N" + b"".join(b"p%d\n" % (n * (2**61 - 1)) for n in range(1, 40_000)) + b".",
    "a long number": b"I" + b"9" * 5000 + b"\n.",
    "a longer number": b"\x8b\xff\xff\0\0" + b"\x7f" * 0xFFFF + b".",
    "text that is not UTF-8": b"\x8c\x01\xff.",
    "a number that is none": b"Ix\n.",
    "a list in a list, 5000 deep": b"]" * 5000 + b"a" * 4999 + b".",
    "a tuple in a tuple, 5000 deep": b")" + b"\x85" * 5000 + b".",
    "a call of a call, 5000 deep": b"cos\nsystem\n" + b")R" * 5000 + b".",
    "an id of an id, 5000 deep": b"N" + b"Q" * 5000 + b".",
    "lists of each other that show as 10**12": b"".join(
        [b"]", *[b"q%c](%s" % (n, b"h%c" % n * 10) + b"e" for n in range(12)], b"."]
    ),
}


@pytest.mark.parametrize("frame", BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_refused(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(frame)


def test_the_deepest_that_is_shown_can_be_written() -> None:
    deepest = 0
    for depth in range(100, 140):
        try:
            compact(decode(b"]" * depth + b"a" * (depth - 1) + b"."))
            compact(decode(b"N" + b"\x85" * depth + b"."))
            deepest = depth
        except DecodeError as error:
            assert "nested" in str(error)  # noqa: PT017 - or it was shown
    assert deepest > 120


def test_shared_text_is_bounded() -> None:
    frame = b"\x8c\xff" + b"a" * 255 + b"q\0" + b"](" + b"h\0" * 10 + b"e."
    with pytest.raises(DecodeError):  # one value too many on the stack
        decode(frame)
    text = b"]q\1X\0\0\x10\0" + b"a" * (1 << 20) + b"q\0a(" + b"h\0" * 50_000 + b"e."
    with pytest.raises(DecodeError, match="so often"):
        decode(text)


def test_what_contains_itself_is_shown_as_the_way_back() -> None:
    around: list[Any] = [1]
    around.append({"a": around})
    assert decode(pickle.dumps(around)) == [1, {"a": {"$cycle": 2}}]


@quick
@given(
    st.binary()
    | PLAIN.map(pickle.dumps).flatmap(
        lambda frame: st.tuples(st.integers(0, len(frame)), st.binary(max_size=3)).map(
            lambda cut: frame[: cut[0]] + cut[1] + frame[cut[0] + len(cut[1]) :]
        )
    )
)
def test_any_bytes_give_a_value_or_a_decode_error(frame: bytes) -> None:
    try:
        value = decode(frame)
    except DecodeError:
        return
    compact(value)


def test_every_opcode_is_known() -> None:
    import pickletools

    from zmqcli.codecs import _pickle_machine as machine

    known = {*machine._PUSHES, *machine._NEW, *machine._CONSTANTS, *machine._TUPLES, *machine._IGNORED}
    names = {opcode.name for opcode in pickletools.opcodes}
    assert {name for name in names - known if not hasattr(machine.Machine, f"_{name.lower()}")} == set()


def test_it_reads_in_a_chain_and_sends_raw() -> None:
    codecs = FrameCodecs.parse("zlib+pickle")
    assert codecs.decode([zlib.compress(pickle.dumps([1]))], 0) == ([[1]], [])
    assert codecs.encode_texts([b"x"], 0) == [b"x"]


def test_the_machine_loads_nothing_that_a_pickle_names() -> None:
    code = (
        "import sys; from zmqcli.codecs.pickle import PickleCodec; "
        "print(PickleCodec().decode(b'cantigravity\\nfly\\n.')); print('antigravity' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "{'$pickle': 'antigravity.fly'}\nFalse\n"
