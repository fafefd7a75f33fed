"""zmqcli proxy."""

from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.options.command import command
from zmqcli.options.groups import Output, Records, Security
from zmqcli.options.proxy import FaultOptions, Looks, ProxyLimits, ProxySocket, Sides
from zmqcli.options.types import ArgumentRow
from zmqcli.proxy.job import ProxyJob


@command(
    examples=[
        "zmqcli proxy queue --frontend 'tcp://*:5559' --backend 'tcp://*:5560'",
        "zmqcli proxy forwarder --frontend-connect feed:5556 --backend 5557 --tap",
        "zmqcli proxy streamer --frontend 5561 --backend 5562 --drop 1% --seed 7",
        "zmqcli proxy --types SUB/PUSH --frontend-connect feed:5556 --backend 5563",
    ]
)
def proxy(
    environment: Environment,
    sides: Sides,
    looks: Looks,
    output: Output,
    records: Records,
    faults: FaultOptions,
    limits: ProxyLimits,
    socket: ProxySocket,
    security: Security,
    pattern: Annotated[
        str | None,
        ArgumentRow(
            "[queue|forwarder|streamer|pair]", "ROUTER/DEALER, XSUB/XPUB, PULL/PUSH or PAIR/PAIR; others with --types."
        ),
    ] = None,
) -> None:
    """Pass messages between two sides: as they are, watched, or with faults."""
    ProxyJob(environment, pattern, sides, looks, faults, output, records, limits, socket, security).run()
