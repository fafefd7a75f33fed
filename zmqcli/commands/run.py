"""zmqcli run."""

from collections import Counter
from typing import Annotated

from zmqcli.environment import Environment
from zmqcli.errors import UsageError
from zmqcli.options.command import command
from zmqcli.options.types import DURATION, ArgumentRow, declare


@command(
    examples=[
        "zmqcli run 'pub -b inproc://events hello' 'sub -c inproc://events -n 1'",
        "seq 9 | zmqcli run 'push -b inproc://work' 'pull -c inproc://work -n 9'",
        "zmqcli run 'rep -b inproc://greeter World &' 'req -c inproc://greeter Hello'",
        "zmqcli run -f flow.toml --junit report.xml",
    ]
)
def run(
    environment: Environment,
    commands: Annotated[
        list[str] | None,
        ArgumentRow(
            "[COMMAND]...", "A zmqcli command line each; one that ends in & runs until the others are through."
        ),
    ] = None,
    file: Annotated[
        list[str] | None, declare("Input", "-f --file", "PATH", "Read the steps from a scenario, a TOML file.")
    ] = None,
    junit: Annotated[str | None, declare("Run", "--junit", "PATH", "Write the results there as JUnit XML.")] = None,
    no_prefix: Annotated[bool, declare("Run", "--no-prefix", None, "Print lines without the step's name.")] = False,
    timeout: Annotated[
        float | None, declare("Limits", "-t --timeout", "DURATION", "For all: exit 124.", parser=DURATION)
    ] = None,
) -> None:
    """Run several commands in one process, with one ZeroMQ context: so inproc works, and flows can be tested."""
    from zmqcli.scenario.report import report, write_junit
    from zmqcli.scenario.runner import Runner
    from zmqcli.scenario.step import Step, parse_command

    scenario = file[0] if file else None
    if bool(commands) == bool(file) or len(file or ()) > 1:
        raise UsageError("run needs command lines, or one scenario", hint="see zmqcli run --help")
    if scenario is not None:
        from zmqcli.scenario.scenario import read_scenario

        steps = read_scenario(scenario)
    else:
        parsed = [parse_command(text) for text in commands or ()]
        times = Counter(words[0] for words, _ in parsed)
        number: Counter[str] = Counter()
        steps = []
        for words, service in parsed:
            number[words[0]] += 1
            name = words[0] if times[words[0]] == 1 else f"{words[0]}-{number[words[0]]}"
            steps.append(Step(name, words, service=service, reads_stdin=not steps))
    runner = Runner(environment, steps, prefix=not no_prefix, timeout=timeout)
    try:
        runner.run()
        report(environment, runner.results, scenario=scenario is not None)
    finally:
        if junit is not None:
            write_junit(environment, junit, runner.results, scenario or "zmqcli run")
