"""`push | pull` from a file to /dev/null, from the start of both processes until both have ended."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from measure import alternate, ended, started
from programs import zmqcli
from table import Result, Section, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from measure import Plan
    from programs import Pair, Programs

__all__ = ["free_endpoint", "lines_file", "throughput"]

SHELL = shutil.which("sh") or "sh"

_NUMBERS = count()


class Case(NamedTuple):
    """One kind of message, and who carries it."""

    title: str
    file: Path
    messages: int
    transport: str
    pairs: Sequence[Pair]
    ratios: Sequence[tuple[str, str, float | None]]
    """Which pair beside which other, and the target."""


def throughput(programs: Programs, plan: Plan) -> Iterable[Section]:
    """Measure every case."""
    for case in _cases(programs, plan):
        faults = {pair.name: _check(case, pair, plan) for pair in case.pairs}
        jobs = {pair.name: _job(case, pair, plan) for pair in case.pairs if not faults[pair.name]}
        seconds = alternate(jobs, plan.rounds)
        results = [
            compare(one, seconds[one], other, seconds[other], unit="s", target=wanted)
            for one, other, wanted in case.ratios
            if one in seconds and other in seconds
        ]
        pypi = seconds.get("PyPI's zmqcli")
        if pypi and "zmqcli" in seconds:
            results.append(_beside_pypi(case, pypi, seconds["zmqcli"]))
        yield Section(
            f"Pipe: {case.messages:,} {case.title} over {case.transport}", results, list(filter(None, faults.values()))
        )


def _beside_pypi(case: Case, pypi: list[float], ours: list[float]) -> Result:
    return compare(
        "PyPI's zmqcli (2% of the messages, time scaled)",
        [seconds * 50 for seconds in pypi],
        "zmqcli",
        ours,
        unit="s",
        target=10.0 if case.messages >= 1_000_000 else None,
        at_least=True,
    )


def _cases(programs: Programs, plan: Plan) -> Iterable[Case]:
    beside = [programs.pairs[name] for name in ("C", "C, system", "plain pyzmq") if name in programs.pairs]
    ours = programs.pairs["zmqcli"]
    million = plan.messages(1_000_000)
    file = lines_file(plan.directory, 100, million)
    pypi = [programs.pairs["PyPI's zmqcli"]] if "PyPI's zmqcli" in programs.pairs else []
    others: list[tuple[str, str, float | None]] = [
        ("zmqcli", "plain pyzmq", None),
        ("plain pyzmq", "C", None),
        *[(pair.name, "C", None) for pair in beside if pair.name.startswith("C,")],
    ]
    for transport, target in (("tcp", 3.0), ("ipc", 3.3)):
        pairs = [*beside, ours, *pypi]
        yield Case("lines of 100 bytes", file, million, transport, pairs, [("zmqcli", "C", target), *others])
    beside = [pair for pair in beside if not pair.name.startswith("C,")]
    for title, size, messages, wanted in _sizes(plan):
        sized = lines_file(plan.directory, size, messages)
        row = ("zmqcli", "C", wanted)
        yield Case(title, sized, messages, "tcp", [*beside, ours], [row, ("zmqcli", "plain pyzmq", None)])
        sized.unlink()
    yield _formats(programs, plan)
    yield _msgpack(plan)


def _sizes(plan: Plan) -> list[tuple[str, int, int, float | None]]:
    return [
        ("lines of 10 bytes", 10, plan.messages(1_000_000), None),
        ("lines of 10 KiB", 10 << 10, plan.messages(40_000), None),
        ("lines of 1 MiB", 1 << 20, plan.messages(1_000), 1.3),
    ]


def _formats(programs: Programs, plan: Plan) -> Case:
    messages = plan.messages(500_000)
    file = lines_file(plan.directory, 100, messages)
    pairs = [
        programs.pairs["zmqcli"],
        zmqcli("--frame-delimiter", "|", name="two frames"),
        zmqcli(pull=("-O", "jsonl"), name="-O jsonl"),
        *[pair for name, pair in programs.pairs.items() if name == "C, two frames"],
    ]
    ratios = [("two frames", "zmqcli", 2.4), ("-O jsonl", "zmqcli", 2.0), ("two frames", "C, two frames", None)]
    return Case("lines of 100 bytes, formats", file, messages, "tcp", pairs, ratios)


def _msgpack(plan: Plan) -> Case:
    messages = plan.messages(50_000)
    file = plan.directory / "json"
    file.write_text("".join(f'{{"id":{n},"name":"sensor {n}","values":[1.5,2,null,true]}}\n' for n in range(messages)))
    pairs = [zmqcli(), zmqcli("-x", "msgpack", pull=("-x", "msgpack"), name="-x msgpack, both ends")]
    return Case("lines of JSON", file, messages, "tcp", pairs, [("-x msgpack, both ends", "zmqcli", None)])


def lines_file(directory: Path, size: int, messages: int) -> Path:
    """Write lines of `size` bytes (without their end), each its own, with one | in the middle."""
    path = directory / f"lines-{size}-{messages}"
    if not path.exists():
        half = size // 2
        padding = "x" * (size - half - 1)
        with path.open("w", encoding="ascii", newline="\n") as file:
            file.writelines(f"{number:0{half}d}|{padding}\n" for number in range(messages))
    return path


def free_endpoint(transport: str, directory: Path) -> str:
    """Return an endpoint nobody uses."""
    if transport == "ipc":
        return f"ipc://{directory}/socket-{next(_NUMBERS)}"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


def _job(case: Case, pair: Pair, plan: Plan) -> Callable[[], float]:
    return lambda: _run(case, pair, plan)


def _run(case: Case, pair: Pair, plan: Plan) -> float:
    messages = int(case.messages * pair.share)
    # The file itself where all of it is sent; a share comes through a pipe.
    with _lines(case.file, None if pair.share == 1 else messages, held=case.transport in pair.loses_tail) as lines:
        before = time.perf_counter()
        _carry(case, pair, plan, messages, (lines, subprocess.DEVNULL))
        return time.perf_counter() - before


def _check(case: Case, pair: Pair, plan: Plan) -> str:
    """Run once, untimed, with a tenth, counting what comes out; return what is wrong."""
    messages = max(1, int(case.messages * pair.share) // 10)
    with (
        _lines(case.file, messages, held=case.transport in pair.loses_tail) as lines,
        tempfile.TemporaryFile(dir=plan.directory) as output,
    ):
        try:
            _carry(case, pair, plan, messages, (lines, output.fileno()))
        except RuntimeError as error:
            return f"{pair.name} is missing: {error}"
        output.seek(0)
        arrived = sum(chunk.count(b"\n") for chunk in iter(partial(output.read, 1 << 20), b""))
    return "" if arrived == messages else f"{pair.name} is missing: it brought {arrived} of {messages} lines"


def _carry(case: Case, pair: Pair, plan: Plan, messages: int, streams: tuple[int, int]) -> None:
    endpoint = free_endpoint(case.transport, plan.directory)
    receiver = started(pair.pull(endpoint, messages), stdout=streams[1])
    sender = started(pair.push(endpoint), stdin=streams[0])
    try:
        codes = [ended(receiver)]
        if case.transport not in pair.loses_tail:
            codes.append(ended(sender))
    finally:
        receiver.kill()
        sender.kill()
        sender.wait()
    if any(codes):
        raise RuntimeError(f"it ended with {codes}")


@contextmanager
def _lines(file: Path, messages: int | None, *, held: bool) -> Iterator[int]:
    """Give a descriptor of the file, or of a pipe with its first lines, which `held` stays open after them."""
    with file.open("rb") as whole:
        if messages is None:
            yield whole.fileno()
            return
        script = f'head -n "$0"{"; exec sleep 600" if held else ""}'
        with subprocess.Popen([SHELL, "-c", script, str(messages)], stdin=whole, stdout=subprocess.PIPE) as head:
            assert head.stdout is not None  # noqa: S101 # PIPE was asked for
            yield head.stdout.fileno()
            head.kill()
