"""Write what the program itself knows: its pages, docs/pretty.svg, the man page, completion's files.

`make docs` runs it; with --check (`make docs ARGS=--check`) nothing is written and the exit code is 1 when a file
is not what it would write. It reads the commands' parameters, not their help screens, so no width changes it.
"""

from __future__ import annotations

import re
import sys
from functools import cmp_to_key
from itertools import groupby
from pathlib import Path
from typing import Any

from manpage import man_page
from picture import picture

from zmqcli.cli.typer_app import load
from zmqcli.commands.table import COMMANDS, find
from zmqcli.completion.scripts import SHELLS
from zmqcli.completion.table import PROGRAM, CompletionRow, written
from zmqcli.errors import MEANINGS, ExitCode, decide
from zmqcli.formats._registry import names as format_names
from zmqcli.proxy.job import OTHERS, PROXIES
from zmqcli.sockets.patterns import DRAFT_TYPES, PATTERNS

ROOT = Path(__file__).parent.parent

NOTICE = "<!-- Made by docs/generate.py from the program; `make docs` writes it anew. -->"

CLI = f"""\
# Commands

{NOTICE}

    zmqcli COMMAND [OPTIONS] [FRAME]...

stdout carries messages and nothing else; all that is said about them goes to stderr. Options and frames may be mixed;
frames that start with `-` follow `--`. A bare number as DURATION is seconds, else `500ms`, `2s`, `1.5m`, `1h`; SIZE
takes `K`, `M`, `G` (powers of 1024). More on single options: [endpoints](endpoints.md), [record formats](records.md),
[codecs](codecs.md), [socket options](options.md), [delivery](delivery.md), [exit codes](exit-codes.md).

`zmqcli --version` shows the versions of zmqcli, pyzmq and libzmq, `zmqcli --help` and `zmqcli COMMAND --help` (or
`-h`) the options, `--debug` the traceback of an error.
"""

EXIT_CODES = f"""\
# Exit codes

{NOTICE}

| code | meaning |
|---|---|
{{rows}}

Where several apply, the first of these is given: {{order}}.
A usage error (2) ends a command before any of the others can come up.

One line on stderr says what failed, why, and what to do; `--debug` adds the traceback. 141, 130, 143 and 129
say nothing themselves, only what is undelivered then.

A signal that comes while nothing is open yet, in the first tenth of a second, may also end the process by its default
action. A shell shows the same codes for that; a program that started zmqcli sees -2, -15 or -1 (Python's subprocess),
or WIFSIGNALED (wait(2)). SIGHUP that was ignored from the start, as under nohup(1), stays ignored.

## One example of each
{{examples}}"""

