"""zmqcli pipe."""

from zmqcli.environment import Environment
from zmqcli.options.command import command
from zmqcli.options.exec import Execution, Printed
from zmqcli.options.groups import Records, Security
from zmqcli.options.pipe import PipeLimits, Transform
from zmqcli.options.proxy import ProxyLimits, ProxySocket, Sides
from zmqcli.pipe.job import PipeJob


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
