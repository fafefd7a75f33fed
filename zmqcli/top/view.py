"""How `top` and `sub --topics` are asked and answered: a table that renews itself, or a line of JSON now and then."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from zmqcli.codecs.pipeline import RAW, FrameCodecs
from zmqcli.errors import DecodeError, OptionError, UsageError, ZmqcliError
from zmqcli.exchange.topics import LONGEST_TOPIC, Topics, first_frame
from zmqcli.formats.jsonl import timestamp
from zmqcli.jobs.json_lines import json_frame, json_line
from zmqcli.terminal.drawing import LiveTable, is_same_terminal, table, wants_color
from zmqcli.top.loop import watch
from zmqcli.units import format_size, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.environment import Environment
    from zmqcli.exchange.topics import Snapshot, Topic
    from zmqcli.jobs.job import Job
    from zmqcli.message import Batch, Message
    from zmqcli.options.groups import Output, Records
    from zmqcli.top.subscribers import Subscribers

__all__ = ["show_subscribers", "show_topics"]

_SHOWN_VALUE = 200
"""Characters of a value that a table shows at most."""


def show_topics(job: Job, output: Output, records: Records, every: float, key: str | None) -> None:
    """Count what a subscriber receives, topic by topic; a template `key` says what is one."""
    environment = job.environment
    spec = output.receive_codec or records.codec
    codecs = FrameCodecs.parse(spec) if spec else RAW
    tell = first_frame if key is None else _key(environment, key, codecs)
    topics = Topics(environment.monotonic, environment.time_ns, key=tell)
    view = _TopicsView(environment, topics, codecs)
    _check(output, records, every)
    with job.session(shows=True) as session:
        watch(session, topics, every, _shower(job, output, view))


def _key(environment: Environment, template: str, codecs: FrameCodecs) -> Callable[[Message], bytes]:
    """Return what a template makes of a message, as its topic."""
    from zmqcli.formats._api import RecordBatch, RecordOptions
    from zmqcli.formats.template import Template

    options = RecordOptions(delimiter=b"", socket="SUB")
    writer = Template(template).writer(options, codecs, environment.fail)
    seen = 0

    def key(message: Message) -> bytes:
        nonlocal seen
        seen += 1
        values = None if codecs.is_raw else [codecs.decode(message, 0)[0]]
        chunks = writer.format(RecordBatch([message], environment.time_ns(), seen, values=values))
        return b"".join(map(bytes, chunks))[:LONGEST_TOPIC]

    return key


def show_subscribers(job: Job, output: Output, records: Records, every: float) -> None:
    """Show who subscribes to what at an XPUB."""
    from zmqcli.top.subscribers import Subscribers

    _check(output, records, every)
    with job.session(shows=True) as session:
        session.connection.keeps_properties = True  # whose subscription a message is
        view = _SubscribersView(job.environment, Subscribers(session.connection.peers))
        watch(session, view, every, _shower(job, output, view))


def _check(output: Output, records: Records, every: float) -> None:
    if output.expression is not None:
        raise UsageError("top counts what comes as it came", hint="sub -e makes something else of it")
    unused = {name: getattr(output, name) for name in ("grep", "where", "query", "expect", "template")}
    for name, value in {**unused, "type": records.typed}.items():
        if value is not None:
            raise UsageError(
                f"a table of topics has no --{name}", hint="-s and --key say what is in it; or use plain sub"
            )
    if not every:
        raise UsageError("--every 0 would show nothing else", hint="say for example --every 1s")
    if output.output not in {None, "pretty", "jsonl", "none"}:
        raise OptionError(f"a table has no output format '{output.output}'", hint="-O takes pretty, jsonl or none")


def _shower(job: Job, output: Output, view: _TopicsView | _SubscribersView) -> Callable[[bool], bytes]:
    """Return what makes the bytes of one look: JSON in a pipe, a table drawn over the last one on a terminal."""
    stream, name = job.environment.output, job.output_format
    if name == "none":
        return lambda _final: b""
    on_terminal = stream.is_terminal()
    if name == "jsonl" or (output.output is None and not on_terminal):
        return lambda final: json_line(view.object(final=final)).encode()
    if not on_terminal:
        return lambda final: f"{table(view.columns, view.rows(final=final), terminal=False)}{view.below}\n".encode()
    color = wants_color(output.color.value, stream.descriptor, job.environment.variables)
    live = LiveTable(stream.descriptor, color=color)
    stream.write([live.draw(view.columns, [], "nothing yet")])

    def above(line: str) -> None:
        with suppress(ZmqcliError):  # the terminal is gone, which the session sees as well
            stream.write([live.above(line)])

    def draw(final: bool) -> bytes:
        drawn = live.draw(view.columns, view.rows(final=final), view.below, last=final)
        if final:
            job.environment.above = None
        return drawn

    if is_same_terminal(job.environment.error, stream.descriptor):
        job.environment.above = above
    return draw


class _TopicsView:
    """Topics, for a person and for a script."""

    columns: Sequence[str] = ("TOPIC", "MESSAGES", "RATE", "BYTES", "LAST SEEN", "LAST VALUE")

    def __init__(self, environment: Environment, topics: Topics, codecs: FrameCodecs) -> None:
        self.below = ""
        """What is said below the rows."""
        self._environment = environment
        self._topics = topics
        self._codecs = codecs
        self._failed: set[bytes] = set()

    def rows(self, *, final: bool) -> list[list[str]]:
        """Return a row a topic."""
        now = self._topics.snapshot(final=final)
        self.below = _summary(now)
        return [
            [
                _name(topic),
                str(topic.messages),
                f"{rate:.1f}/s",
                format_size(topic.bytes),
                time.strftime("%H:%M:%S", time.localtime(topic.last_ns // 1_000_000_000)),
                self._text(topic),
            ]
            for topic, rate in now.topics
        ]

    def object(self, *, final: bool) -> dict[str, Any]:
        """Return all of it; the names are those of docs/top.md."""
        now = self._topics.snapshot(final=final)
        return {
            "time": timestamp(self._environment.time_ns()),
            "final": final,
            "messages": now.messages,
            "bytes": now.bytes,
            "rate": round(now.rate, 3),
            "left_out_messages": now.others,
            "topics": [
                {
                    "topic": json_frame(topic.name),
                    "messages": topic.messages,
                    "bytes": topic.bytes,
                    "rate": round(rate, 3),
                    "last_seen": timestamp(topic.last_ns),
                    "value": self._value(topic),
                    "value_cut": topic.cut,
                }
                for topic, rate in now.topics
            ],
        }

    def _decoded(self, topic: Topic) -> Any:
        """Return the last frame's value; its bytes where there is no codec, too little of it, or it does not fit."""
        if topic.cut or self._codecs.is_raw:
            return topic.last
        codec = self._codecs.codec_at(topic.position)
        try:
            return codec.decode(topic.last)
        except DecodeError as error:
            if topic.name not in self._failed:  # once a topic is enough
                self._failed.add(topic.name)
                self._environment.fail(
                    DecodeError(f"{quote(_name(topic))}: its last frame is not {codec.name}: {error}")
                )
            return topic.last

    def _value(self, topic: Topic) -> Any:
        value = self._decoded(topic)
        return json_frame(value) if isinstance(value, bytes) else value

    def _text(self, topic: Topic) -> str:
        text = self._codecs.show(topic.position, self._decoded(topic))
        return f"{text[:_SHOWN_VALUE]} ..." if topic.cut or len(text) > _SHOWN_VALUE else text