EXAMPLES: dict[ExitCode, tuple[str, str]] = {
    ExitCode.OK: (
        "What was sent has arrived.",
        """\
$ zmqcli pull -q -b ./example.sock -n 1 &
$ zmqcli push -q -c ./example.sock hello; echo $?
hello
0""",
    ),
    ExitCode.RUNTIME: (
        "Something failed while running; here, a file that is not a socket is in the way.",
        """\
$ touch taken
$ zmqcli pull -b ./taken 2>&1; echo $?
zmqcli: cannot bind ipc://./taken (it exists and is not a socket but a file); remove it, or choose another path
1""",
    ),
    ExitCode.USAGE: (
        "The command line cannot be carried out.",
        """\
$ zmqcli pull -c '*:5555' 2>&1; echo $?
zmqcli: cannot connect to *:5555 (* is for binding); name the host, as in localhost:5555
2""",
    ),
    ExitCode.EXPECTATION: (
        "As many messages as `-n` says came, and none was what `--expect` asks for. [Filters](filters.md#expect)",
        """\
$ zmqcli push -q -c ./example.sock failed &
$ zmqcli pull -q -b ./example.sock -n 1 --expect '^ok' 2>errors; echo $?; grep -o 'expect was not met' errors
failed
4
expect was not met""",
    ),
    ExitCode.DATA: (
        "A record that cannot be sent is named by its number and skipped; the rest goes.",
        """\
$ zmqcli pull -q -b ./example.sock -n 2 &
$ printf '1\\n[2\\n3\\n' | zmqcli push -q -c ./example.sock -x json 2>errors; echo $?; grep -o 'record 2' errors
1
3
3
record 2""",
    ),
    ExitCode.UNDELIVERED: (
        "Nobody came to take the message (`-w 0`: send without waiting for a peer). [Other causes](delivery.md)",
        """\
$ zmqcli push -c ./nobody.sock -w 0 --linger 0.5 hello 2>errors; echo $?; grep -o undelivered errors
5
undelivered""",
    ),
    ExitCode.TIMEOUT: (
        "Nobody came within half a second.",
        """\
$ zmqcli push -q -c ./nobody.sock -t 0.5 hello; echo $?
124""",
    ),
    ExitCode.HUNG_UP: (
        "The terminal is gone; here timeout(1) sends the signal.",
        """\
$ timeout --preserve-status -s HUP 1 zmqcli pull -q -b ./example.sock; echo $?
129""",
    ),
    ExitCode.INTERRUPTED: (
        "Ctrl-C; here timeout(1) sends the signal.",
        """\
$ timeout --preserve-status -s INT 1 zmqcli pull -q -b ./example.sock; echo $?
130""",
    ),
    ExitCode.OUTPUT_CLOSED: (
        "`head` has what it wants and closes the pipe.",
        """\
$ seq 1000 | zmqcli push -q -c ./example.sock -i 1ms -t 0.5 --linger 0 &
$ zmqcli pull -q -b ./example.sock | head -n 1; echo ${PIPESTATUS[0]}
1
141""",
    ),
    ExitCode.TERMINATED: (
        "SIGTERM, as `kill` and service managers send it.",
        """\
$ timeout --preserve-status 1 zmqcli pull -q -b ./example.sock; echo $?
143""",
    ),
}


def plain(text: str | None) -> str:
    """Return help text as Markdown: without Rich's escapes, with those Markdown needs."""
    return re.sub(r"([*|<])", r"\\\1", (text or "").replace("\\[", "["))


def metavar(parameter: Any) -> str:
    """Return how a value is written, nothing for a flag."""
    if getattr(parameter, "is_flag", False):
        return ""
    choices = getattr(parameter.type, "choices", ())
    words = [str(getattr(choice, "value", choice)) for choice in choices]
    return parameter.metavar or "|".join(words) or parameter.name.upper()


def names(parameter: Any) -> str:
    """Return all names of an option and how its value is written."""
    written = metavar(parameter).replace("|", "\\|")
    return f"`{', '.join(parameter.opts)}{' ' * bool(written)}{written}`"


def parameters(command: Any) -> list[list[str]]:
    """Return a row for each argument and option of a command, the options of a panel together."""
    rows = [[f"`{metavar(p)}`".replace("|", "\\|"), plain(p.help)] for p in command.params if not hasattr(p, "is_flag")]
    options = [p for p in command.params if hasattr(p, "is_flag")]
    panels = list(dict.fromkeys(panel(p) for p in options))
    for name, group in groupby(sorted(options, key=lambda p: panels.index(panel(p))), panel):
        rows.append([f"**{name}**", ""])
        rows += [[names(p), plain(p.help)] for p in group]
    return rows


def panel(option: Any) -> str:
    """Return the group an option stands in; Typer's own (--help) are of the last one."""
    return getattr(option, "rich_help_panel", None) or "General"


def cli_page() -> str:
    """Return docs/cli.md."""
    lines = [CLI]
    for group, members in groupby(COMMANDS.items(), lambda item: item[1].panel):
        lines += [f"| {group} | |", "|---|---|"]
        lines += [f"| [`{name}`](#{name}) | {plain(row.summary)} |" for name, row in members]
        lines.append("")
    seen: dict[str, str] = {}
    for name in COMMANDS:
        function = find(name)
        command = load(name)
        arguments = "".join(f" {metavar(p)}" for p in command.params if not hasattr(p, "is_flag"))
        lines += [f"## {name}", "", plain(command.help), "", f"    zmqcli {name} [OPTIONS]{arguments}", ""]
        lines += ["Examples:", "", "```sh", *function.examples, "```", ""]
        table = "\n".join(f"| {option} | {text} |" for option, text in parameters(command))
        same = seen.setdefault(table, name)
        if same != name:
            lines += [f"The options are those of [`{same}`](#{same}).", ""]
        else:
            lines += ["| option | |", "|---|---|", table, ""]
    return "\n".join(lines)


