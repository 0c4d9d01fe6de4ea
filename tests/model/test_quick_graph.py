"""The quick graph answers as the simulator's does, which executes the KQL itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arg_queries.kql import query
from core.kql import fill
from core.model import PreMaintenanceEvent
from simulator import Azure, Scenario
from simulator.messages import Request
from simulator.scenario import ConfigurationRules, GraphRules, MachineGroup
from tests.fakes import FakeClock
from tests.model.azure_in_memory import QuickAzure
from tests.model.quick_graph import MACHINES_RUNNING
from tests.stories import pre_event

_EVENT: PreMaintenanceEvent = pre_event()
_NOW = _EVENT.start - timedelta(minutes=38)


@st.composite
def _groups(draw: st.DrawFn) -> MachineGroup:
    number = draw(st.integers(0, 999))
    kind = draw(st.sampled_from(["vm", "arc"]))
    return MachineGroup(
        name=f"m{number}-{{n}}",
        count=draw(st.integers(1, 3)),
        kind=kind,  # type: ignore[arg-type]
        power=draw(st.sampled_from([None, "deallocated" if kind == "vm" else "Disconnected"])),
        os=draw(st.sampled_from(["Linux", "Windows"])),
        tags=draw(st.sampled_from([{}, {"patch": "never"}, {"Owner": "a'b\"c\\"}])),
        subscription=draw(st.sampled_from([None, 1, 2])),
        lag=draw(st.sampled_from([None, 0.0, 60.0])),
        readable=draw(st.booleans()),
        in_run=draw(st.booleans()),
    )


_scenarios = st.builds(
    Scenario,
    machines=st.lists(_groups(), max_size=3, unique_by=lambda group: group.name).map(tuple),
    graph=st.builds(
        GraphRules,
        lag=st.sampled_from([0.0, 30.0]),
        run_row_lag=st.sampled_from([0.0, 45.0]),
        page_size=st.sampled_from([1, 2, 1000]),
        hidden_subscriptions=st.sampled_from([(), (1,), (2,), (1, 2)]),
        refuse_unreadable=st.booleans(),
        quota=st.sampled_from([0, 9]),
    ),
    configuration=st.builds(
        ConfigurationRules, tags=st.sampled_from([{}, {"Env": "prod", "a": "b"}])
    ),
)

_QUERIES = (
    query("run_machines", _EVENT.run),
    query("run_state", _EVENT.run),
    query("run_results", _EVENT.run),
    query("readable_subscriptions"),
    query("configuration_tags", configuration_id=str(_EVENT.configuration)),
    query("upcoming_runs", since=_NOW, until=_EVENT.start),
    query("upcoming_runs", since=_NOW, until=_EVENT.start - timedelta(seconds=1)),
    fill(MACHINES_RUNNING, {"run_id": str(_EVENT.run)}),
)


@settings(max_examples=5, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(_scenarios, st.sampled_from([0.0, 31.0]), st.booleans())
def test_both_graphs_answer_alike(scenario: Scenario, later: float, cancelled: bool) -> None:  # noqa: FBT001
    slow, quick = _worlds(scenario)
    for seconds in (0.0, later, 60.0):
        for azure, clock in (slow, quick):
            clock.sleep(seconds)
            if cancelled and seconds == later:
                azure.answer(azure.arrive(_cancel()))
        for text in _QUERIES:
            wanted = _answers(*slow, text)
            assert _answers(*quick, text) == wanted, text


def test_a_query_that_it_does_not_know_is_refused_and_never_empty() -> None:
    azure, _ = _worlds(Scenario())[1]

    reply = azure.answer(azure.arrive(_ask("resources | project id", {})))

    assert reply.status == 400


_World = tuple[Azure, FakeClock]


def _worlds(scenario: Scenario) -> tuple[_World, _World]:
    made = []
    for kind in (Azure, QuickAzure):
        clock = FakeClock(_NOW)
        azure = kind(
            scenario,
            run=_EVENT.run,
            start=_EVENT.start,
            end=_EVENT.end,
            subscriptions=_EVENT.subscriptions,
            clock=clock,
        )
        made.append((azure, clock))
    return made[0], made[1]


def _answers(azure: Azure, _clock: FakeClock, text: str) -> list[Any]:
    """Status and body of every page."""
    found: list[Any] = []
    options: dict[str, Any] = {"resultFormat": "objectArray"}
    while True:
        reply = azure.answer(azure.arrive(_ask(text, options)))
        body = dict(reply.body)
        for row in body.get("data", ()):
            if "subscriptions" in row:
                row["subscriptions"] = sorted(row["subscriptions"])
        found.append((reply.status, body, dict(reply.headers)))
        if "$skipToken" not in body:
            return found
        options = {**options, "$skipToken": body["$skipToken"]}


def _ask(text: str, options: dict[str, Any]) -> Request:
    return Request(
        method="POST",
        path="/providers/Microsoft.ResourceGraph/resources",
        api_version="2021-03-01",
        authorised=True,
        json={"query": text, "subscriptions": list(_EVENT.subscriptions), "options": options},
    )


def _cancel() -> Request:
    return Request(
        method="PUT",
        path=str(_EVENT.run),
        api_version="2023-09-01-preview",
        authorised=True,
        json={"properties": {"status": "Cancel"}},
    )
