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
    "compiled.py": "sockets/test_batches.py",
    "commands/table.py": "e2e/test_help.py",
    "cli/typer_app.py": "e2e/test_help.py",
    "options/typer_command.py": "options/test_command.py",
    "cli/app.py": "e2e/test_help.py",
    "codecs/_api.py": "codecs/test__registry.py",
    "jobs/announce.py": "jobs/test_job.py",
    "bench/job.py": "e2e/test_bench.py",
    "options/bench.py": "options/test_groups.py",
    "options/exec.py": "options/test_groups.py",
    "jobs/execution.py": "e2e/test_exec.py",
    "pipe/job.py": "e2e/test_pipe.py",
    "options/line.py": "options/test_quick.py",
    "commands/plain.py": "e2e/test_push.py",
    "options/pipe.py": "options/test_groups.py",
    "terminal/listing.py": "e2e/test_options.py",
    "options/types.py": "options/test_groups.py",
    "scenario/report.py": "e2e/test_run.py",
    "scenario/runner.py": "e2e/test_run.py",
    "scenario/step.py": "e2e/test_run.py",
    "proxy/security.py": "e2e/test_proxy_security.py",
    "options/settings.py": "e2e/test_config.py",
    "options/proxy.py": "options/test_groups.py",
    "cli/version.py": "e2e/test_help.py",
    "completion/scripts.py": "test_completions.py",
    "completion/answer.py": "test_completions.py",
    "bench/measure.py": "e2e/test_bench.py",
    "exchange/duplex.py": "exchange/test_finish.py",
    "jobs/json_lines.py": "e2e/test_probe.py",
    "probe/report.py": "e2e/test_probe.py",
    "top/view.py": "e2e/test_top.py",
    "engine/hints.py": "e2e/test_hints.py",
    "engine/last_output.py": "faults/test_stdout.py",
    "engine/events.py": "e2e/test_monitor.py",
    "probe/deadline.py": "probe/test_plain_connection.py",
    "security/decisions.py": "security/test_allow_list.py",
    "security/config.py": "sockets/test_security.py",
    "sockets/curve.py": "security/test_certificates.py",
    "probe/handshake.py": "probe/test_steps.py",
    "exchange/plain_tcp.py": "e2e/test_stream.py",
    "probe/findings.py": "probe/test_steps.py",
    "proxy/forward.py": "e2e/test_proxy.py",
    "proxy/native.py": "e2e/test_proxy.py",
    "proxy/lifecycle.py": "e2e/test_proxy.py",
    "exec/execute.py": "e2e/test_exec.py",
    "pipe/loop.py": "e2e/test_pipe.py",
    "pipe/workers.py": "e2e/test_pipe.py",
    "exchange/receive.py": "exchange/test_finish.py",
    "engine/relay.py": "engine/test_engine.py",
    "exchange/reply.py": "exchange/test_finish.py",
    "exchange/request.py": "exchange/test_finish.py",
    "exchange/send.py": "exchange/test_finish.py",
    "engine/session.py": "engine/test_engine.py",
    "engine/socket_engine.py": "engine/test_engine.py",
    "cli/execute.py": "e2e/test_config.py",
    "engine/source.py": "exchange/test_source.py",
    "engine/waiting.py": "e2e/test_hints.py",
    "plug_ins.py": "e2e/test_plug_ins.py",
    "proxy/handling.py": "pipe/test_transform.py",
    "formats/_results.py": "filters/test_filters.py",
    "top/loop.py": "e2e/test_top.py",
    "formats/_api.py": "formats/test__registry.py",
    "diagnosis/facts.py": "diagnosis/test_rules.py",
    "diagnosis/silence.py": "diagnosis/test_rules.py",
    "sockets/config.py": "sockets/test_connection.py",
    "bench/loops.py": "e2e/test_bench.py",
    "sockets/setup.py": "sockets/test_connection.py",
}
COMMANDS_ELSEWHERE = {
    "codecs.py": "e2e/test_help.py",
    "completions.py": "test_completions.py",
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
