"""zmqcli pull."""

from zmqcli.environment import Environment
from zmqcli.exchange.receive import receive
from zmqcli.jobs.job import Job
from zmqcli.options.command import command
from zmqcli.options.exec import Execution, Printed
from zmqcli.options.groups import Endpoints, LimitOptions, Output, Records, Security, Socket


@command(
    examples=[
        "zmqcli pull -b 'tcp://*:5557'",
        "zmqcli pull -b 5557 -n 1 -t 5",
        "zmqcli pull -c tcp://ventilator:5557 -O jsonl > work.jsonl",
        "zmqcli pull -b 5557 --exec 'gzip -9' -O raw >> archive.gz",
    ]
)
def pull(
    environment: Environment,
    endpoints: Endpoints,
    output: Output,
    records: Records,
    limits: LimitOptions,
    socket: Socket,
    security: Security,
    execution: Execution,
    input: Printed = None,  # noqa: A002 # the option's name
) -> None:
    """Receive what is pushed and show it."""
    job = Job(environment, "PULL", endpoints, limits, socket, security=security, records=records, output=output)
    if execution.given:
        from zmqcli.jobs.execution import receive_executing

        receive_executing(job, execution, socket, input or job.input_format)
        return
    sink = job.sink()
    with job.session(shows=job.writes) as session:
        receive(session, sink)
