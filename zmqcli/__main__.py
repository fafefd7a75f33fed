"""`python -m zmqcli`, and the `zmqcli` script."""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run the process's command line and end the process with its exit code."""
    # A start makes tens of thousands of objects and drops none: looking for garbage among them is wasted.
    gc.disable()
    # Once it is looked for: a batch of messages is freed in a moment, and is nothing to go through (threshold: 700).
    gc.set_threshold(20_000)
    if "_ZMQCLI_COMPLETE" in os.environ:  # a shell asks what could be typed
        from zmqcli.completion.answer import main as answer

        os._exit(answer(sys.argv[1:]))
    from zmqcli.streams import reserve_standard_descriptors

    reserve_standard_descriptors()
    from zmqcli.cli import main as run

    code = run()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # a closed stdout has had its exit code
            pass
    # Everything is closed; taking the interpreter apart would cost every command another 3 ms.
    os._exit(code)


if __name__ == "__main__":
    main()
