"""zmqcli sub."""

from typing import Annotated

from zmqcli.commands._arguments import prefixes
from zmqcli.commands._command import command
from zmqcli.commands._job import Job
from zmqcli.commands._option_types import declare
from zmqcli.commands._options import Endpoints, Limits, Output, Records, Security, Socket, Subscriptions
from zmqcli.environment import Environment
from zmqcli.errors import UsageError
from zmqcli.exchange.receive import receive


@command(
    examples=[
        "zmqcli sub -c tcp://localhost:5556 -s weather",
        "zmqcli sub -c 5556 -n 1 -t 10",
        "zmqcli sub -b tcp://*:5556 -x text,json -O jsonl",
    ]
)
def sub(
    environment: Environment,
    endpoints: Endpoints,
    subscriptions: Subscriptions,
    output: Output,
    records: Records,
    limits: Limits,
    socket: Socket,
    security: Security,
    topics: Annotated[
        bool, declare("Output", "--topics", None, "Show a table of topics instead, as zmqcli top.")
    ] = False,
    key: Annotated[
        str | None,
        declare("Output", "--key", "TEMPLATE", "With --topics: what makes messages one topic; default %t."),
    ] = None,
) -> None:
    """Subscribe and show what is published."""
    if key is not None and not topics:
        raise UsageError("--key is for the table of topics", hint="add --topics; a look of messages is -T")
    job = Job(
        environment,
        "SUB",
        endpoints,
        limits,
        socket,
        security=security,
        records=records,
        output=output,
        subscriptions=prefixes(subscriptions),
    )
    if topics:
        from zmqcli.commands._top import show_topics

        show_topics(job, output, records, 1.0, key)
        return
    sink = job.sink()
    with job.session(shows=job.writes) as session:
        receive(session, sink)