def _name(topic: Topic) -> str:
    return topic.name.decode("utf-8", "backslashreplace")


def _summary(now: Snapshot) -> str:
    others = f"; {now.others} messages of further topics, not told apart" if now.others else ""
    topics = f"{len(now.topics)} topic{'' if len(now.topics) == 1 else 's'}"
    return f"{topics}, {now.messages} messages, {now.rate:.1f}/s, {format_size(now.bytes)}{others}"


class _SubscribersView:
    """Subscriptions, for a person and for a script; it counts their messages too."""

    columns: Sequence[str] = ("TOPIC", "SUBSCRIBERS", "WHO")
    met = False
    unmet = None

    def __init__(self, environment: Environment, subscribers: Subscribers) -> None:
        self.shown = 0
        """Messages counted, as `-n` counts them."""
        self.below = ""
        """What is said below the rows."""
        self._environment = environment
        self._subscribers = subscribers

    def add(self, batch: Batch) -> None:
        """Take subscriptions that have come or gone."""
        for message in batch:
            self._subscribers.take(message)
        self.shown += len(batch)

    def rows(self, *, final: bool) -> list[list[str]]:  # noqa: ARG002 # there are no rates here
        """Return a row a prefix; the empty one, which is all messages, as `(all)`."""
        found = self._subscribers.rows()
        who = {name for _, names in found for name in names}
        self.below = (
            f"{len(found)} prefix{'' if len(found) == 1 else 'es'}, {len(who)} subscriber{'' if len(who) == 1 else 's'}"
        )
        return [
            [prefix.decode("utf-8", "backslashreplace") or "(all)", str(len(names)), ", ".join(names)[:_SHOWN_VALUE]]
            for prefix, names in found
        ]

    def object(self, *, final: bool) -> dict[str, Any]:
        """Return all of it; the names are those of docs/top.md."""
        return {
            "time": timestamp(self._environment.time_ns()),
            "final": final,
            "subscriptions": [
                {"topic": json_frame(prefix), "subscribers": len(names), "who": names}
                for prefix, names in self._subscribers.rows()
            ],
        }
