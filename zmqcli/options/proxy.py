"""The options of `proxy`, in groups as in `groups.py`. Annotations must not be postponed, for the same reason."""

from typing import Annotated, NamedTuple

from zmqcli.options.types import COUNT, DURATION, SHARE, SIZE, Duration, ReadyWhen, declare

__all__ = ["FaultOptions", "Looks", "ProxyLimits", "ProxySocket", "Sides"]


class Sides(NamedTuple):
    """Where the two sockets are."""

    frontend: Annotated[
        list[str] | None,
        declare(
            "Endpoints", "--frontend", "ENDPOINT", "Bind the frontend there. Repeatable.", replaces="--frontend-connect"
        ),
    ] = None
    frontend_connect: Annotated[
        list[str] | None,
        declare(
            "Endpoints",
            "--frontend-connect",
            "ENDPOINT",
            "Connect the frontend to it. Repeatable.",
            replaces="--frontend",
        ),
    ] = None
    backend: Annotated[
        list[str] | None,
        declare(
            "Endpoints", "--backend", "ENDPOINT", "Bind the backend there. Repeatable.", replaces="--backend-connect"
        ),
    ] = None
    backend_connect: Annotated[
        list[str] | None,
        declare(
            "Endpoints",
            "--backend-connect",
            "ENDPOINT",
            "Connect the backend to it. Repeatable.",
            replaces="--backend",
        ),
    ] = None
    types: Annotated[
        str | None, declare("Endpoints", "--types", "A/B", "Socket types of frontend and backend: SUB/PUB.")
    ] = None
    ready_file: Annotated[
        str | None,
        declare("Endpoints", "--ready-file", "PATH", "Write the real endpoints there: frontend, backend, capture."),
    ] = None
    ready_when: Annotated[
        ReadyWhen,
        declare("Endpoints", "--ready-when", None, "Write --ready-file when bound, or once each side has had a peer."),
    ] = ReadyWhen.BOUND


class Looks(NamedTuple):
    """What is looked at on the way."""

    tap: Annotated[bool, declare("Output", "--tap", None, "Show each message that passes, with its direction.")] = False
    capture: Annotated[
        str | None, declare("Output", "--capture", "ENDPOINT", "Publish all that passes there, for zmqcli sub.")
    ] = None
    stats: Annotated[
        float | None,
        declare("Output", "--stats", "DURATION", "Print the rates of each side so often.", parser=DURATION),
    ] = None
    hops: Annotated[
        int,
        declare("Records", "--hops", "N", "Routing ids in front, for chained queues; default 1.", parser=COUNT),
    ] = 1


class FaultOptions(NamedTuple):
    """What goes wrong on purpose, in each direction."""

    latency: Annotated[
        float, declare("Faults", "--latency", "DURATION", "Hold every message back so long.", parser=DURATION)
    ] = 0.0
    jitter: Annotated[
        float, declare("Faults", "--jitter", "DURATION", "Vary that by up to so much, in order.", parser=DURATION)
    ] = 0.0
    drop: Annotated[float, declare("Faults", "--drop", "SHARE", "Lose so many messages: 1%.", parser=SHARE)] = 0.0
    duplicate: Annotated[float, declare("Faults", "--duplicate", "SHARE", "Send so many twice.", parser=SHARE)] = 0.0
    corrupt: Annotated[
        float, declare("Faults", "--corrupt", "SHARE", "Change a byte of the body of so many.", parser=SHARE)
    ] = 0.0
    rate: Annotated[
        int | None, declare("Faults", "--rate", "SIZE", "Let so many bytes through a second.", parser=SIZE)
    ] = None
    seed: Annotated[
        int | None, declare("Faults", "--seed", "N", "The same seed harms the same messages.", parser=COUNT)
    ] = None


class ProxyLimits(NamedTuple):
    """How long."""

    duration: Duration = None
    linger: Annotated[
        float,
        declare("Delivery", "--linger", "DURATION", "At the end, to get all out; default 5s.", parser=DURATION),
    ] = 5.0


class ProxySocket(NamedTuple):
    """Socket options."""

    option: Annotated[
        list[str] | None,
        declare("Socket", "-o --option", "NAME=VALUE", "Any option of libzmq, on both sides. Repeatable."),
    ] = None
    frontend_option: Annotated[
        list[str] | None,
        declare("Socket", "--frontend-option", "NAME=VALUE", "Any option of libzmq, on the frontend only. Repeatable."),
    ] = None
    backend_option: Annotated[
        list[str] | None,
        declare("Socket", "--backend-option", "NAME=VALUE", "Any option of libzmq, on the backend only. Repeatable."),
    ] = None
    hwm: Annotated[
        int | None, declare("Socket", "--hwm", "N", "High-water mark of both sides, in messages.", parser=COUNT)
    ] = None
    max_size: Annotated[
        int | None,
        declare("Socket", "--max-size", "SIZE", "Largest frame, not of subscribers: 1G; unpacked, 256M.", parser=SIZE),
    ] = None
