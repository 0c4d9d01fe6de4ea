"""Which machines assignments and dynamic scopes give."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.testing import a_machine
from cli.azure.assignments import assigned_machines, scopes_of
from cli.azure.dynamic_scope import DynamicScope
from core.model import Machine
from tests.cli.runs.world import CONFIGURATION, HOME, OTHER, RUN, cloud

WHERE = "providers/Microsoft.Maintenance/configurationAssignments"
VM = f"/subscriptions/{HOME}/resourceGroups/Estate/providers/Microsoft.Compute/virtualMachines"
MACHINES = (
    "[[machines]]\nname = 'web'\nsubscription = 1\ntags = {env = 'prod', Tier = 'front'}\n"
    "[[machines]]\nname = 'sql'\nsubscription = 1\nos = 'Windows'\ntags = {env = 'Prod'}\n"
    "[[machines]]\nname = 'arc'\nsubscription = 1\nkind = 'arc'\nlocation = 'northeurope'\n"
    "[[machines]]\nname = 'far'\nsubscription = 2\nresource_group = 'Elsewhere'\n"
)


def assignment(under: str, name: str = "a", **told: Any) -> str:
    """A row of a scenario: an assignment that lies there. `told` is its filter."""
    subscription = 2 if OTHER in under else 1
    shown = "" if not told else f", filter = {_toml(told)}"
    return (
        f"[[rows]]\ntable = 'maintenanceresources'\nsubscription = {subscription}\n"
        f"type = 'microsoft.maintenance/configurationassignments'\nid = '{under}/{WHERE}/{name}'\n"
        f"properties = {{maintenanceConfigurationId = '{CONFIGURATION.lower()}'{shown}}}\n"
    )


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f"'{value}'"


def found(*assignments: str) -> tuple[set[str], list[str]]:
    """The names of the machines that are assigned, and what is missing."""
    with cloud(MACHINES + "".join(assignments)) as azure:
        connection = azure.patient()
        scopes = scopes_of(connection.graph, RUN.configuration, connection.soon())
        assigned = assigned_machines(connection.graph, scopes, connection.soon())
    assert set(assigned.by) == {machine.id.lower() for machine in assigned.machines}
    names = {machine.name for machine in assigned.machines}
    return names, [f"{gap.subject}: {gap.problem}" for gap in assigned.gaps]


IN_HOME = f"/subscriptions/{HOME}"


@pytest.mark.parametrize(
    ("assignments", "names"),
    [
        ((assignment(f"{VM}/WEB"),), {"web"}),
        ((assignment(IN_HOME),), {"web", "sql", "arc"}),
        ((assignment(IN_HOME, resourceTypes=[], locations=[]),), {"web", "sql", "arc"}),
        ((assignment(f"/subscriptions/{OTHER}"),), {"far"}),
        ((assignment(f"{IN_HOME}/resourceGroups/ESTATE"),), {"web", "sql", "arc"}),
        ((assignment(f"{IN_HOME}/resourceGroups/other"),), set()),
        ((assignment(IN_HOME, osTypes=["windows"]),), {"sql"}),
        ((assignment(IN_HOME, locations=["North Europe"]),), {"arc"}),
        ((assignment(IN_HOME, resourceGroups=["estate"]),), {"web", "sql", "arc"}),
        (
            (assignment(IN_HOME, resourceTypes=["Microsoft.Compute/VirtualMachines"]),),
            {"web", "sql"},
        ),
        (
            (
                assignment(
                    IN_HOME, tagSettings={"filterOperator": "All", "tags": {"ENV": ["prod"]}}
                ),
            ),
            {"web"},
        ),
        (
            (
                assignment(
                    IN_HOME,
                    tagSettings={
                        "filterOperator": "any",
                        "tags": {"env": ["Prod"], "tier": ["front"]},
                    },
                ),
            ),
            {"web", "sql"},
        ),
        (
            (assignment(f"{VM}/web", "b"), assignment(f"/subscriptions/{OTHER}")),
            {"web", "far"},
        ),
    ],
    ids=range(13),
)
def test_an_assignment_gives_these_machines(assignments: tuple[str, ...], names: set[str]) -> None:
    given, gaps = found(*assignments)
    assert given == names
    assert bool(gaps) == (not names)  # an empty list is a gap, and never "no machines"


@pytest.mark.parametrize(
    ("assignments", "gap"),
    [
        (
            (assignment(IN_HOME, tagSettings={"filterOperator": "Maybe", "tags": {"a": ["b"]}}),),
            "assignment a: it is not understood: its filterOperator is Maybe, neither Any nor All",
        ),
        (
            (assignment(IN_HOME, resourceTypes=["Microsoft.Web/sites"]),),
            "assignment a: it is not understood: its resource type microsoft.web/sites is",
        ),
        (
            (assignment(f"{VM}/gone"),),
            "machine gone: it is assigned, and is gone or cannot be read",
        ),
        (
            (assignment(f"{IN_HOME}/resourceGroups/g/providers/Microsoft.Web/sites/x"),),
            "assignment a: it is not understood: machine id ",
        ),
        (
            (assignment(IN_HOME, osTypes="Linux"),),
            "assignment a: it is not understood: its osTypes are no list of texts",
        ),
    ],
    ids=range(5),
)
def test_what_is_not_understood_or_hidden_is_a_gap(assignments: tuple[str, ...], gap: str) -> None:
    _, gaps = found(*assignments, assignment(f"{VM}/web", "sane"))
    assert any(gap in one for one in gaps), gaps


def test_assignments_of_another_configuration_do_not_count() -> None:
    other = assignment(IN_HOME).replace("Weekly".lower(), "monthly")
    names, gaps = found(other)
    assert names == set()
    assert gaps == ["assignments: no assignment of this configuration can be seen"]


def test_a_lost_answer_is_a_gap() -> None:
    with cloud("[[faults]]\non = 'graph'\nalways = true\nstatus = 503\n") as azure:
        connection = azure.patient()
        scopes = scopes_of(connection.graph, RUN.configuration, connection.soon())
    assert [gap.subject for gap in scopes.gaps] == ["assignments"]
    assert scopes.gaps[0].problem.startswith("the list is not complete: ")


TAGS = st.dictionaries(st.sampled_from(["env", "tier", "owner"]), st.sampled_from(["a", "b"]))
WANTED = st.dictionaries(
    st.sampled_from(["ENV", "tier"]), st.frozensets(st.sampled_from(["a", "b"]), min_size=1)
)


@given(tags=TAGS, wanted=WANTED)
def test_all_of_the_tags_is_stricter_than_any_of_them(
    tags: dict[str, str], wanted: dict[str, frozenset[str]]
) -> None:
    machine: Machine = a_machine(tags=tags)
    subscription = machine.subscription.lower()

    def takes(*, every: bool) -> bool:
        scope = DynamicScope(
            id="x", subscription=subscription, tags=tuple(wanted.items()), all_tags=every
        )
        return scope.takes(machine)

    lowered = {name.lower(): value for name, value in tags.items()}
    held = [lowered.get(name.lower()) in values for name, values in wanted.items()]
    assert takes(every=True) == all(held)
    assert takes(every=False) == (any(held) or not wanted)
    assert not takes(every=True) or takes(every=False)
