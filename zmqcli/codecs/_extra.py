"""Optional libraries, each needed by one codec only: docs/decisions/0006-extras-and-pickle.md."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from zmqcli.errors import OptionError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["require"]


def require(codec: str, package: str, *modules: str) -> ModuleType:
    """Return the first of `modules` that can be imported. Raise OptionError with advice on `package` if none can.

    Every exception counts as a failed import: a library built for another Python may raise anything.
    """
    why = ""
    for module in modules:
        try:
            return import_module(module)
        except Exception as error:  # noqa: BLE001 - third-party code may raise anything
            why = f"{error}".partition("\n")[0]
    raise OptionError(
        f"the codec {codec} needs the library {package}",
        why=why,
        hint=f"install it beside zmqcli: pipx inject zmq-toolkit {package}, or pip install {package}",
    )
