"""The table of commands: the module and the summary of each. A command is imported when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zmqcli.options.command import Declared

__all__ = ["COMMANDS", "DECLARED", "DRAFTS", "EXAMPLES", "SOCKETS", "CommandRow", "find"]

SOCKETS = "Socket commands"
DRAFTS = "Draft socket types (when pyzmq has the draft API)"
TOOLS = "Tools"


class CommandRow(NamedTuple):
    """A command's module in `zmqcli.commands`, and how the list of commands shows it."""

    module: str
    summary: str
    panel: str = SOCKETS


COMMANDS: dict[str, CommandRow] = {
    "pub": CommandRow("pub", "Publish messages to subscribers."),
    "sub": CommandRow("sub", "Subscribe and print published messages."),
    "push": CommandRow("plain", "Send messages to PULL peers in turn."),
    "pull": CommandRow("pull", "Receive pushed messages and print them."),
    "req": CommandRow("req", "Send requests and print the replies."),
    "rep": CommandRow("rep", "Reply to requests with fixed frames, an echo, a command or stdin."),
    "dealer": CommandRow("dealer", "Send to peers in turn and receive at the same time."),
    "router": CommandRow("router", "Talk to many peers, each by its routing id."),
    "pair": CommandRow("plain", "Talk to exactly one peer in both directions."),
    "xpub": CommandRow("xpub", "Publish messages and print subscriptions."),
    "xsub": CommandRow("xsub", "Subscribe by sending messages, and print published messages."),
    "stream": CommandRow("stream", "Talk to plain TCP peers that do not speak ZeroMQ."),
    "keygen": CommandRow("keygen", "Make CURVE keys.", TOOLS),
    "run": CommandRow("run", "Run several commands in one process, to use inproc or to test message flows.", TOOLS),
    "bench": CommandRow("bench", "Measure throughput and latency, on one machine or between two.", TOOLS),
    "probe": CommandRow("probe", "Find out what listens at an endpoint and why a connection fails.", TOOLS),
    "top": CommandRow("top", "Show live counts, rates and last values by topic.", TOOLS),
    "monitor": CommandRow("monitor", "Show the connection events of a socket.", TOOLS),
    "proxy": CommandRow("proxy", "Forward messages between two sockets: unchanged, tapped, or with faults.", TOOLS),
    "pipe": CommandRow("pipe", "Receive messages, transform them with Python or a command, send the results.", TOOLS),
    "config": CommandRow("config", "Show the configuration and where each value comes from.", TOOLS),
    "options": CommandRow("options", "List libzmq's socket options.", TOOLS),
    "codecs": CommandRow("codecs", "List the codecs and record formats.", TOOLS),
    "completions": CommandRow("completions", "Print or install Tab completion for bash, zsh or fish.", TOOLS),
    **{
        name: CommandRow("plain", f"{name.upper()} socket (draft).", DRAFTS)
        for name in ("client", "server", "radio", "dish", "scatter", "gather", "peer", "channel")
    },
}


EXAMPLES = (
    "zmqcli sub -c tcp://localhost:5556 -s weather",
    "seq 1000 | zmqcli push -b 5557",
    "zmqcli req -c 5555 Hello",
)


def find(name: str) -> Declared:
    """Import a command of the table and return it."""
    return cast("Declared", getattr(import_module(f"zmqcli.commands.{COMMANDS[name].module}"), name))


class _Declarations(Mapping[str, "Declared"]):
    """The commands by name; one is imported when it is asked for."""

    def __getitem__(self, name: str) -> Declared:
        return find(name)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


DECLARED = _Declarations()
