"""The tests mirror the package: every module has a test file, or this file says where it is tested instead."""

from __future__ import annotations

from pathlib import Path

import pytest

import zmqcli

PACKAGE = Path(zmqcli.__file__).parent
TESTS = Path(__file__).parent
MODULES = sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")

# What only shows in a whole process, and what is declarations alone.
ELSEWHERE = {
    "__main__.py": "e2e/test_help.py",
    "cli.py": "e2e/test_help.py",
    "codecs/_api.py": "codecs/test__registry.py",
    "commands/_announce.py": "commands/test_job.py",
    "commands/_benchmark.py": "e2e/test_bench.py",
    "commands/_exec_options.py": "commands/test_options.py",
    "commands/_execution.py": "e2e/test_exec.py",
    "commands/_pipe_job.py": "e2e/test_pipe.py",
    "commands/_pipe_options.py": "commands/test_options.py",
    "commands/_listing.py": "e2e/test_options.py",
    "commands/_option_types.py": "commands/test_options.py",
    "commands/_run_report.py": "e2e/test_run.py",
    "commands/_runner.py": "e2e/test_run.py",
    "commands/_step.py": "e2e/test_run.py",
    "commands/_proxy_security.py": "e2e/test_proxy_security.py",
    "commands/_settings.py": "e2e/test_config.py",
    "commands/_proxy_options.py": "commands/test_options.py",
    "commands/_version.py": "e2e/test_help.py",
    "completion/scripts.py": "test_completions.py",
    "completion/answer.py": "test_completions.py",
    "exchange/bench.py": "e2e/test_bench.py",
    "exchange/converse.py": "e2e/test_dealer.py",
    "commands/_json.py": "e2e/test_probe.py",
    "commands/_probe.py": "e2e/test_probe.py",
    "commands/_top.py": "e2e/test_top.py",
    "exchange/hints.py": "e2e/test_hints.py",
    "exchange/last_output.py": "faults/test_stdout.py",
    "exchange/watch.py": "e2e/test_monitor.py",
    "exchange/handshake.py": "exchange/test_probe.py",
    "exchange/plain_tcp.py": "e2e/test_stream.py",
    "exchange/probe_report.py": "exchange/test_probe.py",
    "exchange/forward.py": "e2e/test_proxy.py",
    "exchange/native.py": "e2e/test_proxy.py",
    "exchange/proxy.py": "e2e/test_proxy.py",
    "exchange/execute.py": "e2e/test_exec.py",
    "exchange/pipe.py": "e2e/test_pipe.py",
    "exchange/workers.py": "e2e/test_pipe.py",
    "exchange/receive.py": "e2e/test_pull.py",
    "exchange/relay.py": "e2e/test_proxy.py",
    "exchange/reply.py": "e2e/test_rep.py",
    "exchange/request.py": "e2e/test_req.py",
    "exchange/send.py": "e2e/test_push.py",
    "exchange/session.py": "e2e/test_limits.py",
    "exchange/top.py": "e2e/test_top.py",
    "records/_api.py": "records/test__registry.py",
    "sockets/facts.py": "sockets/test_diagnosis.py",
    "sockets/silence.py": "sockets/test_diagnosis.py",
    "sockets/config.py": "sockets/test_connection.py",
    "sockets/perf.py": "e2e/test_bench.py",
    "sockets/setup.py": "sockets/test_connection.py",
}
COMMANDS_ELSEWHERE = {
    "codecs.py": "e2e/test_help.py",
    "completions.py": "test_completions.py",
    "draft.py": "e2e/test_drafts.py",
}


def candidates(module: str) -> list[Path]:
    """Return where the tests of a module may be: `_api.py` has `test__api.py` or `test_api.py`."""
    path = Path(module)
    if module in ELSEWHERE:
        return [TESTS / ELSEWHERE[module]]
    if path.parts[0] == "commands" and not path.name.startswith("_"):
        return [TESTS / COMMANDS_ELSEWHERE.get(path.name, f"e2e/test_{path.name}")]
    return [TESTS / path.parent / f"test_{name}" for name in (path.name, path.name.lstrip("_"))]


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_test_file(module: str) -> None:
    assert any(path.exists() for path in candidates(module)), f"{module}: none of {candidates(module)}"


def test_no_exception_outlives_its_reason() -> None:
    modules = set(MODULES)

    assert set(ELSEWHERE) <= modules
    assert {f"commands/{name}" for name in COMMANDS_ELSEWHERE} <= modules
    shadowed = [module for module in ELSEWHERE if (TESTS / Path(module).parent / f"test_{Path(module).name}").exists()]
    assert not shadowed, "these have a test file of their own: take them out of the table"


def test_every_directory_of_tests_is_a_package() -> None:
    bare = [path for path in TESTS.rglob("test_*.py") if not (path.parent / "__init__.py").exists()]

    assert not bare
