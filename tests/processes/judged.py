"""What must be true in the end, whatever happened on the way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.processes.world import Run, World

__all__ = ["all_are_judged_once", "what_came"]


def what_came(w: World, runs: Sequence[Run]) -> tuple[dict[str, int], float]:
    """How many runs ended how, and the seconds from the latest decision to its cut-off."""
    reports = _over(w, runs)
    blocked = {run.key: run for run in runs}
    told = [one["output"] for one in reports["instances"]]
    endings = Counter(
        f"{'blocked' if blocked[one['run'].lower()].blocked else 'fine'}: {one['ending']}"
        for one in told
    )
    spare = min(
        (blocked[o["run"].lower()].cut_off - datetime.fromisoformat(o["decision"]["at"]))
        for o in told
    )
    return dict(endings), spare.total_seconds()


def _over(w: World, runs: Sequence[Run]) -> Any:
    """The state of the hub when everything has ended."""
    return w.until(
        lambda state: (
            len(state["instances"]) >= len(runs)
            and all(instance["finished"] for instance in state["instances"])
            and all(delivery["taken"] for delivery in state["deliveries"])
        )
    )


def all_are_judged_once(w: World, runs: Sequence[Run]) -> None:
    """By the state of the hub, and by the true state of the simulator."""
    state = _over(w, runs)
    truth = w.truth()
    reports = {one["output"]["run"].lower(): one for one in state["instances"]}
    assert len(state["instances"]) == len(reports) == len(runs)
    for run in runs:
        gate, cancelled = reports[run.key], truth["cancelled"][run.key]
        assert gate["runtimeStatus"] == "Completed", gate["error"]
        decided = datetime.fromisoformat(gate["output"]["decision"]["at"])
        assert decided < run.cut_off, _why(gate)
        assert gate["output"]["ending"] == ("cancelled" if run.blocked else "proceeded"), _why(gate)
        assert [run.schedule, cancelled is not None] == [run.schedule, run.blocked]
        assert cancelled is None or datetime.fromisoformat(cancelled) < run.cut_off


def _why(gate: dict[str, Any]) -> str:
    told = {name: gate["output"][name] for name in ("decision", "gaps", "warnings")}
    return json.dumps({**told, "steps": gate["steps"], "created": gate["createdTime"]}, indent=1)
