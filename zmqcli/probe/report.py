"""How `probe` is asked and answered: credentials from files, steps as lines or as one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zmqcli.endpoint import parse_endpoint
from zmqcli.errors import EndpointError, OptionError, UsageError, ZmqcliError
from zmqcli.escaping import safe
from zmqcli.jobs.arguments import security_config

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.endpoint import Endpoint
    from zmqcli.environment import Environment
    from zmqcli.exchange.topics import Topic
    from zmqcli.options.groups import Security
    from zmqcli.probe.findings import Credentials, Findings, ProbeStep
    from zmqcli.probe.listen import Heard
    from zmqcli.security.config import SecurityConfig

__all__ = ["show_probe"]

_SHOWN_TOPICS = 20
_SHOWN_TOPIC_BYTES = 64
_MARKS: dict[bool | None, tuple[str, str]] = {True: ("ok", "green"), False: ("failed", "bold red"), None: ("-", "dim")}


def show_probe(
    environment: Environment,
    text: str,
    security: Security,
    *,
    output: str | None,
    timeout: float,
    kind: str | None,
    listens: bool,
) -> None:
    """Probe the endpoint, and show what was found in the format `output`; `listens`: with what it publishes."""
    if output not in {None, "text", "jsonl"}:
        raise OptionError(f"probe has no output format '{output}'", hint="-O takes text or jsonl")
    if listens and kind:
        raise UsageError("--listen takes part as a SUB", hint="leave out --as")
    endpoint, known = _endpoint(text), security_config(environment, security)
    credentials = _credentials(known, kind)
    from zmqcli.probe.deadline import Deadline
    from zmqcli.probe.steps import probe

    lines = output != "jsonl"
    show = _printer(environment) if lines else _nothing
    report = probe(
        endpoint,
        credentials,
        Deadline(environment, timeout),
        show,
        listen=_listener(environment, endpoint, known) if listens else None,
    )
    if not lines:
        from zmqcli.jobs.json_lines import json_line

        environment.print(json_line(_object(report)))
    elif report.error is None:
        if report.heard is not None:
            environment.print(_heard_lines(report.heard))
        environment.print(f"{safe(report.verdict)}\n")
    if report.error is not None:
        error = report.error
        environment.fail(ZmqcliError(f"{endpoint.address}: {error.what}", why=error.why, hint=error.hint))


def _listener(
    environment: Environment, endpoint: Endpoint, security: SecurityConfig | None
) -> Callable[[float], Heard]:
    """Return what subscribes to the endpoint for so many seconds."""
    from zmqcli.probe.listen import listen

    return lambda seconds: listen(environment, endpoint, security, seconds)


def _endpoint(text: str) -> Endpoint:
    endpoint = parse_endpoint(text, bind=False)
    if endpoint.transport not in {"tcp", "ipc"}:
        raise EndpointError(f"cannot probe {text}", why=f"probe knows tcp and ipc, not {endpoint.transport}")
    if ";" in endpoint.address:
        raise EndpointError(f"cannot probe {text}", why="a source address means nothing here", hint="leave it out")
    return endpoint


# What the user knows


def _credentials(known: SecurityConfig | None, kind: str | None) -> Credentials:
    from zmqcli.probe.findings import Credentials
    from zmqcli.sockets.patterns import DRAFT_TYPES, PATTERNS

    kind = (kind or "").upper()
    if kind and (kind not in PATTERNS or kind in {"STREAM", *DRAFT_TYPES}):
        raise UsageError(f"there is no socket type '{kind.lower()}'", hint="say for example --as sub")
    if known is None:
        return Credentials(kind=kind)
    if known.mechanism == "PLAIN":
        return Credentials(plain=(known.user, known.password), kind=kind)
    keys = (known.public_key, known.secret_key) if known.secret_key else None
    return Credentials(known.server_key, keys, kind=kind)


# What was found


def _nothing(_step: ProbeStep) -> None:
    pass


def _printer(environment: Environment) -> Callable[[ProbeStep], None]:
    """Return what prints a step at once, marked in colour on a terminal."""
    from zmqcli.terminal.drawing import Page, wants_color, width

    descriptor = environment.output.descriptor
    page = None
    if wants_color("auto", descriptor, environment.variables):
        page = Page(width(descriptor), color=True)

    def show(step: ProbeStep) -> None:
        mark, style = _MARKS[step.ok]
        if page is None:
            environment.print(f"{mark:<8}{step.name:<11}{safe(step.detail)}\n")
            return
        page.add(f"{mark:<8}", style)
        page.add(f"{step.name:<11}", "bold")
        page.add(step.detail, "dim" if step.ok is None else "")
        page.end_line()
        environment.print(page.render().decode())

    return show


def _heard_lines(heard: Heard) -> str:
    """Return a line for each of the topics that a person wants to see."""
    lines = [f"{topic.messages:>8}  {_topic(topic)}\n" for topic in heard.topics[:_SHOWN_TOPICS]]
    more = heard.messages - sum(topic.messages for topic in heard.topics[:_SHOWN_TOPICS])
    if more:
        lines.append(f"{more:>8}  of more topics\n")
    return "".join(lines)


def _topic(topic: Topic) -> str:
    more = "..." if len(topic.name) > _SHOWN_TOPIC_BYTES else ""
    return f"'{safe(topic.name[:_SHOWN_TOPIC_BYTES].decode('utf-8', 'backslashreplace'))}{more}'"


def _object(report: Findings) -> dict[str, Any]:
    """Return the report for a script; the names are those of docs/probe.md."""
    from zmqcli.jobs.json_lines import json_frame

    greeting = report.greeting
    return {
        "endpoint": report.endpoint.address,
        "ok": report.error is None,
        "verdict": report.verdict,
        "failed": None if report.error is None else report.steps[-1].name,
        "addresses": report.addresses,
        "process": report.process or None,
        "zmtp": greeting and greeting.version,
        "mechanism": greeting and greeting.mechanism,
        "as_server": greeting and greeting.as_server,
        "socket_type": report.socket_type or None,
        "identity": None if report.identity is None else json_frame(report.identity),
        "fits": report.fits,
        "credentials_ok": report.key_ok,
        "heard": report.heard
        and {
            "seconds": round(report.heard.seconds, 3),
            "messages": report.heard.messages,
            "topics": [
                {"topic": json_frame(topic.name), "messages": topic.messages, "bytes": topic.bytes}
                for topic in report.heard.topics
            ],
            "left_out_messages": report.heard.others,
        },
        "steps": [
            {"step": step.name, "ok": step.ok, "detail": step.detail, "seconds": round(step.seconds, 6)}
            for step in report.steps
        ],
    }
