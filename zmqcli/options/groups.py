"""The options, in groups that commands share, each option declared once.

Typer has no option groups. `command` (in `command.py`) expands a parameter whose type is one of these tuples into
its fields, and builds the tuple again when the command is called. So this module must not postpone the evaluation of
its annotations. Named tuples and not dataclasses: making a frozen dataclass of eight fields takes 0.7 ms, a tuple
0.08, and twelve of them are made at every start (docs/decisions/0003-start-up.md).
"""

from typing import Annotated, NamedTuple

from zmqcli.options.types import (
    COUNT,
    DURATION,
    SIZE,
    SPEED,
    Color,
    Count,
    Duration,
    Eval,
    Exclusion,
    Frames,
    ReadyWhen,
    SendEval,
    Timeout,
    declare,
)

__all__ = [
    "Block",
    "Body",
    "Delivery",
    "Endpoints",
    "General",
    "Input",
    "LimitOptions",
    "Output",
    "Pace",
    "Records",
    "Security",
    "Socket",
    "Subscriptions",
]


class Endpoints(NamedTuple):
    """Where the socket is."""

    bind: Annotated[
        list[str] | None,
        declare(
            "Endpoints",
            "-b --bind",
            "ENDPOINT",
            "Listen there: tcp://*:5555, 5555, /path, @name. Repeatable.",
            replaces="--connect",
        ),
    ] = None
    connect: Annotated[
        list[str] | None,
        declare(
            "Endpoints",
            "-c --connect",
            "ENDPOINT",
            "Connect to: host:5555, 5555, /path. Repeatable.",
            replaces="--bind",
        ),
    ] = None
    ready_file: Annotated[
        str | None,
        declare("Endpoints", "--ready-file", "PATH", "Write the real endpoints there, one a line, once bound."),
    ] = None
    ready_when: Annotated[
        ReadyWhen, declare("Endpoints", "--ready-when", None, "Write --ready-file when bound, or at the first peer.")
    ] = ReadyWhen.BOUND


class Body(NamedTuple):
    """What is sent, when it is not stdin."""

    frames: Frames = None
    file: Annotated[
        list[str] | None,
        declare("Input", "-f --file", "PATH", "Send the file as one frame; - is all of stdin. Repeatable."),
    ] = None


class Records(NamedTuple):
    """The look of records and the codecs, both ways."""

    jsonl: Annotated[
        bool,
        declare(
            "Records",
            "-J --jsonl",
            None,
            "Read and write JSON lines: -I jsonl -O jsonl.",
            replaces="--input --output --template",
        ),
    ] = False
    codec: Annotated[
        str | None,
        declare(
            "Records",
            "-x --codec",
            "NAME,...",
            "Codec of each frame, the last one repeating: text,json.",
            replaces="--send-codec --receive-codec",
        ),
    ] = None
    typed: Annotated[
        str | None,
        declare("Records", "--type", "MODULE:CLASS", "Dataclass that the last frame must fit, and is shown as."),
    ] = None
    delimiter: Annotated[
        str, declare("Records", "--delimiter", "STR", r"Ends a record, default \n; escapes allowed.", replaces="--null")
    ] = r"\n"
    null: Annotated[bool, declare("Records", "-0 --null", None, "Records end with NUL.", replaces="--delimiter")] = (
        False
    )
    frame_delimiter: Annotated[
        str | None,
        declare("Records", "--frame-delimiter", "STR", "Joins frames on output (default TAB), splits them on input."),
    ] = None


class Input(NamedTuple):
    """How stdin is read."""

    input: Annotated[
        str,
        declare(
            "Input", "-I --input", "FORMAT", "Records on stdin: text, quoted, jsonl, csv, raw.", replaces="--jsonl"
        ),
    ] = "text"
    send_codec: Annotated[str | None, declare("Input", "--send-codec", "NAME,...", "Codec for what is sent only.")] = (
        None
    )
    strict: Annotated[bool, declare("Input", "--strict", None, "Stop at the first record that cannot be sent.")] = False
    replay: Annotated[
        float | None,
        declare(
            "Input",
            "--replay",
            "[SPEED]",
            "Keep the recorded gaps of -I jsonl; 2x, 0.5x.",
            parser=SPEED,
            bare="1x",
            replaces="--interval",
        ),
    ] = None
    send_expression: SendEval = None


class Output(NamedTuple):
    """How messages are shown."""

    output: Annotated[
        str | None,
        declare(
            "Output",
            "-O --output",
            "FORMAT",
            "text (in a pipe), pretty (on a terminal), quoted, jsonl, csv, raw, hexdump, none.",
            replaces="--template",
        ),
    ] = None
    receive_codec: Annotated[
        str | None, declare("Output", "--receive-codec", "NAME,...", "Codec for what is received only.")
    ] = None
    no_delimiter: Annotated[bool, declare("Output", "-N --no-delimiter", None, "Nothing after a record.")] = False
    raw_tty: Annotated[bool, declare("Output", "--raw-tty", None, "Let control characters reach the terminal.")] = False
    color: Annotated[Color, declare("Output", "--color", None, "Colour the output.")] = Color.AUTO
    full: Annotated[bool, declare("Output", "--full", None, "Show long values whole.")] = False
    columns: Annotated[
        str | None, declare("Output", "--columns", "JMESPATH,...", "Columns of -O csv, from the value: city,temp.")
    ] = None
    transient: Annotated[
        bool, declare("Limits", "--transient", None, "Stop when every peer that had connected is gone.")
    ] = False
    template: Annotated[
        str | None,
        declare(
            "Output",
            "-T --template",
            "TEMPLATE",
            "A look of your own: '%t %s' is the first and last frame.",
            replaces="--output",
            excludes=Exclusion("-O", "two formats"),
        ),
    ] = None
    grep: Annotated[
        str | None, declare("Filters", "--grep", "REGEX", "Show and count only messages whose text matches.")
    ] = None
    where: Annotated[
        str | None, declare("Filters", "--where", "JMESPATH", "Only messages for whose value this is true.")
    ] = None
    query: Annotated[
        str | None, declare("Filters", "--query", "JMESPATH", "Show what this finds in the value, unless null.")
    ] = None
    query_of: Annotated[
        str | None,
        declare(
            "Filters", "--query-of", "N|values", "Which frame is queried, default the last; values: the list of all."
        ),
    ] = None
    expect: Annotated[
        str | None,
        declare("Filters", "--expect", "REGEX", "Exit 0 at the first message whose text matches, else 4 or 124."),
    ] = None
    expression: Eval = None