def choices(parameter: Any) -> str:
    """Return what a value can be, for completion: its metavar, or all of its kind (formats: those the help names)."""
    match metavar(parameter):
        case "FORMAT":
            return "|".join(name for name in format_names() if re.search(rf"\b{name}\b", parameter.help)) or "FORMAT"
        case "TYPE":
            return "|".join(name.lower() for name in PATTERNS if name not in DRAFT_TYPES)
        case "A/B":
            return "|".join(f"{one}/{other}" for one, other in [*PROXIES.values(), *OTHERS])
        case "install|SHELL":
            return "|".join(parameter.type.choices)
        case word:
            repeatable = getattr(parameter, "multiple", False)
            return f"{word}{'...' * repeatable}"


def completion_rows() -> list[CompletionRow]:
    """Return what completion knows of commands and options; what several commands have in common is one row."""
    everywhere = (PROGRAM, *COMMANDS)
    rows = [CompletionRow((name,), (), "", unescaped(row.summary)) for name, row in COMMANDS.items()]
    rows.append(CompletionRow((PROGRAM,), ("--version",), "", "Show versions and exit."))
    taken: dict[CompletionRow, list[str]] = {}
    for name in COMMANDS:
        for p in load(name).params:
            names = tuple(p.opts) if hasattr(p, "is_flag") else ()
            taken.setdefault(CompletionRow((), names, choices(p), unescaped(p.help)), []).append(name)
    for row, commands in taken.items():
        also = [PROGRAM] if {"--debug", "--profile"}.intersection(row.names) else []
        rows.append(row._replace(commands=tuple(also + commands)))
    rows.append(CompletionRow(everywhere, ("-h", "--help"), "", "Show this message and exit."))
    return rows


def unescaped(text: str | None) -> str:
    """Return help text without Rich's escapes."""
    return (text or "").replace("\\[", "[")


def before(one: ExitCode, other: ExitCode) -> int:
    """Compare exit codes: less is what is given where both apply."""
    return -1 if decide([one, other]) is one else 1


def exit_codes_page() -> str:
    """Return docs/exit-codes.md."""
    rows = "\n".join(f"| {code.value} | {plain(MEANINGS[code])} |" for code in ExitCode)
    failures = [code for code in ExitCode if code not in {ExitCode.OK, ExitCode.USAGE}]
    order = sorted(failures, key=cmp_to_key(before))
    examples = ""
    for code in ExitCode:
        what, example = EXAMPLES.get(code, ("No command can end so yet.", ""))
        examples += f"\n### {code.value}\n\n{what}\n"
        examples += f"\n```console\n{example}\n```\n" if example else ""
    return EXIT_CODES.format(rows=rows, order=", ".join(str(code.value) for code in order), examples=examples)


def pages() -> dict[Path, str]:
    """Return every file that is made, and what is in it."""
    return {
        Path("docs/cli.md"): cli_page(),
        Path("docs/exit-codes.md"): exit_codes_page(),
        Path("docs/zmqcli.1"): man_page(metavar, panel, unescaped),
        Path("zmqcli/completion/table.txt"): written(completion_rows()),
        Path("docs/pretty.svg"): picture(),
        **{Path("completions", name): text for name, text in SHELLS.values()},
    }


def main(arguments: list[str]) -> int:
    """Write the files, or with --check say which are not up to date."""
    check = "--check" in arguments
    stale = 0
    for path, text in pages().items():
        file = ROOT / path
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"{path} is not up to date; run: make docs", file=sys.stderr)
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
