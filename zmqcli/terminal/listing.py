"""A table on stdout, for the commands that exist to print one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.environment import Environment

__all__ = ["listing"]


def listing(environment: Environment, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the table as this stdout wants it: ruled on a terminal, plain text in a pipe."""
    from zmqcli.terminal.drawing import table, wants_color, width

    descriptor = environment.output.descriptor
    return table(
        columns,
        rows,
        terminal=environment.output.is_terminal(),
        columns_wide=width(descriptor),
        color=wants_color("auto", descriptor, environment.variables),
    )
