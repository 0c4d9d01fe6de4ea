"""What a check may ask: the whole answer, or `CannotTell`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from checks import CannotTell, Run
from handlers.orders import RunHead
from handlers.steps.surroundings import RunArm, RunGraph
from tests.checks.asking import EVENT, Site, site

REFUSED = """
[[faults]]
on = "graph"
always = true
status = 403
"""


def run() -> Run:
    """The sample event's run."""
    return RunHead.of(EVENT).with_machines(())


def graph(world: Site, seconds: float = 60) -> RunGraph:
    """Resource Graph, for checks of that run."""
    until = world.services.clock.now() + timedelta(seconds=seconds)
    return RunGraph(client=world.services.graph, run=run(), until=until)


def arm(world: Site) -> RunArm:
    """Azure Resource Manager, for checks."""
    until = world.services.clock.now() + timedelta(seconds=60)
    return RunArm(client=world.services.reader, until=until)


def test_a_query_knows_its_run(tmp_path: Path) -> None:
    """From a file or a text, with values of the check's own."""
    text = """// the machines of a run
        maintenanceresources
        | where type =~ 'microsoft.maintenance/applyupdates'
        | where tostring(properties.correlationId) =~ {run_id}
        | extend machine = tostring(properties.resourceId)
        | where machine endswith {name}
        | project id, machine | order by id asc"""
    file = tmp_path / "machines.kql"
    file.write_text(text, encoding="utf-8")
    with site("") as world:
        (row,) = graph(world).ask(file, name="sql-01")
        assert row["machine"].endswith("/sql-01")
        assert graph(world).ask(text, name="nobody") == ()


def test_the_configurations_own_subscription_is_asked_too() -> None:
    """Where the run's own row is."""
    assert EVENT.configuration.subscription in run().subscriptions
    assert set(EVENT.subscriptions) <= set(run().subscriptions)


def test_a_query_that_is_refused_has_no_rows_and_no_empty_answer() -> None:
    with site("") as world, pytest.raises(CannotTell, match="refused"):
        graph(world).ask("nosuchtable | project id | order by id asc")


def test_a_resource_graph_that_fails_to_the_end_is_no_empty_answer() -> None:
    with site(REFUSED) as world, pytest.raises(CannotTell, match="403"):
        graph(world).ask("resources | project id | order by id asc")


def test_only_files_of_queries_are_read(tmp_path: Path) -> None:
    """A check names the file, and the app reads it with rights that the check may not have."""
    secret = tmp_path / "environ"
    secret.write_text("resources", encoding="utf-8")
    with site("") as world:
        with pytest.raises(CannotTell, match=r"must end with \.kql"):
            graph(world).ask(secret)
        assert world.azure.seen == ()


def test_no_subscription_is_not_every_subscription() -> None:
    """Resource Graph would take an empty list for all that our identity can see."""
    with site("") as world, pytest.raises(CannotTell, match="no subscription"):
        graph(world).ask("resources | project id", subscriptions=())


def test_a_subscription_that_is_none_is_not_asked() -> None:
    with site("") as world, pytest.raises(CannotTell, match="GUID"):
        graph(world).ask("resources | project id", subscriptions=("x",))


@pytest.mark.parametrize(
    "path", ["relative", "/a/../b", "/a//b", "/a?x=1", "/a#b", "/a\n", "/", "https://x/y", "/a%2f"]
)
def test_a_path_that_is_none_is_not_asked(path: str) -> None:
    with site("") as world:
        with pytest.raises(CannotTell):
            arm(world).get(path, api_version="2024-07-01")
        assert world.azure.seen == ()


def test_an_object_that_is_not_there_cannot_be_told() -> None:
    with site("") as world, pytest.raises(CannotTell, match="404"):
        arm(world).get("/subscriptions/x/nothing", api_version="2024-07-01")
