"""From the options of `proxy` to two open sockets, and to what passes messages between them.

Record formats and codecs are loaded only for `--tap`, faults and rates only where asked for: the plain proxy is
libzmq's own and needs none of them.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zmqcli.engine.limits import Limits
from zmqcli.engine.overtime import bound_work
from zmqcli.engine.relay import SIDES, Relay
from zmqcli.errors import UsageError
from zmqcli.jobs.announce import checked_endpoints, remember_endpoints, say_endpoints, write_ready_file
from zmqcli.options.types import ReadyWhen
from zmqcli.proxy.forward import DIRECTIONS, directions
from zmqcli.proxy.lifecycle import proxy
from zmqcli.proxy.security import ProxySecurity
from zmqcli.sockets.config import SocketConfig, default_max_size
from zmqcli.sockets.connection import Connection
from zmqcli.sockets.patterns import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zmqcli.environment import Environment
    from zmqcli.jobs.job import Job
    from zmqcli.message import Message
    from zmqcli.options.groups import Output, Records, Security
    from zmqcli.options.proxy import FaultOptions, Looks, ProxyLimits, ProxySocket, Sides
    from zmqcli.proxy.faults import Faults
    from zmqcli.proxy.forward import Observer
    from zmqcli.proxy.rates import RateReport
    from zmqcli.proxy.tap import Tap
    from zmqcli.sockets.options.option import SocketOption

__all__ = ["ProxyJob", "proxy_types"]

PROXIES = {
    "queue": ("ROUTER", "DEALER"),
    "forwarder": ("XSUB", "XPUB"),
    "streamer": ("PULL", "PUSH"),
    "pair": ("PAIR", "PAIR"),
}
OTHERS = (("DEALER", "DEALER"), ("SUB", "PUB"), ("SUB", "PUSH"), ("PULL", "PUB"))
# As zmq.proxy has them. ROUTER_MANDATORY would make one slow or vanished client hold up all the others, and every
# subscription of XPUB_VERBOSER would travel on, where the first and the last of a topic are enough.
_AS_NATIVE = {"ROUTER": ("ROUTER_MANDATORY=0",), "XPUB": ("XPUB_VERBOSER=0",)}
_FOR_EVER = 1e9


def proxy_types(pattern: str | None, types: str | None) -> tuple[str, str]:
    """Return the socket types of frontend and backend. Raise UsageError for a pair that cannot work."""
    if types is None:
        if pattern in PROXIES:
            return PROXIES[str(pattern)]
        what = "proxy needs a pattern" if pattern is None else f"there is no pattern '{pattern}'"
        raise UsageError(what, hint=f"say {', '.join(PROXIES)}, or --types A/B")
    if pattern is not None and pattern not in PROXIES:
        return proxy_types(pattern, None)
    legal = [*PROXIES.values(), *OTHERS]
    pair = tuple(types.upper().split("/"))
    for one in legal:
        if pair == one:
            return one
    known = ", ".join("/".join(one) for one in legal)
    hint = f"say {'/'.join(pair[::-1])} and swap the sides" if pair[::-1] in legal else f"legal are {known}"
    unknown = [name for name in pair if name not in PATTERNS]
    why = f"there is no socket type {unknown[0]}" if unknown else "messages would not get through"
    raise UsageError(
        f"a proxy cannot be {types}", why=why if len(pair) == len(legal[0]) else "it has two types", hint=hint
    )


class ProxyJob:
    """One `zmqcli proxy`: its options, and what is made of them."""

    def __init__(
        self,
        environment: Environment,
        pattern: str | None,
        sides: Sides,
        looks: Looks,
        faults: FaultOptions,
        output: Output,
        records: Records,
        limits: ProxyLimits,
        socket: ProxySocket,
        security: Security,
        *,
        name: str = "proxy",
    ) -> None:
        self._environment = environment
        self._sides = sides
        self._looks = looks
        self._faults = faults
        self._output = output
        self._records = records
        self._socket = socket
        self._linger = limits.linger
        self._security = ProxySecurity(environment, security)
        self.types = proxy_types(pattern, sides.types)
        self._ids = looks.hops if self.types == PROXIES["queue"] else 0
        common = self._options(socket.option)
        self.configs = [
            self._config(kind, *endpoints, [*common, *self._options(own)])
            for kind, endpoints, own in zip(
                self.types,
                ((sides.frontend, sides.frontend_connect), (sides.backend, sides.backend_connect)),
                (socket.frontend_option, socket.backend_option),
                strict=True,
            )
        ]
        for side, config in zip(SIDES, self.configs, strict=False):
            if not config.binds and not config.connects:
                raise UsageError(
                    f"{name} needs a {side}",
                    hint=f"listen with --{side} 'tcp://*:5559', or connect with --{side}-connect host:5559",
                )
        if looks.capture is not None:
            self.configs.append(self._config("PUB", [looks.capture], None, [])._replace(hwm=None))
        if output.expression is not None:
            raise UsageError("proxy passes messages as they are", hint="zmqcli pipe -e makes something else of it")
        self._security.check(self.configs)
        unseen = not (looks.tap or looks.stats or output.output == "none")
        if unseen and (output.output or records.jsonl or records.codec):
            raise UsageError("-O, -J and -x are about what is shown, and nothing is", hint="add --tap")
        self._limits = Limits(duration=limits.duration, linger=self._linger, transient=output.transient)
        for option, value in (("--rate", faults.rate), ("--stats", looks.stats), ("--hops", looks.hops)):
            if value == 0:
                raise UsageError(f"{option} cannot be 0")

    def _options(self, texts: Sequence[str] | None) -> list[SocketOption]:
        if not texts:
            return []
        from zmqcli.sockets.options.option import parse_option

        options = [parse_option(text) for text in texts]
        for option in options:
            if option.name == "LINGER":  # closing sets libzmq's own linger, so the user's value is used here
                self._linger = int(option.value) / 1000 if int(option.value) >= 0 else _FOR_EVER
        return options

    def _config(
        self, kind: str, binds: Sequence[str] | None, connects: Sequence[str] | None, options: list[SocketOption]
    ) -> SocketConfig:
        subscribes = any(option.name == "SUBSCRIBE" for option in options)
        listens = checked_endpoints(self._environment, kind, binds, bind=True)
        calls = checked_endpoints(self._environment, kind, connects, bind=False)
        asked = self._socket.max_size
        # What was asked for is meant for messages. What a subscription may be decides whether the proxy survives it.
        only_subscribes = kind in {"XPUB", "PUB"}
        return SocketConfig(
            type=kind,
            binds=listens,
            connects=calls,
            security=self._security.of(binds=bool(listens), connects=bool(calls)),
            subscriptions=[] if kind != "SUB" or subscribes else [b""],
            linger=self._linger,
            hwm=self._socket.hwm,
            max_size=default_max_size(kind) if asked is None or only_subscribes else asked,
            options=[*self._options(_AS_NATIVE.get(kind)), *options],
        )

    # At work

    def run(self) -> None:
        """Open the sockets and pass messages until something ends it."""
        job = self._tap_job() if self._looks.tap else None
        writes = job.writes if job else self._looks.stats is not None
        harms = self._fault_list()
        # With a context that belongs to `run` too, a proxy that waits to send could not be left. And libzmq's proxy has
        # no time for the questions about clients that a server is asked.
        native = not (job or self._looks.stats or harms or self._security.server) and self._environment.context is None
        observers: list[Observer] = [] if job is None else [self._tap(job)]
        with self._relay(writes=writes) as relay:
            if self._looks.stats is not None:
                from zmqcli.proxy.rates import Rates

                observers.append(Rates(relay, self._looks.stats, self._tell))
            bound_work(relay)
            proxy(relay, directions(relay.frontend, relay.backend, harms), observers, native=native)

    @contextmanager
    def _relay(self, *, writes: bool) -> Iterator[Relay]:
        """Open the sockets and announce them. Leave nothing open, whatever happens."""
        environment = self._environment
        environment.signals.defer()
        connections = [Connection(config, environment.context) for config in self.configs]  # type: ignore[arg-type] # only sockets/ knows the type
        environment.at_abandon += [connection.release_paths for connection in connections]
        relay = Relay(environment, connections, self._limits, writes=writes)
        try:
            for connection in connections:
                connection.open()
                say_endpoints(environment, connection, relay.name(connection))
            if self._sides.ready_file and self._sides.ready_when is ReadyWhen.PEER:
                ready_file = self._sides.ready_file
                relay.on_ready = lambda: write_ready_file(ready_file, *connections)
            elif self._sides.ready_file:
                write_ready_file(self._sides.ready_file, *connections)
            remember_endpoints(environment, *connections)
            gc.freeze()  # see Job.session
            gc.enable()
            yield relay
        finally:
            relay.abandon()

    # What only some proxies need

    def _tap_job(self) -> Job:
        """Return a job of the frontend, for what it knows about showing messages."""
        from zmqcli.jobs.job import Job
        from zmqcli.options.groups import Endpoints, LimitOptions, Socket

        return Job(
            self._environment,
            self.types[0],
            Endpoints(self._sides.frontend, self._sides.frontend_connect),
            LimitOptions(),
            Socket(max_size=self._socket.max_size),
            command="proxy",
            records=self._records,
            output=self._output,
            routing_ids=self._ids,
            delimited=self.types == ("DEALER", "DEALER"),
        )

    def _tap(self, job: Job) -> Tap:
        from zmqcli.proxy.tap import Requests, Tap

        return Tap(
            self._environment,
            job.sink(tapped=True),
            job.sink(tapped=True, decodes=False),
            requests=Requests(self._ids) if self._ids else None,
            subscribes=self.types[1] == "XPUB",
        )

    def _fault_list(self) -> list[Faults]:
        """Return the faults of each direction; none where none are asked for."""
        asked = self._faults
        if not (asked.latency or asked.jitter or asked.drop or asked.duplicate or asked.corrupt or asked.rate):
            return []
        from zmqcli.proxy.faults import HELD_MESSAGES, FaultPlan, Faults, any_seed, body_start

        seed = asked.seed
        if seed is None:
            seed = any_seed()
            self._environment.note(f"--seed {seed} makes the same faults again")
        plan = FaultPlan(
            asked.latency, asked.jitter, asked.drop, asked.duplicate, asked.corrupt, rate=asked.rate, seed=seed
        )
        topics = self.types[1] in {"XPUB", "PUB"}

        def start(message: Message) -> int:
            return body_start(message, routing_ids=self._ids, topics=topics) if topics or self._has_envelope else 0

        return [Faults(plan, direction, start, self._socket.hwm or HELD_MESSAGES) for direction in DIRECTIONS]

    @property
    def _has_envelope(self) -> bool:
        return self.types[1] == "DEALER"

    def _tell(self, report: RateReport) -> None:
        """Print the rates of one side: on stdout, unless the tap has it."""
        from zmqcli.formats.jsonl import timestamp
        from zmqcli.proxy.rates import as_json, as_text

        jsonl = self._output.output == "jsonl" or (self._output.output is None and self._records.jsonl)
        line = as_json(report, timestamp(self._environment.time_ns())) if jsonl else as_text(report)
        if not self._looks.tap:
            self._environment.output.print_if_room(line + "\n")
        elif not self._environment.quiet:
            self._environment.tell(line)
