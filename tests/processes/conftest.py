"""Real processes, killed. The worker among them needs Azure's library, and so Python 3.13."""

from __future__ import annotations

import importlib.util

import pytest

_MISSING = importlib.util.find_spec("azure_functions_runtime") is None

collect_ignore_glob = ["test_*.py"] if _MISSING else []


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, where it cannot be overlooked."""
    if _MISSING:
        terminalreporter.write_line(
            "tests/processes: not in this run; it needs azure-functions-runtime on Python 3.13 and "
            "runs by itself (make test-runtime)"
        )
