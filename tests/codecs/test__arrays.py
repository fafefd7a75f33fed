"""Arrays: headers told from other objects, sizes that must fit, and numbers only where there are some."""

import struct
from typing import Any

import pytest

from zmqcli.codecs._arrays import array_behind, is_header, npy


@pytest.mark.parametrize(
    ("dtype", "size"),
    [("float64", 8), ("int8", 1), ("uint16", 2), ("complex128", 16), ("bool", 1), ("<f4", 4), (">i8", 8), ("|b1", 1)],
)
def test_a_header_says_how_long_the_buffer_is(dtype: str, size: int) -> None:
    header = {"dtype": dtype, "shape": [2, 3]}
    assert is_header(header)
    assert array_behind(header, bytes(6 * size)).items() >= header.items()
    assert array_behind(header, bytes(6 * size + 1)) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"dtype": "float64"},
        {"dtype": "float64", "shape": 3},
        {"dtype": "float64", "shape": [-1, -1]},
        {"dtype": "float64", "shape": [True]},
        {"dtype": "float64", "shape": [1.5]},
        {"dtype": "float64", "shape": [1] * 65},
        {"dtype": "object", "shape": [1]},
        {"dtype": "O", "shape": [1]},
        {"dtype": "int3", "shape": [1]},
        {"dtype": "i8,i8", "shape": [1]},
        {"dtype": 8, "shape": [1]},
    ],
)
def test_other_objects_are_no_headers(value: Any) -> None:
    assert not is_header(value)


def test_huge_shapes_are_only_multiplied() -> None:
    assert array_behind({"dtype": "float64", "shape": [2**62] * 64}, b"") is None


def test_an_empty_array_has_no_numbers() -> None:
    assert array_behind({"dtype": "float64", "shape": [0]}, b"") == {"dtype": "float64", "shape": [0]}


def test_without_numpy_the_form_alone_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    header = {"dtype": "float64", "shape": [1]}
    assert array_behind(header, struct.pack("=d", 1)) == header


def test_with_numpy_so_are_its_numbers() -> None:
    pytest.importorskip("numpy")
    header = {"dtype": "<f8", "shape": [2, 2]}
    assert array_behind(header, struct.pack("<4d", 1, 2, 3, 6)) == header | {"min": 1.0, "max": 6.0, "mean": 3.0}
    assert array_behind({"dtype": "bool", "shape": [2]}, b"\0\1") == {
        "dtype": "bool",
        "shape": [2],
        "min": False,
        "max": True,
        "mean": 0.5,
    }
    infinite = array_behind({"dtype": "<f8", "shape": [1]}, struct.pack("<d", float("inf")))
    assert infinite["max"] == {"$float": "inf"}
    for dtype, size in (("complex64", 8), ("float8", 1), ("int128", 16)):
        assert array_behind({"dtype": dtype, "shape": [1]}, bytes(size)) == {"dtype": dtype, "shape": [1]}


def npy_file(header: str, buffer: bytes) -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text + buffer


def test_a_numpy_file_says_what_it_holds() -> None:
    frame = npy_file("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }", bytes(16))
    assert npy(frame).items() >= {"dtype": "<f8", "shape": [2, 1]}.items()
    assert npy(npy_file("{'descr': '<U3', 'fortran_order': False, 'shape': (), }", bytes(12))) == {
        "dtype": "<U3",
        "shape": [],
    }
    assert npy(npy_file("__import__('os')", b"")) is None
    assert npy(b"\x93NUMPY") is None
