"""The options of `pipe`, in groups as in `groups.py`. Annotations must not be postponed, for the same reason."""

from typing import Annotated, NamedTuple

from zmqcli.options.types import COUNT, Count, Eval, Timeout, declare

__all__ = ["PipeLimits", "Transform"]


class Transform(NamedTuple):
    """What is done with each message (besides `--exec`)."""

    expression: Eval = None
    processes: Annotated[
        int | None,
        declare("Exec", "-P --processes", "N", "So many worker processes, or commands at a time.", parser=COUNT),
    ] = None


class PipeLimits(NamedTuple):
    """How many and how long."""

    messages: Count = None
    timeout: Timeout = None
