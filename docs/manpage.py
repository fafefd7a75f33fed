"""The man page, docs/zmqcli.1: one page for all commands, each option once, as curl(1) does it.

Thirty pages would say the same forty options twenty times, and one page can be searched. Written in the macros of
man(7), with what troff would take for its own escaped.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

from zmqcli import __date__, __version__
from zmqcli.cli.typer_app import load
from zmqcli.commands.table import COMMANDS, DRAFTS, EXAMPLES, SOCKETS, find
from zmqcli.errors import MEANINGS, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable

START = f"""\
.\\" Made by docs/generate.py from the program; `make docs` writes it anew.
.TH ZMQCLI 1 "{__date__}" "zmqcli {__version__}" "User Commands"
.SH NAME
zmqcli \\- the command\\-line tool for ZeroMQ
.SH SYNOPSIS
.B zmqcli
.I COMMAND
.RI [ OPTIONS ]
.RI [ FRAME ]...
.br
.B zmqcli
.RB [ \\-h ]
.RB [ \\-\\-version ]
.SH DESCRIPTION
"""

DESCRIPTION = """\
Each socket type of ZeroMQ is a command: it opens one socket, sends what it is given on the command line, in files \
or on stdin, and shows what it receives. What is sent arrives, or the exit status says so.

stdout carries messages and nothing else; all that is said about them goes to stderr. Options and frames may be mixed; \
frames that start with - follow --.

An ENDPOINT is written in full (tcp://127.0.0.1:5555, ipc:///tmp/x, ipc://@name) or short: 5555 is \
tcp://127.0.0.1:5555, host:5555 is tcp://host:5555, ./path and /path are ipc:// paths, @name an abstract name. A bare \
number as DURATION is seconds, else 500ms, 2s, 1.5m, 1h. SIZE takes K, M and G, powers of 1024.\
"""

VARIABLES = {
    "ZMQCLI_PROFILE": "The profile when there is no -p.",
    "ZMQCLI_CONFIG": "Another configuration file; empty: none.",
    "ZMQCLI_TIMEOUT, ZMQCLI_LINGER, ZMQCLI_CODEC": "What --timeout, --linger and --codec are when they are not given.",
    "ZMQCLI_CURVE_SECRET_KEY": "The client's secret CURVE key, or its certificate; in the place of --curve-cert.",
    "ZMQCLI_CURVE_SERVER_KEY": "Public CURVE key of the server, in the place of --curve-server-key.",
    "ZMQCLI_PLAIN_PASSWORD": "Password of a PLAIN client, in the place of --plain-password-file.",
    "ZMQCLI_HISTORY": "off: endpoints are not remembered for completion, and none are offered.",
    "NO_COLOR": "Nothing is coloured, unless --color says otherwise.",
    "XDG_CONFIG_HOME": "Where the configuration file is; default ~/.config.",
    "XDG_STATE_HOME": "Where endpoints used before are kept; default ~/.local/state.",
}

FILES = {
    "$XDG_CONFIG_HOME/zmqcli/config.toml": "Named endpoints, defaults and profiles; zmqcli config path says where "
    "it is, zmqcli config show what it sets.",
    "$XDG_STATE_HOME/zmqcli/endpoints": "Endpoints used at a terminal, newest first, without secrets: what Tab offers. "
    "It may be removed at any time.",
}

FEW = 4
"""Socket commands that do not take an option; where there are more, those are named that do."""
SPECIAL = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}


def roff(text: str) -> str:
    """Return text as troff shows it: its special characters escaped, also at the beginning of a line."""
    escaped = "".join(SPECIAL.get(character, character) for character in text)
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


def bold(text: str) -> str:
    """Return text in bold."""
    return rf"\fB{roff(text)}\fR"


def italic(text: str) -> str:
    """Return how a value is written: words in capitals, which stand for something, in italics."""
    return re.sub(r"[A-Z]{2,}|\bN\b", lambda match: rf"\fI{match[0]}\fR", roff(text))


def entries(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return a tagged paragraph for each of `rows`."""
    return [line for tag, text in rows for line in (".TP", tag, roff(text))]


def shown(lines: Iterable[str]) -> list[str]:
    """Return examples, as they are typed."""
    return [".EX", *(roff(line) for line in lines), ".EE"]


def man_page(metavar: Any, panel: Any, unescaped: Any) -> str:
    """Return docs/zmqcli.1; what it is handed reads a parameter, as for docs/cli.md."""
    lines = [START + "\n.PP\n".join(roff(text) for text in DESCRIPTION.split("\n\n")), ".SH EXAMPLES", *shown(EXAMPLES)]
    lines.append(".SH COMMANDS")
    commands = {name: load(name) for name in COMMANDS}
    for group, members in groupby(COMMANDS.items(), lambda item: item[1].panel):
        lines.append(f".SS {roff(group)}")
        for name, _ in members:
            arguments = "".join(f" {italic(metavar(p))}" for p in commands[name].params if not hasattr(p, "is_flag"))
            function = find(name)
            lines += [".TP", f"{bold(name)}{arguments}", roff(unescaped(commands[name].help))]
            lines += [".sp", *shown(function.examples)]
    lines += [".SH OPTIONS", roff("Each with the commands that take it.")]
    lines += options(commands, metavar, panel, unescaped)
    lines += [".SH EXIT STATUS", *entries((bold(str(code.value)), MEANINGS[code]) for code in ExitCode)]
    lines += [".SH ENVIRONMENT", *entries((bold(name), text) for name, text in VARIABLES.items())]
    lines += [".SH FILES", *entries((italic(name), text) for name, text in FILES.items())]
    lines += [".SH SEE ALSO", ".BR zmq (7),", ".BR zmq_setsockopt (3),", ".BR curl (1)", ""]
    return "\n".join(lines)


def options(commands: dict[str, Any], metavar: Any, panel: Any, unescaped: Any) -> list[str]:
    """Return all options by their groups, each once, with the commands that have it."""
    taken: dict[tuple[str, str, str], list[str]] = {}
    for name, command in commands.items():
        for p in command.params:
            if hasattr(p, "is_flag"):
                written = metavar(p)
                tag = ", ".join(bold(option) for option in p.opts) + (f" {italic(written)}" if written else "")
                taken.setdefault((panel(p), tag, unescaped(p.help)), []).append(name)
    taken["General", f"{bold('-h')}, {bold('--help')}", "Show this message and exit."] = list(commands)
    groups = sorted(dict.fromkeys(group for group, _, _ in taken), key=lambda group: group == "General")  # that last
    lines = []
    for group in groups:
        lines.append(f".SS {roff(group)}")
        lines += entries((tag, f"{text} ({whose(names)})") for (of, tag, text), names in taken.items() if of == group)
    return lines


def whose(names: list[str]) -> str:
    """Return the commands that have an option, in short; of draft types what the others are is enough."""
    if len(names) == len(COMMANDS):
        return "all commands"
    sockets = [name for name, row in COMMANDS.items() if row.panel == SOCKETS]
    rest = [name for name in names if COMMANDS[name].panel != DRAFTS] or names
    without = [name for name in sockets if name not in rest]
    if len(without) > FEW:
        return ", ".join(rest)
    tools = ", ".join(name for name in rest if name not in sockets)
    nearly = (
        f"all socket commands but {' and '.join([', '.join(without[:-1]), without[-1]] if without[1:] else without)}"
    )
    return (nearly if without else "all socket commands") + (f"; {tools}" if tools else "")
