"""zmqcli stream."""

from zmqcli.environment import Environment
from zmqcli.exchange.duplex import converse
from zmqcli.exchange.plain_tcp import PlainTcp
from zmqcli.jobs.arguments import routing_id
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.groups import Body, Delivery, Endpoints, Input, LimitOptions, Output, Pace, Records, Socket
from zmqcli.options.types import To


@command(
    examples=[
        "zmqcli stream -b 8080",
        "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | zmqcli stream -c localhost:80 -I raw",
        "zmqcli stream -b 8080 -J",
    ]
)
def stream(
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
    to: To = None,
) -> None:
    """Talk to plain TCP peers that do not speak ZeroMQ: messages are a routing id and bytes.

    A record of one frame goes to the latest peer. With one -c and nothing else, -O raw shows what the peer said alone.
    """
    job = Job(
        environment,
        "STREAM",
        endpoints,
        limits,
        socket,
        records=records,
        input=input,
        output=output,
        pace=pace,
        delivery=delivery,
        routing_ids=1,
        bare_bodies=True,
    )
    alone = len(endpoints.connect or ()) == 1 and not endpoints.bind
    target = [] if to is None else [routing_id(to)]
    source = job.source(job.fixed(body), envelope=target, two_way=True)
    sink = job.sink()
    with job.session(shows=job.writes) as session:
        plain = PlainTcp(session, bodies_only=alone and job.bodies_only)
        converse(session, plain.addressed(source), sink, incoming=plain.incoming)
