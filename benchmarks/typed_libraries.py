"""What cattrs and msgspec make of the cases that `--type` is tested with (docs/decisions/0022-own-type-checks.md).

`pip install cattrs msgspec`, then `python -m benchmarks.typed_libraries`. The cases are those of
tests/codecs/test__fields.py and test__leaves.py.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def cases(module: str) -> Iterator[tuple[bool, Any, Any, Any]]:
    """Yield the cases of a test module: whether the value fits, its type, the value, what is to be built."""
    for test in vars(importlib.import_module(f"tests.codecs.{module}")).values():
        for mark in getattr(test, "pytestmark", []):
            names = mark.args[0]
            if isinstance(names, tuple) and names[1] == "value":
                for cls, value, *built in mark.args[1]:
                    yield names[-1] == "built", cls, value, built[0] if built else None


def outcome(convert: Callable[[Any, Any], Any], fits: bool, cls: Any, value: Any, built: Any) -> str:
    """Return "" when the library does what `--type` does; else how it differs."""
    try:
        made = convert(value, cls)
    except Exception as error:  # noqa: BLE001 # whatever a library raises is its refusal
        return f"refused ({type(error).__name__})" if fits else ""
    if not fits:
        return f"accepted as {made!r}"
    return "" if made == built else f"built {made!r}"


def main() -> None:
    """Print each case that a library handles differently, and the counts."""
    import cattrs  # type: ignore[import-not-found] # only for this comparison
    import msgspec  # type: ignore[import-not-found] # only for this comparison

    converter = cattrs.Converter(forbid_extra_keys=True)
    libraries: dict[str, Callable[[Any, Any], Any]] = {
        "cattrs": converter.structure,
        "msgspec": msgspec.convert,
    }
    for name, convert in libraries.items():
        total = differs = 0
        for module in ("test__fields", "test__leaves"):
            for fits, cls, value, built in cases(module):
                total += 1
                if difference := outcome(convert, fits, cls, value, built):
                    differs += 1
                    sys.stdout.write(f"{name}: {cls!r} from {value!r}: {difference}\n")
        sys.stdout.write(f"{name}: {differs} of {total} cases differ\n")


if __name__ == "__main__":
    main()
