"""The story of a post event, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from core import wire
from core.model import PatchResult, PostMaintenanceEvent, RunEnd
from core.report import AftermathReport
from handlers.events import parse_event
from handlers.keys import key_of
from handlers.orders import AftermathOrder, CheckList
from tests.durable_host import Done, DurableHost, Instance, Raised
from tests.stories import Reaction, at, play, sample, seconds

LIMIT = 7200.0
PENDING = RunEnd(settled=False, status="InProgress", message="")
USER = "Maintenance cancelled using cancellation API at 2026-11-28T02:23:00Z"
SYSTEM = "Maintenance cancelled due to internal platform failure"

Reader = Callable[[datetime], Done | Raised | None]


def end(status: str, message: str = "", *results: tuple[str, int]) -> RunEnd:
    """A settled run."""
    lines = tuple(PatchResult(status=word, machines=count) for word, count in results)
    return RunEnd(settled=True, status=status, message=message, results=lines)


def played(
    read: Reader, *, ours: bool = False, steps: dict[str, Reaction] | None = None
) -> tuple[AftermathReport, Instance]:
    """The aftermath of the sample post event; `read` is what Resource Graph says, and when.

    No check is in force after the run, unless `steps` say so.
    """
    event = parse_event(sample("post.eventgrid"))
    assert isinstance(event, PostMaintenanceEvent)
    key = key_of("aftermath", event.run)

    def work(name: str, request: Any, now: datetime) -> Done | Raised | None:
        if steps and name in steps:
            return steps[name](request, now)
        usual = {"list_checks": wire.dump(CheckList(checks=()))}
        return read(now) if name == "read_ending" else Done(answer=usual.get(name))

    host = DurableHost(play, work, at("04:10"))
    order = AftermathOrder(key=key, event=event, ours=ours, give_up_after=LIMIT)
    instance = host.begin("aftermath", key, wire.dump(order))
    host.run()
    return wire.load(AftermathReport, instance.output), instance


def told(run_end: RunEnd, *, ours: bool = False) -> AftermathReport:
    """The report when Resource Graph knows at once."""
    return played(lambda now: Done(answer=wire.dump(run_end)), ours=ours)[0]


@pytest.mark.parametrize(
    ("run_end", "ours", "ended"),
    [
        (end("Succeeded", "", ("Succeeded", 6)), False, "installed"),
        (end("Succeeded", "", ("Succeeded", 5), ("Failed", 1)), False, "failed"),
        (end("Failed"), False, "failed"),
        (end("Cancelled", USER), True, "cancelled by us"),
        (end("Canceled", USER.upper()), False, "cancelled by somebody else"),
        (end("Cancelled", SYSTEM), False, "cancelled by the system"),
        (end("Cancelled", SYSTEM), True, "cancelled by the system"),
        (end("Cancelled"), False, "cancelled by somebody else"),
    ],
)
def test_it_says_how_the_run_ended(run_end: RunEnd, *, ours: bool, ended: str) -> None:
    """Installed, failed, or cancelled: by us, by somebody else, by the system."""
    report = told(run_end, ours=ours)
    assert report.ended == ended
    assert ended in report.headline


def test_it_waits_for_rows_that_come_late() -> None:
    """Resource Graph is asked again, ever less often, until its results are final."""
    report, instance = played(
        lambda now: Done(answer=wire.dump(PENDING if now < at("04:50") else end("Succeeded")))
    )
    assert report.ended == "installed"
    asked = [moment for moment, name, _ in instance.steps if name == "read_ending"]
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps == sorted(gaps)
    assert len(asked) < 12


@pytest.mark.parametrize(
    "read",
    [
        lambda now: Done(answer=wire.dump(PENDING)),
        lambda now: Raised(message="503"),
        lambda now: None,
        lambda now: Done(answer={"nonsense": 1}),
    ],
)
def test_it_gives_up_in_the_end_and_says_so(read: Reader) -> None:
    """No final result within the limit is "unknown", never "installed"."""
    report, _ = played(read)
    assert report.ended == "unknown"
    assert report.problem
    assert report.finished_at <= at("04:10") + seconds(LIMIT + 180)
