"""zmqcli xsub."""

from zmqcli.environment import Environment
from zmqcli.exchange.duplex import converse
from zmqcli.jobs.arguments import prefixes
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.groups import (
    Body,
    Delivery,
    Endpoints,
    Input,
    LimitOptions,
    Output,
    Pace,
    Records,
    Security,
    Socket,
    Subscriptions,
)


@command(
    examples=[
        "zmqcli xsub -c tcp://localhost:5556 -s weather",
        "printf '\\\\x01weather\\n' | zmqcli xsub -c 5556 -I quoted -n 5",
        "zmqcli xsub -b 5557 -J",
    ]
)
def xsub(
    environment: Environment,
    body: Body,
    endpoints: Endpoints,
    input: Input,  # noqa: A002 # the group's name
    output: Output,
    records: Records,
    limits: LimitOptions,
    pace: Pace,
    delivery: Delivery,
    socket: Socket,
    security: Security,
    subscriptions: Subscriptions,
) -> None:
    """Subscribe by messages, byte 1 and a prefix, and show what is published."""
    # Who names subscriptions, here or as frames, does not want everything besides.
    asks = bool(subscriptions.subscribe or subscriptions.subscribe_hex) or not (body.frames or body.file)
    job = Job(
        environment,
        "XSUB",
        endpoints,
        limits,
        socket,
        security=security,
        records=records,
        input=input,
        output=output,
        pace=pace,
        delivery=delivery,
        subscriptions=prefixes(subscriptions) if asks else (),
    )
    source, sink = job.source(job.fixed(body), two_way=True), job.sink()
    with job.session(shows=job.writes) as session:
        converse(session, source, sink)
