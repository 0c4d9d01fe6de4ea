"""What makes a run that of a drill, and what its report says."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import DRILL, ConfigurationId, RunId, names_drill
from core.report import AftermathReport, Decision, GateReport, Rehearsal
from core.timeline import plan
from tests.builders import CONFIGURATION, NOON, RUN

ID = RunId.parse(RUN)
NAMES = st.text(string.ascii_letters + string.digits + "-._", min_size=1, max_size=40).filter(
    lambda name: name[0].isalnum() and not name.endswith(".") and ".." not in name
)
REACHED = Rehearsal(reached=True)
REPORT = GateReport(
    key="gate-x",
    run=f"{CONFIGURATION}/providers/Microsoft.Maintenance/applyUpdates/{DRILL}1",
    configuration=CONFIGURATION,
    mode="enforce",
    ending="drill",
    timeline=plan(start=NOON, cancellation_cut_off=NOON, now=NOON, reserve=timedelta()),
    finished_at=NOON,
    decision=Decision(action="cancel", because=(), at=NOON),
    machine_count=0,
    rehearsal=REACHED,
)


@given(st.uuids().map(str) | st.integers(min_value=0).map(str))
def test_a_name_that_azure_gives_is_never_that_of_a_drill(name: str) -> None:
    """It names runs by itself: with a GUID, or with digits."""
    assert not replace(ID, name=name[:100]).is_drill


@given(NAMES.filter(lambda name: name.lower() != "default"))
def test_only_the_beginning_of_the_name_makes_a_drill(name: str) -> None:
    """And nothing that stands elsewhere in it."""
    assert replace(ID, name=name).is_drill is name.lower().startswith("patchgate-drill-")
    assert not replace(ID, name=f"x{DRILL}{name}").is_drill


@given(NAMES, st.data())
def test_a_drill_is_one_in_every_letter_case(name: str, data: st.DataObject) -> None:
    """As ids compare: what one source of Azure writes in capitals is the same run."""
    flips = data.draw(st.lists(st.booleans(), min_size=len(DRILL), max_size=len(DRILL)))
    mark = "".join(c.upper() if flip else c for c, flip in zip(DRILL, flips, strict=True))
    run = replace(ID, name=f"{mark}{name}")
    assert run.is_drill
    assert names_drill(str(run))
    assert names_drill(run.key)


def test_a_configuration_of_such_a_name_has_real_runs() -> None:
    """It is the run that is marked, by the last part of its id."""
    named = ConfigurationId.parse(CONFIGURATION.replace("weekly-prod", f"{DRILL}weekly"))
    run = RunId(configuration=named, name=ID.name)
    assert not run.is_drill
    assert not names_drill(str(run))


@pytest.mark.parametrize(
    ("rehearsal", "headline"),
    [
        (REACHED, "drill, no run was touched: judged (cancel), and the cancel call was reached"),
        (
            Rehearsal(reached=False, problem="right: lacks it"),
            "drill, no run was touched: a run could NOT be cancelled: right: lacks it",
        ),
        (None, "drill, no run was touched: the way to a cancel call was not tried"),
    ],
    ids=["reached", "not reached", "not tried"],
)
def test_the_headline_says_that_it_was_a_drill(rehearsal: Rehearsal | None, headline: str) -> None:
    """And whether a run could have been cancelled."""
    assert replace(REPORT, rehearsal=rehearsal).headline == headline


def test_the_end_of_a_drill_s_run_says_so_too() -> None:
    """Whoever sends a post event of one is told that there is no such run."""
    end = AftermathReport(
        key="aftermath-x",
        run=REPORT.run,
        configuration=CONFIGURATION,
        ended="unknown",
        event_status="Succeeded",
        status="",
        message="",
        results=(),
        finished_at=NOON,
    )
    assert end.headline.startswith("drill, there is no such run: ")
    assert replace(end, run=RUN).headline.startswith("run ended")
