"""zmqcli pipe."""

from zmqcli.commands._command import command
from zmqcli.commands._exec_options import Execution, Printed
from zmqcli.commands._options import Records, Security
from zmqcli.commands._pipe_job import PipeJob
from zmqcli.commands._pipe_options import PipeLimits, Transform
from zmqcli.commands._proxy_options import ProxyLimits, ProxySocket, Sides
from zmqcli.environment import Environment


@command(
    examples=[
        "zmqcli pipe --frontend-connect source:5557 --backend 5558 --exec 'gzip -9'",
        "zmqcli pipe --frontend 5557 --backend 5558 -x json -e '{**value, \"n\": seq}'",
        "zmqcli pipe --frontend 5557 --backend 5558 -P 4 -e 'zlib.compress(body)'",
    ]
)
def pipe(
    environment: Environment,
    sides: Sides,
    transform: Transform,
    execution: Execution,
    records: Records,
    counts: PipeLimits,
    limits: ProxyLimits,
    socket: ProxySocket,
    security: Security,
    input: Printed = None,  # noqa: A002 # the option's name
) -> None:
    """Take what is pushed, make something else of it, and push that on, in the order it came."""
    PipeJob(environment, sides, transform, execution, records, counts, limits, socket, security, input).run()
