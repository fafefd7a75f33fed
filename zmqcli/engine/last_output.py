"""What a command that ends still has to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import ZmqcliError
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from zmqcli.engine.socket_engine import SocketEngine

__all__ = ["flush"]

FLUSH_SECONDS = 1.0
"""What a reader of stdout that is slow gets after a signal or the end of --duration."""
STOPPED_SECONDS = 0.1
"""What a terminal gets after a signal."""


def flush(engine: SocketEngine) -> None:
    """Give a slow reader of stdout a last while to take what has been formatted, and what was held back."""
    output, now = engine.environment.output, engine.now
    if engine.held is not None:
        engine.held.let_go(output.write)
    # Who presses Ctrl-C at a terminal that cannot keep up does not want to watch the rest of it.
    deadline = now() + (STOPPED_SECONDS if engine.stopping and output.is_terminal() else FLUSH_SECONDS)
    while output.blocked and now() < deadline:
        engine.sleep(deadline - now(), Wake.OUTPUT)
        output.flush()
    if output.blocked:
        what = f"{output.pending_bytes} bytes were not taken by the reader of stdout"
        if engine.stopping:  # by a signal, whose exit code says that this is no ordinary end
            engine.environment.note(what)
        else:
            engine.environment.fail(ZmqcliError(what))
