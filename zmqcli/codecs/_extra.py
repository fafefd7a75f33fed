"""Libraries that only one codec needs, installed by those who want it: docs/decisions/0006-extras-and-pickle.md."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from zmqcli.errors import OptionError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["require"]


def require(codec: str, package: str, *modules: str) -> ModuleType:
    """Return the first of `modules` that is there. Raise OptionError, saying how to install `package`, when none is.

    Any failure to import counts: a library built for another Python fails in its own ways.
    """
    why = ""
    for module in modules:
        try:
            return import_module(module)
        except Exception as error:  # noqa: BLE001 - a stranger's module
            why = f"{error}".partition("\n")[0]
    raise OptionError(
        f"the codec {codec} needs the library {package}",
        why=why,
        hint=f"install it beside zmqcli: pipx inject zmq-toolkit {package}, or pip install {package}",
    )
