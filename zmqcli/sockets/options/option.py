"""`-o NAME=VALUE`: any socket option of libzmq by its name or number, its value read by the option's type.

A bare number is in libzmq's own unit, as in its manual: `LINGER=1000` is a second, `TCP_KEEPALIVE_IDLE=60` a minute.
With a suffix it is converted: `LINGER=1s`, `RCVBUF=64K`. What there is stands in `table.py`.

No zmq at module level: a command reads its options before it opens a socket, and a typing error needs no libzmq.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from zmqcli.errors import OptionError
from zmqcli.sockets.options.table import ALIASES, WHEN, OptionInfo, table
from zmqcli.sockets.options.values import read_secret, read_value
from zmqcli.units import quote

if TYPE_CHECKING:
    import zmq

__all__ = ["OptionInfo", "SocketOption", "SocketOptionRow", "find_option", "list_options", "parse_option"]

LIST_HINT: Final = "`zmqcli options` lists them all"
# An option's default is read from the first of its types that is no draft.
_DEFAULT_TYPES: Final = ("PUB", "SUB", "XPUB", "XSUB", "PUSH", "PULL", "REQ", "REP", "DEALER", "ROUTER", "STREAM")


@dataclass(frozen=True, slots=True)
class SocketOption:
    """One `-o NAME=VALUE`, read and checked. `repr()` has no value: it may be secret."""

    info: OptionInfo
    value: int | bytes = field(repr=False)  # as libzmq takes it, in its unit
    text: str = field(repr=False)  # the value as typed, for messages; never a secret

    @property
    def name(self) -> str:
        """The option's name, without `ZMQ_`."""
        return self.info.name

    @property
    def context_option(self) -> bool:
        """Whether it belongs to the context, which must have it before it has sockets."""
        return self.info.context

    def apply(self, socket: zmq.Socket[Any]) -> None:
        """Set it on `socket`; nothing for a context option. Raise OptionError, saying why, when libzmq refuses."""
        import zmq

        if self.context_option:
            return
        # libzmq has no HWM since 3.0, pyzmq has a property for it
        both = self.name == "HWM"
        try:
            for number in (zmq.SNDHWM, zmq.RCVHWM) if both else (self.info.number,):
                socket.setsockopt(number, self.value)
        except (zmq.ZMQError, OverflowError) as error:
            raise _refused(self, str(error), zmq.SocketType(int(socket.getsockopt(zmq.TYPE))).name) from None

    def apply_to_context(self, context: zmq.Context[Any]) -> None:
        """Set it on `context`; nothing for a socket option. Raise OptionError as `apply` does."""
        import zmq

        if not self.context_option:
            return
        try:
            context.set(self.info.number, int(self.value))
        except (zmq.ZMQError, OverflowError) as error:
            raise _refused(self, str(error), "") from None


@dataclass(frozen=True, slots=True)
class SocketOptionRow:
    """A line of `zmqcli options`."""

    info: OptionInfo
    default: str  # what a new socket or context has, in the option's unit; "-" where libzmq does not tell
    available: bool  # whether the linked libzmq is built with what it needs


def parse_option(text: str) -> SocketOption:
    """Return the option that `NAME=VALUE` sets; NAME in any case, with or without `ZMQ_`, or libzmq's number.

    Raise OptionError, one line, when there is no such option, it cannot be set, it is a secret, or the value does not
    fit. Only the values of known, public options are ever shown.
    """
    name, equals, value = text.partition("=")
    if not equals:
        word = re.match(r"\w*", name)  # what may follow it is not shown
        shown = quote(word[0]) if word else "''"
        raise OptionError(f"option {shown} has no value", hint="write NAME=VALUE, as in -o LINGER=1s")
    info = find_option(name)
    if info.when == WHEN["never"]:
        raise OptionError(f"option {info.name} cannot be set", why="libzmq only tells it", hint=LIST_HINT)
    if info.kind == "secret":
        return SocketOption(info, read_secret(info, value), "...")
    return SocketOption(info, read_value(info, value), value)


def find_option(name: str) -> OptionInfo:
    """Return the option of that name, alias or number; raise OptionError with the nearest names."""
    wanted = name.upper().replace("-", "_").removeprefix("ZMQ_")
    wanted = ALIASES.get(wanted, wanted)
    numbers = {str(info.number): info for info in table().values() if not info.context}
    info = table().get(wanted) or numbers.get(wanted) or _from_pyzmq(wanted)
    if info is not None:
        return info
    from difflib import get_close_matches  # slow to import, and only a typing error needs it

    near = get_close_matches(wanted, [*table(), *ALIASES], n=3)
    if len(wanted) > 2:  # noqa: PLR2004 - "IV" is in too many
        near += [other for other in table() if wanted in other and other not in near]
    meant = f"did you mean {' or '.join(near[:4])}? " if near else ""
    raise OptionError(f"there is no socket option {quote(name)}", hint=f"{meant}{LIST_HINT}")


def list_options(context: zmq.Context[Any]) -> list[SocketOptionRow]:
    """Return every option with its default, read from new sockets of `context`, which are closed again."""
    import zmq

    rows = []
    sockets: dict[str, zmq.Socket[Any]] = {}
    try:
        for info in table().values():
            kind = next((name for name in info.types if name in _DEFAULT_TYPES), "DEALER")
            if kind not in sockets:
                sockets[kind] = context.socket(getattr(zmq, kind))
            rows.append(SocketOptionRow(info, _default(context, sockets[kind], info), _is_available(info)))
    finally:
        for socket in sockets.values():
            socket.close(linger=0)
    return rows


def _from_pyzmq(wanted: str) -> OptionInfo | None:
    """Return an option newer than the table, if the installed pyzmq knows it."""
    import zmq

    for name, member in zmq.SocketOption.__members__.items():
        if wanted in {name, str(int(member))}:
            # Private: without it take what pyzmq itself takes an option for that it does not know, an int
            kind = str(getattr(getattr(member, "_opt_type", None), "value", "int"))
            kind = {"bytes": "binary", "int64": "int64"}.get(kind, "int")
            return OptionInfo(name, int(member), kind, "", None, None, WHEN["connect"], (), "", "newer than zmqcli")
    return None


def _is_available(info: OptionInfo) -> bool:
    import zmq

    return not info.needs or bool(zmq.has(info.needs))


def _default(context: zmq.Context[Any], socket: zmq.Socket[Any], info: OptionInfo) -> str:
    import zmq

    if info.name == "THREAD_PRIORITY":  # getting its number gets SOCKET_LIMIT
        return "-"
    try:
        value = context.get(info.number) if info.context else socket.getsockopt(info.number)
    except zmq.ZMQError:
        return "-"
    if isinstance(value, bytes):
        return quote(value.decode(errors="backslashreplace"))
    return str(value)


def _refused(option: SocketOption, error: str, socket_type: str) -> OptionError:
    """Return the error for an option libzmq did not take, with the likeliest reason: libzmq says EINVAL to all."""
    info = option.info
    what = f"cannot set option {info.name} to {quote(option.text)}"
    if not _is_available(info):
        return OptionError(what, why=f"this libzmq is built without {info.needs}")
    if info.types and socket_type not in info.types:
        return OptionError(
            what, why=f"a {socket_type} socket does not have it", hint=f"it is for {', '.join(info.types)}"
        )
    return OptionError(what, why=error.lower(), hint=f"`zmqcli options {info.name}` says what it takes")
