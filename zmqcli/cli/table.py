"""The table of commands: where each is, and what the list says of it. A command is imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from zmqcli.options.command import Declared

__all__ = ["COMMANDS", "DRAFTS", "EXAMPLES", "SOCKETS", "CommandRow", "find"]

SOCKETS = "Socket commands"
DRAFTS = "Draft socket types (when pyzmq has the draft API)"
TOOLS = "Tools"


class CommandRow(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    module: str
    summary: str
    panel: str = SOCKETS


COMMANDS: dict[str, CommandRow] = {
    "pub": CommandRow("pub", "Publish messages to whoever has subscribed."),
    "sub": CommandRow("sub", "Subscribe and show what is published."),
    "push": CommandRow("push", "Send messages to pullers, in turn."),
    "pull": CommandRow("pull", "Receive what is pushed."),
    "req": CommandRow("req", "Send requests and show the replies."),
    "rep": CommandRow("rep", "Answer requests: fixed, echoed, or from stdin."),
    "dealer": CommandRow("dealer", "Send and receive at the same time, in turn over its peers."),
    "router": CommandRow("router", "Talk to each of many peers by its routing id."),
    "pair": CommandRow("pair", "Talk to exactly one peer, both ways."),
    "xpub": CommandRow("xpub", "Publish, and show the subscriptions."),
    "xsub": CommandRow("xsub", "Subscribe by messages, and show what is published."),
    "stream": CommandRow("stream", "Talk to plain TCP peers that do not speak ZeroMQ."),
    "keygen": CommandRow("keygen", "Make CURVE keys.", TOOLS),
    "run": CommandRow("run", "Run several commands in one process: inproc, tests of message flows.", TOOLS),
    "bench": CommandRow("bench", "Measure throughput and round trips, here or between two machines.", TOOLS),
    "probe": CommandRow("probe", "Tell what is at an endpoint, and why nothing comes of it.", TOOLS),
    "top": CommandRow("top", "Show topics as they come: how many, how fast, what.", TOOLS),
    "monitor": CommandRow("monitor", "Show what happens to the connections of a socket.", TOOLS),
    "proxy": CommandRow("proxy", "Pass messages between two sides: plain, tapped, or with faults.", TOOLS),
    "pipe": CommandRow("pipe", "Take messages, transform them with Python or a command, send them on.", TOOLS),
    "config": CommandRow("config", "Show the configuration file, and where each value is from.", TOOLS),
    "options": CommandRow("options", "List libzmq's socket options.", TOOLS),
    "codecs": CommandRow("codecs", "List the codecs and record formats.", TOOLS),
    "completions": CommandRow(
        "completions", "Complete commands, options and endpoints with Tab: bash, zsh, fish.", TOOLS
    ),
    **{
        name: CommandRow("draft", f"{name.upper()} socket (draft).", DRAFTS)
        for name in ("client", "server", "radio", "dish", "scatter", "gather", "peer", "channel")
    },
}


EXAMPLES = (
    "zmqcli sub -c tcp://localhost:5556 -s weather",
    "seq 1000 | zmqcli push -b 5557",
    "zmqcli req -c 5555 Hello",
)


def find(name: str) -> Declared:
    """Return the command of that name in the table."""
    return cast("Declared", getattr(import_module(f"zmqcli.commands.{COMMANDS[name].module}"), name))
