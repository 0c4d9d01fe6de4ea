"""The simulated Azure as a process: HTTP on a port of its own, and a test that asks for the truth.

`python -m tests.processes.azure_process CLOCK SCENARIO` says on which URL it listens. Then each
line on its input is a command in JSON, and is answered with a line.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from core.model import PreMaintenanceEvent
from handlers.events import parse_event
from simulator import Azure, load_scenario, serve
from tests.processes.clock import StoryClock
from tests.processes.events import pre_event_of

__all__: list[str] = []


def _event(envelope: Any) -> PreMaintenanceEvent:
    event = parse_event(envelope)
    assert isinstance(event, PreMaintenanceEvent)
    return event


def _azure(clock: str, rules: str) -> Azure:
    """An Azure with one run that no event tells of: the runs of a test are added to it."""
    time = StoryClock(Path(clock))
    event = _event(pre_event_of("somebody-elses", time.now(), minutes=600))
    return Azure(
        load_scenario(rules),
        run=event.run,
        start=event.start,
        end=event.end,
        subscriptions=event.subscriptions,
        clock=time,
    )


def _answer(azure: Azure, command: dict[str, Any]) -> Any:
    """`add` runs of these events, with machines; or tell the truth about all of them."""
    if "add" in command:
        for envelope, schedule in command["add"]:
            event = _event(envelope)
            scenario = load_scenario(command["as"].replace("MACHINE", schedule))
            azure.add(scenario, event.run, (event.start, event.end), event.subscriptions)
        return {}
    seen = azure.seen
    return {
        "cancelled": {
            key: None if at is None else at.isoformat() for key, at in azure.cancellations().items()
        },
        "puts": Counter(one.path.lower() for one in seen if one.what == "cancel"),
        "answers": Counter(f"{one.what} {one.status}" for one in seen),
        "notes": sorted({one.note for one in seen if one.note}),
    }


def _main(clock: str, rules: str) -> None:
    azure = _azure(clock, rules)
    azure.warm()
    with serve(azure) as url:
        print(json.dumps({"url": url}), flush=True)  # noqa: T201 - to the test that asks
        for line in sys.stdin:
            print(json.dumps(_answer(azure, json.loads(line))), flush=True)  # noqa: T201


if __name__ == "__main__":
    _main(*sys.argv[1:])
