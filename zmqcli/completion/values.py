"""What values can be, by how the help writes them: `ENDPOINT`, `FILE`, `auto|always|never`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.completion.table import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from zmqcli.completion.line import Wanted
    from zmqcli.config_file import ConfigFile

__all__ = ["Offer", "place_of_files", "values"]

Offer = tuple[str, str]
"""What can be typed, and a word on it."""

BINDS = {"-b", "--bind", "--frontend", "--backend", "--capture"}
SENDS = {"--send-codec"}
READ_ONLY = {"auto", "pickle"}


def kind(value: str) -> str:
    """Return how a value is written, without what says that it may be left out or repeated."""
    return value.removesuffix("...").strip("[]")


def place_of_files(value: str) -> str:
    """Return "files" or "directories" where those belong, which every shell lists best itself, else nothing."""
    words = kind(value).split("|")
    if "PATH" in words or "FILE" in words:
        return "files"
    return "directories" if "DIR" in words else ""


def values(wanted: Wanted, variables: Mapping[str, str]) -> Iterator[Offer]:
    """Yield what can be typed for the value at the cursor, whole words without what is `kept`."""
    row, word = wanted.of, wanted.word
    if row is None:
        return
    written = kind(row.value)
    if written == "ENDPOINT":
        yield from _endpoints(word, variables, bind=not BINDS.isdisjoint(row.names))
    elif written == "PROFILE":
        config = _config(variables)
        yield from _beginning(word, ((name, "") for name in (config.profiles if config else ())))
    elif written == "NAME,":
        yield from _codecs(word, sends=not SENDS.isdisjoint(row.names))
    elif written == "NAME=VALUE":
        yield from _socket_options(word)
    elif written == "NAME" and wanted.command == "options":
        yield from ((name.rstrip("="), text) for name, text in _socket_options(word))
    elif written == "COMMAND" and wanted.command == "config":
        rows = (row for row in read() if not row.names and not row.value)
        yield from _beginning(word, ((name, row.help) for row in rows for name in row.commands))
    else:
        yield from _beginning(word, ((choice, "") for choice in _choices(written)))


def _beginning(word: str, offers: Iterable[Offer]) -> Iterator[Offer]:
    return (offer for offer in offers if offer[0].startswith(word))


def _endpoints(word: str, variables: Mapping[str, str], *, bind: bool) -> Iterator[Offer]:
    """Yield endpoints, and names of the configuration file that stand for one."""
    from zmqcli.completion.endpoints import endpoints

    yield from endpoints(word, variables, bind=bind)
    if config := _config(variables):
        yield from _beginning(word, config.endpoints.items())


def _config(variables: Mapping[str, str]) -> ConfigFile | None:
    """Return the configuration file where there is one that can be read: what is wrong with it a command says."""
    from zmqcli.config_file import looks_set, read_config
    from zmqcli.errors import UsageError

    try:
        return read_config(variables) if looks_set(variables) else None
    except UsageError:
        return None


def _choices(written: str) -> list[str]:
    """Return what stands to be chosen from in `a|b|c`, or, of proxies' `SUB/PUB|...`, pairs of types.

    Words in capitals stand for something: N, FILE.
    """
    return [word for word in written.split("|") if "|" in written and (not word.isupper() or "/" in word)]


def _codecs(word: str, *, sends: bool) -> Iterator[Offer]:
    """Yield codecs for the last of a list, and for the last of a chain in it: `text,zlib+js`."""
    from zmqcli.codecs._registry import BUILT_IN, names

    start = max(word.rfind(","), word.rfind("+")) + 1
    before, typed = word[:start], word[start:]
    known = [name for name in names() if not (sends and name in READ_ONLY)]
    layers = {name for name in known if BUILT_IN.get(name, "").endswith("Layer")}
    found = [name for name in known if name.startswith(typed)]
    yield from ((before + name, "") for name in found)
    meant = [name for name in found if name in layers]
    if typed and len(meant) == 1:  # whole: no shell puts a blank after it
        inner = [name for name in known if name not in layers and name != "raw"]
        yield from ((f"{before}{meant[0]}+{name}", "") for name in inner)


def _socket_options(word: str) -> Iterator[Offer]:
    """Yield libzmq's options that can be set, `RCVHWM=`; and what a switch can be set to."""
    from zmqcli.sockets.options.table import WHEN, table

    typed, equals, value = word.partition("=")
    name = typed.upper()
    prefix = "ZMQ_" if name.startswith("ZMQ_") else ""
    for info in table().values():
        if info.when == WHEN["never"] or info.kind == "secret":
            continue
        if not equals:
            if (prefix + info.name).startswith(name):
                yield f"{prefix}{info.name}=", info.summary
        elif prefix + info.name == name and info.kind == "bool":
            yield from ((f"{typed}={choice}", "") for choice in ("true", "false") if choice.startswith(value))
