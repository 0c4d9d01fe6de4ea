"""local.settings.example.json is what a developer copies: it must be right, and harmless."""

import json
from pathlib import Path

from core.policy import Policy
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


def test_work_of_an_instance_that_died_comes_back_within_the_reserve() -> None:
    """Durable hides it from the others for five minutes by default: longer than a run can wait."""
    durable = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))["extensions"]
    durable = durable["durableTask"]
    for queue in ("controlQueueVisibilityTimeout", "workItemQueueVisibilityTimeout"):
        hours, minutes, seconds = map(int, durable["storageProvider"][queue].split(":"))
        hidden = hours * 3600 + minutes * 60 + seconds
        # Durable renews while the work goes on, thirty seconds before it would be shown.
        assert 60 <= hidden < Policy().reserve
