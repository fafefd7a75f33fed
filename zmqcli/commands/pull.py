"""zmqcli pull."""

from zmqcli.commands._command import command
from zmqcli.commands._job import Job
from zmqcli.commands._options import Endpoints, Limits, Output, Records, Security, Socket
from zmqcli.environment import Environment
from zmqcli.exchange.receive import receive


@command(
    examples=[
        "zmqcli pull -b tcp://*:5557",
        "zmqcli pull -b 5557 -n 1 -t 5",
        "zmqcli pull -c tcp://ventilator:5557 -O jsonl > work.jsonl",
    ]
)
def pull(
    environment: Environment,
    endpoints: Endpoints,
    output: Output,
    records: Records,
    limits: Limits,
    socket: Socket,
    security: Security,
) -> None:
    """Receive what is pushed and show it."""
    job = Job(environment, "PULL", endpoints, limits, socket, security=security, records=records, output=output)
    sink = job.sink()
    with job.session(shows=job.writes) as session:
        receive(session, sink)