class LimitOptions(NamedTuple):
    """How many and how long."""

    messages: Count = None
    timeout: Timeout = None
    duration: Duration = None


class Pace(NamedTuple):
    """When messages are sent."""

    interval: Annotated[
        float | None,
        declare(
            "Limits",
            "-i --interval",
            "DURATION",
            "From one send to the next.",
            parser=DURATION,
            replaces="--replay",
            excludes=Exclusion("--replay", "two paces"),
        ),
    ] = None
    delay: Annotated[float, declare("Limits", "--delay", "DURATION", "Before the first send.", parser=DURATION)] = 0.0


class Delivery(NamedTuple):
    """What is done so that everything arrives."""

    wait: Annotated[
        int | None,
        declare("Delivery", "-w --wait", "N", "Peers to wait for before the first send; default 1.", parser=COUNT),
    ] = None
    linger: Annotated[
        float,
        declare("Delivery", "--linger", "DURATION", "To get all out after the last send; default 5s.", parser=DURATION),
    ] = 5.0


class Block(NamedTuple):
    """`pub` and `xpub` only."""

    block: Annotated[
        bool, declare("Delivery", "--block", None, "Wait for slow subscribers; without it they miss messages.")
    ] = False


class Subscriptions(NamedTuple):
    """What a subscriber asks for."""

    subscribe: Annotated[
        list[str] | None,
        declare("Subscriptions", "-s --subscribe", "PREFIX", "Messages that start so; default all. Repeatable."),
    ] = None
    subscribe_hex: Annotated[
        list[str] | None,
        declare("Subscriptions", "--subscribe-hex", "HEX", "Messages that start with these bytes: 00ff. Repeatable."),
    ] = None


class Socket(NamedTuple):
    """Socket options."""

    option: Annotated[
        list[str] | None,
        declare("Socket", "-o --option", "NAME=VALUE", "Any option of libzmq; see zmqcli options. Repeatable."),
    ] = None
    identity: Annotated[str | None, declare("Socket", "--identity", "ID", "The routing id that a ROUTER sees.")] = None
    hwm: Annotated[
        int | None, declare("Socket", "--hwm", "N", "High-water mark in messages, both ways; 0 no limit.", parser=COUNT)
    ] = None
    max_size: Annotated[
        int | None,
        declare("Socket", "--max-size", "SIZE", "Largest frame, 1G (pub 8K, xpub 1M); decompressed 256M.", parser=SIZE),
    ] = None
    heartbeat: Annotated[
        float | None,
        declare("Socket", "--heartbeat", "DURATION", "Ask silent peers for a sign of life so often.", parser=DURATION),
    ] = None
    conflate: Annotated[
        bool, declare("Socket", "--conflate", None, "Keep only the latest message; of several frames the last.")
    ] = False


class Security(NamedTuple):
    """CURVE, PLAIN, and who may come in. Secrets come from files or ZMQCLI_* variables only (docs/security.md)."""

    curve_server_cert: Annotated[
        str | None,
        declare("Security", "--curve-server-cert", "FILE", "Be a CURVE server with this secret certificate."),
    ] = None
    curve_cert: Annotated[
        str | None,
        declare("Security", "--curve-cert", "FILE", "CURVE client: its secret certificate; default a new key."),
    ] = None
    curve_server_key: Annotated[
        str | None,
        declare("Security", "--curve-server-key", "KEY|FILE", "Be a CURVE client of the server with this public key."),
    ] = None
    allow: Annotated[
        list[str] | None,
        declare("Security", "--allow", "DIR|FILE", "Let in only these keys and addresses. Repeatable."),
    ] = None
    plain_user: Annotated[str | None, declare("Security", "--plain-user", "USER", "Be a PLAIN client.")] = None
    plain_password_file: Annotated[
        str | None, declare("Security", "--plain-password-file", "FILE", "PLAIN client: its password.")
    ] = None
    plain_passwords: Annotated[
        str | None,
        declare("Security", "--plain-passwords", "FILE", "Be a PLAIN server: lines of user, space, password."),
    ] = None


class General(NamedTuple):
    """What every command takes."""

    profile: Annotated[
        str | None, declare("General", "-p --profile", "PROFILE", "Take options from this profile of the config file.")
    ] = None
    quiet: Annotated[bool, declare("General", "-q --quiet", None, "Say nothing but errors.")] = False
    verbose: Annotated[bool, declare("General", "-v --verbose", None, "Say what happens to connections.")] = False
    debug: Annotated[bool, declare("General", "--debug", None, "Show the traceback of an error.")] = False
