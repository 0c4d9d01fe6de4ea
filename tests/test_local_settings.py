"""local.settings.example.json is what a developer copies: it must be right, and harmless."""

import json
from pathlib import Path

from core.settings import VARIABLES, Settings

ROOT = Path(__file__).resolve().parent.parent
VALUES = json.loads((ROOT / "local.settings.example.json").read_text(encoding="utf-8"))["Values"]


def test_it_names_every_setting_with_the_value_that_is_in_force_without_it() -> None:
    assert VARIABLES.keys() <= VALUES.keys()
    assert Settings.from_environment(VALUES) == Settings()


def test_the_worker_has_a_thread_for_every_orchestrator_that_the_host_may_start() -> None:
    """Activities and triggers are coroutines, whose work has threads of its own."""
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    at_once = host["extensions"]["durableTask"]["maxConcurrentOrchestratorFunctions"]
    assert int(VALUES["PYTHON_THREADPOOL_THREAD_COUNT"]) > 2 * at_once
