"""zmqcli sub."""

from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.exchange.receive import receive
from zmqcli.jobs.arguments import prefixes
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.exec import Execution, Printed
from zmqcli.options.groups import Endpoints, LimitOptions, Output, Records, Security, Socket, Subscriptions
from zmqcli.options.types import Need, declare


@command(
    examples=[
        "zmqcli sub -c tcp://localhost:5556 -s weather",
        "zmqcli sub -c 5556 -n 1 -t 10",
        "zmqcli sub -b 'tcp://*:5556' -x text,json -O jsonl",
    ]
)
def sub(
    environment: Environment,
    endpoints: Endpoints,
    subscriptions: Subscriptions,
    output: Output,
    records: Records,
    limits: LimitOptions,
    socket: Socket,
    security: Security,
    execution: Execution,
    input: Printed = None,  # noqa: A002 # the option's name
    topics: Annotated[
        bool, declare("Output", "--topics", None, "Show a table of topics instead, as zmqcli top.")
    ] = False,
    key: Annotated[
        str | None,
        declare(
            "Output",
            "--key",
            "TEMPLATE",
            "With --topics: what makes messages one topic; default %t.",
            needs=Need(
                ("--topics",), "--key is for the table of topics", hint="add --topics; a look of messages is -T"
            ),
        ),
    ] = None,
) -> None:
    """Subscribe and show what is published."""
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
        from zmqcli.top.view import show_topics

        show_topics(job, output, records, 1.0, key)
        return
    if execution.given:
        from zmqcli.jobs.execution import receive_executing

        receive_executing(job, execution, socket, input or job.input_format)
        return
    sink = job.sink()
    with job.session(shows=job.writes) as session:
        receive(session, sink)
