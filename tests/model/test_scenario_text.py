"""A scenario that is printed is read back as the same scenario."""

from __future__ import annotations

import string

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import Scenario, load_scenario
from simulator.scenario import (
    CancelRules,
    ConfigurationRules,
    ExtraRow,
    GraphRules,
    MachineGroup,
    RunRules,
    Site,
)
from tests.model.machine import faults
from tests.model.scenario_text import scenario_toml

_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
_plain = st.text(string.ascii_letters + " .-", max_size=9)
_tags = st.dictionaries(_texts, _texts, max_size=2)
_seconds = st.floats(0, 3600)
_kind_of_fault = st.sampled_from(["cancel", "read", "graph", "any", "arm"])
_json = st.recursive(
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _plain,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_plain, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def _groups(draw: st.DrawFn) -> MachineGroup:
    return MachineGroup(
        name=f"m{draw(st.integers(0, 9999))}-{{n}}",
        count=draw(st.integers(1, 3)),
        kind=draw(st.sampled_from(["vm", "arc"])),
        power=draw(st.none() | st.just("deallocated")),
        tags=draw(_tags),
        subscription=draw(st.none() | st.integers(1, 9)),
        lag=draw(st.none() | _seconds),
        readable=draw(st.booleans()),
        backup_age=draw(st.floats(0, 100)),
        absent=draw(st.sampled_from([(), ("resources",)])),
    )


_rows = st.builds(
    ExtraRow,
    table=st.just("resources"),
    type=st.just("microsoft.a/b"),
    name=st.none() | _plain,
    tags=st.none() | st.dictionaries(_plain, _plain, max_size=1),
    properties=st.dictionaries(_plain, _json, max_size=3),
    zones=st.none() | st.just(("1", "2")),
    lag=_seconds,
)
_sites = st.builds(
    Site, name=st.just("shop"), status=st.integers(200, 599), body=_texts, delay=_seconds
)
_scenarios = st.builds(
    Scenario,
    title=_texts,
    machines=st.lists(_groups(), max_size=3, unique_by=lambda group: group.name).map(tuple),
    graph=st.builds(
        GraphRules,
        lag=_seconds,
        page_size=st.integers(1, 1000),
        hidden_subscriptions=st.sampled_from([(), (1,), (1, 2)]),
        refuse_unreadable=st.booleans(),
    ),
    cancel=st.builds(CancelRules, status=st.sampled_from([200, 201, 202]), read=st.booleans()),
    run=st.builds(
        RunRules,
        cancelled_by=st.just("system"),
        cancelled_after=st.none() | _seconds,
        ends_after=st.none() | _seconds,
    ),
    configuration=st.builds(ConfigurationRules, tags=_tags),
    rows=st.lists(_rows, max_size=2).map(tuple),
    sites=st.lists(_sites, max_size=1).map(tuple),
    faults=st.lists(_kind_of_fault.flatmap(faults), max_size=3).map(tuple),
)


@settings(
    max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(_scenarios)
def test_what_is_printed_is_read_back(scenario: Scenario) -> None:
    assert load_scenario(scenario_toml(scenario)) == scenario


def test_defaults_are_not_printed() -> None:
    assert scenario_toml(Scenario()) == ""
