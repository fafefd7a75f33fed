"""The pickle machine: it builds what pickletools reads, and calls nothing."""

import pickle

import pytest

from zmqcli.codecs._pickle_machine import Dict, Machine, Object, Set


def test_containers_keep_their_kind() -> None:
    made = Machine().run(pickle.dumps([{"a": 1}, {2}, (3,), b"4"]))
    assert made == [[("a", 1)], [2], (3,), b"4"]
    assert [type(item) for item in made] == [Dict, Set, tuple, bytes]


def test_what_would_be_called_is_kept_with_what_it_would_be_given() -> None:
    made = Machine().run(b"cos\nsystem\n(S'ls'\ntR.")
    assert isinstance(made, Object)
    assert made.made_by.made_by == "os.system"
    assert made.given == {"args": ("ls",)}


def test_the_memo_gives_the_very_same_thing() -> None:
    inner: list[int] = []
    first, second = Machine().run(pickle.dumps([inner, inner]))
    assert first is second


def test_a_mark_can_be_popped() -> None:
    assert Machine().run(b"N(I1\n1.") is None
    assert Machine().run(b"N(0.") is None
    with pytest.raises(IndexError):
        Machine().run(b"1N.")
