"""Plug-ins: what other packages bring as entry points of the groups `zmqcli.codecs` and `zmqcli.formats`.

Their names come after the built-in ones, whose names they cannot take. See docs/plug-ins.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

__all__ = ["find", "load", "nearest"]


def find(group: str) -> dict[str, EntryPoint]:
    """Return the entry points of a group by name."""
    import importlib.metadata  # reads every installed package's metadata: only for a name that is not built in

    return {entry.name: entry for entry in importlib.metadata.entry_points(group=group)}


def load(kind: str, entry: EntryPoint) -> object:
    """Return what an entry point names. `kind`: what it should be, for a person: `codec`. Raise OptionError."""
    try:
        return entry.load()
    except OptionError:
        raise
    except (Exception, SystemExit) as error:  # a stranger's module
        why = str(error) if isinstance(error, ImportError | AttributeError) else f"{type(error).__name__}: {error}"
        raise OptionError(
            f"the {kind} {entry.name} cannot be loaded",
            why=why.partition("\n")[0],
            hint="it is a plug-in: reinstall its package",
        ) from error


def nearest(name: str, names: Iterable[str]) -> str:
    """Return a hint for a name that is not among `names`."""
    from difflib import get_close_matches  # 3 ms that only a mistake should cost

    names = list(names)
    near = get_close_matches(name, names)
    return f"did you mean {' or '.join(near)}?" if near else f"there are {' '.join(names)}"
