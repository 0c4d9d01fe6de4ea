"""One Azure may hold any number of runs."""

from __future__ import annotations

from core.ids import RunId
from simulator import load_scenario
from tests.simulator.world import CANCEL, END, RUN, START, SUBSCRIPTIONS, query, world

OTHER = RunId.parse(str(RUN).replace("/Weekly/", "/Monthly/"))
_ITS_MACHINES = "machines = [{ name = 'mainframe-{n}', count = 2 }]"


def _rows_of(run: RunId, name: str) -> str:
    return query(name).replace(str(RUN), str(run))


def test_each_run_has_its_own_machines_and_its_own_state() -> None:
    """What is cancelled is the run that was asked for."""
    with world("machines = [{ name = 'web' }]") as w:
        w.azure.add(load_scenario(_ITS_MACHINES), OTHER, (START, END), SUBSCRIPTIONS)
        own = w.rows(_rows_of(RUN, "run_machines"))
        other = w.rows(_rows_of(OTHER, "run_machines"))
        assert [row["machineId"].rpartition("/")[2] for row in own] == ["web"]
        assert sorted(row["machineId"].rpartition("/")[2] for row in other) == [
            "mainframe-1",
            "mainframe-2",
        ]
        assert w.send("PUT", str(OTHER), CANCEL).status_code == 200
        cancelled = w.azure.cancellations()
        assert (cancelled[RUN.key], w.azure.run_status) == (None, "Pending")
        assert cancelled[OTHER.key] is not None
        states = [w.rows(_rows_of(run, "run_state"))[0]["status"] for run in (RUN, OTHER)]
        assert states == ["Pending", "Cancelled"]


def test_a_subscription_is_there_once() -> None:
    """However many runs lie in it."""
    with world() as w:
        w.azure.add(load_scenario(_ITS_MACHINES), OTHER, (START, END), SUBSCRIPTIONS)
        subscriptions = w.rows("resourcecontainers | project id | order by id asc")
        assert len(subscriptions) == len({row["id"] for row in subscriptions}) == 2
