"""The sample checks are there to be copied: they load, and do what they say."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from checks.discovery import discover
from cli.project import SAMPLES
from core.clock import SystemClock
from core.model import Machine, Outcome, Run, Status, Tags
from plugins.api import Context
from plugins.config import config_of
from plugins.definition import Definition
from plugins.runner import ask_check
from tests.cli.reports import CONFIGURATION, RUN, at, machine


def ask(
    name: str, *machines: Machine, folder: str = "checks", seconds: float = 5.0, **config: Any
) -> tuple[Outcome, ...]:
    """What a sample check says of the sample run with these machines."""
    found = {check.name: check for check in discover(SAMPLES / folder)}[name]
    assert isinstance(found, Definition), found
    run = Run(
        id=RUN,
        configuration_id=CONFIGURATION,
        name="20261128030000",
        start=at("03:00:00"),
        end=at("05:00:00"),
        machines=machines,
    )
    clock = SystemClock()
    context: Context[Any] = Context(
        run=run,
        now=clock.now(),
        deadline=clock.now() + timedelta(seconds=seconds),
        config=config_of(found, config),
        log=logging.getLogger("test"),
    )
    return ask_check(found, run, context, clock)


def node(name: str, cluster: str | None) -> Machine:
    """A machine, tagged with its cluster."""
    return Machine(id=machine(name), name=name, tags=Tags({"Cluster": cluster} if cluster else {}))


def test_nodes_of_one_cluster_are_not_patched_together() -> None:
    outcomes = ask(
        "clusters_stay_up", node("a", "sql"), node("b", "SQL"), node("c", "web"), node("d", None)
    )
    assert [outcome.status for outcome in outcomes] == [
        Status.BLOCKED,
        Status.BLOCKED,
        Status.PASSED,
        Status.SKIPPED,
    ]


@pytest.mark.parametrize(
    ("config", "status"),
    [
        ({}, Status.PASSED),
        ({"days": ["Sat", "Sun"]}, Status.PASSED),
        ({"days": ["Mon", "Fri"]}, Status.BLOCKED),
        ({"days": ["Fri"], "timezone": "America/New_York"}, Status.PASSED),
        ({"timezone": "Nowhere"}, Status.UNKNOWN),
    ],
)
def test_a_run_starts_on_a_day_of_the_sites_choice(config: dict[str, Any], status: Status) -> None:
    """The sample run starts on a Saturday at 03:00 UTC, when it is still Friday in New York."""
    (outcome,) = ask("patch_days", **config)
    assert outcome.status is status


def test_the_hanging_check_gives_no_answer() -> None:
    (outcome,) = ask("vendor_agrees", folder="hanging_checks", seconds=0.5)
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, "did not answer in time")
