"""`python -m zmqcli`, and the `zmqcli` script."""

try:
    # signal.py loads enum first, and this cannot wait for that.
    import _signal  # type: ignore[import-not-found] # typeshed has no stub for it

    # Until zmqcli.signals takes over there is nothing to tidy up: a Ctrl-C kills the process by the signal, as SIGTERM
    # does anyway. Python's own handler would show a traceback, or be swallowed within an import.
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
except KeyboardInterrupt:  # one that came a moment before
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    _signal.raise_signal(_signal.SIGINT)

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
    try:
        code = _run()
    except BaseException as error:  # noqa: BLE001 # what cli.main could not even begin with, or a very late Ctrl-C
        code = _give_up(error)
    # Everything is closed; taking the interpreter apart would cost every command another 3 ms.
    os._exit(code)


def _run() -> int:
    if "_ZMQCLI_COMPLETE" in os.environ:  # a shell asks what could be typed
        from zmqcli.completion.answer import main as answer

        return answer(sys.argv[1:])
    from zmqcli.streams import reserve_standard_descriptors

    reserve_standard_descriptors()
    from zmqcli.cli.app import main as run

    code = run()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # a closed stdout has had its exit code
            pass
    return code


def _give_up(error: BaseException) -> int:
    """Say on one line why there was no start, and return the exit code."""
    from zmqcli.errors import StoppedAtOnce, unforeseen

    if isinstance(error, StoppedAtOnce):
        return error.exit_code
    if sys.argv[1:2] == ["--debug"]:
        sys.excepthook(type(error), error, error.__traceback__)
    failure = unforeseen(error)
    try:
        os.write(2, f"zmqcli: {failure}\n".encode("utf-8", "backslashreplace"))
    except OSError:  # nobody reads it
        pass
    return failure.exit_code


if __name__ == "__main__":
    main()
