"""Values cross borders as JSON and come back equal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core import wire
from core.ids import RunId
from core.model import (
    Asking,
    Batch,
    Gap,
    Machine,
    Outcome,
    PatchResult,
    PostMaintenanceEvent,
    PreMaintenanceEvent,
    Run,
    RunEnd,
    Status,
    Tags,
    Verdict,
)
from core.policy import CheckPolicy, Policy
from core.policy.reading import parse_policy_file
from core.report import (
    AftermathReport,
    Call,
    Cancellation,
    CheckReport,
    Decision,
    GateReport,
    MachineLine,
    Reason,
    Tally,
)
from core.timeline import Timeline, plan
from handlers.orders import (
    AftermathOrder,
    CancelRequest,
    CheckAnswer,
    CheckList,
    CheckRequest,
    CheckSpec,
    EndRequest,
    GateOrder,
    ListRequest,
    Look,
    LookRequest,
    RunHead,
)
from tests.builders import CONFIGURATION, NOON, RUN, SUBSCRIPTION, machine, run, through_json

LATER = NOON + timedelta(minutes=40)
RUN_ID = RunId.parse(RUN)
PRE = PreMaintenanceEvent(
    run=RUN_ID,
    event_time=NOON.replace(microsecond=123456),
    start=LATER,
    end=LATER + timedelta(hours=2),
    subscriptions=(SUBSCRIPTION,),
    cancellation_cut_off=LATER - timedelta(minutes=1),
)
POST = PostMaintenanceEvent(
    run=RUN_ID,
    event_time=NOON,
    start=LATER,
    end=LATER + timedelta(hours=2),
    subscriptions=(),
    status="Succeeded",
)
POLICY = Policy(mode="observe", checks={"c": CheckPolicy(tolerance="5%", config={"a": [1, None]})})
TIMELINE = plan(start=LATER, cancellation_cut_off=LATER, now=NOON, reserve=timedelta(minutes=2))
OUTCOME = Outcome(
    check="c",
    status=Status.BLOCKED,
    machine="/machines/a",
    reason="is off",
    evidence={"a": 1, "b": 1.5, "c": True, "d": None, "e": "1", "f": ""},
    seconds=0.25,
)
GAP = Gap(subject="machines", problem="none", remedy="ask again")
BATCH = wire.pack([machine("a", tags=Tags({"Patch": "never"}), kind="arc", power="connected")])
HEAD = RunHead(id=RUN, configuration_id=CONFIGURATION, name="r", start=NOON, end=LATER)
CHECK = CheckReport(
    name="c",
    title="C",
    scope="machine",
    required=True,
    on_unknown="cancel",
    origin="x.py:1",
    tally=Tally(passed=1, blocked=2, skipped=3, unknown=4),
    outcomes=(OUTCOME,),
    unlisted=5,
)
DECISION = Decision(
    action="cancel",
    because=(Reason(about="c", text="is off", remedy="start it", machines=("/machines/a",)),),
    at=NOON,
)
CANCELLATION = Cancellation(
    confirmed=True,
    state="cancelled",
    confirmed_by="read-back",
    confirmed_at=NOON,
    attempts=2,
    calls=(Call(at=NOON, method="PUT", what=RUN, status=None, meaning="no answer"),),
    problem="x",
)
LINE = MachineLine(id="/machines/a", name="a", kind="arc")
ASKING = Asking(timeout=5.5, patience=60, every=10, isolation="process", memory=64)
SPEC = CheckSpec(name="c", title="C", scope="run", origin="x.py:1", asking=ASKING, problem="p")
FILE = parse_policy_file('mode = "observe"\n[[for]]\ntags = { a = "b" }\n[for.checks.c]\n')

VALUES: list[Any] = [
    RUN_ID,
    RUN_ID.configuration,
    PRE,
    POST,
    POLICY,
    TIMELINE,
    OUTCOME,
    GAP,
    BATCH,
    run("a", "b"),
    machine("a", tags=Tags({"Patch": "never", "": "x"}), location="westeurope"),
    Verdict(status=Status.PASSED, evidence={"a": 1}),
    CHECK,
    DECISION,
    CANCELLATION,
    LINE,
    RunEnd(
        settled=True,
        status="Cancelled",
        message="by",
        results=(PatchResult(status="F", machines=2),),
    ),
    GateReport(
        key="gate-x",
        run=RUN,
        configuration=CONFIGURATION,
        mode="enforce",
        ending="cancelled",
        timeline=TIMELINE,
        finished_at=LATER,
        decision=DECISION,
        machine_count=2,
        machines=(LINE,),
        checks=(CHECK,),
        gaps=(GAP,),
        warnings=("w",),
        cancellation=CANCELLATION,
    ),
    AftermathReport(
        key="aftermath-x",
        run=RUN,
        configuration=CONFIGURATION,
        ended="installed",
        event_status="Succeeded",
        status="Completed",
        message="",
        results=(PatchResult(status="Succeeded", machines=2),),
        finished_at=LATER,
        problem="p",
        checks=(CHECK,),
        findings=DECISION.because,
        warnings=("w",),
    ),
    FILE,
    GateOrder(key="gate-x", event=PRE, policy=POLICY, by_tags=FILE),
    AftermathOrder(key="aftermath-x", event=POST, ours=True, give_up_after=60.0, policy=POLICY),
    SPEC,
    ListRequest(configuration=PRE.configuration, policy=POLICY, until=NOON, by_tags=FILE),
    CheckList(policy=POLICY, checks=(SPEC,), gaps=(GAP,)),
    HEAD,
    RunHead.of(POST, RunEnd(settled=True, status="Failed", message="m")),
    LookRequest(run=RUN_ID, subscriptions=(SUBSCRIPTION,), until=NOON, known=(BATCH,)),
    Look(total=1, fingerprint="f", newcomers=(BATCH,), lines=(LINE,), gaps=(GAP,), silent=("s",)),
    CheckRequest(check="c", run=HEAD, machines=(BATCH,), deadline=LATER, asking=ASKING),
    CheckAnswer(tally=Tally(unknown=1), outcomes=(OUTCOME,), unlisted=3, asked=2, notes=("n",)),
    CancelRequest(run=RUN_ID, until=NOON, because="is off"),
    EndRequest(run=RUN_ID, subscriptions=(), until=NOON),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_every_value_comes_back_equal(value: Any) -> None:
    """Through real JSON, and of the same type."""
    kind: type[Any] = type(value)
    back = wire.load(kind, through_json(wire.dump(value)))
    assert back == value
    assert type(back) is kind


def test_evidence_keeps_its_types() -> None:
    """A number that was a text stays a text, and True does not become 1."""
    back = wire.load(Outcome, through_json(wire.dump(OUTCOME)))
    assert repr(back.evidence) == repr(OUTCOME.evidence)


moments = st.datetimes(timezones=st.just(NOON.tzinfo))


@settings(deadline=None, max_examples=100)
@given(start=moments, now=moments, reserve=st.timedeltas())
def test_a_timeline_at_any_end_of_the_calendar_comes_back(
    start: Any, now: Any, reserve: timedelta
) -> None:
    """To the microsecond."""
    value = plan(start=start, cancellation_cut_off=start, now=now, reserve=reserve)
    assert wire.load(Timeline, through_json(wire.dump(value))) == value


@pytest.mark.parametrize(
    "json",
    [
        None,
        [],
        "text",
        {},
        {"tally": {"passed": "many"}},
        {"tally": {}, "outcomes": [{"check": "c", "status": "maybe"}]},
    ],
)
def test_half_a_value_is_refused(json: object) -> None:
    """What comes back is validated, so that a story never goes on with half a value."""
    with pytest.raises(ValidationError):
        wire.load(CheckAnswer, json)


texts = st.text(max_size=10)
machines = st.builds(
    Machine,
    id=texts,
    name=texts,
    kind=st.sampled_from(["vm", "arc"]),
    subscription=texts,
    location=st.none() | texts,
    power=st.none() | texts,
    tags=st.dictionaries(texts, texts, max_size=3).map(
        lambda given: Tags({name.casefold(): value for name, value in given.items()})
    ),
)


@settings(deadline=None, max_examples=100)
@given(batches=st.lists(st.lists(machines, max_size=4), max_size=3))
def test_packed_machines_come_out_in_order(batches: list[list[Machine]]) -> None:
    """Each batch says how many it holds without being opened."""
    packed = [wire.pack(batch) for batch in batches]
    assert [batch.count for batch in packed] == [len(batch) for batch in batches]
    again = [wire.load(Batch, through_json(wire.dump(batch))) for batch in packed]
    assert wire.unpack(again) == tuple(m for batch in batches for m in batch)


def test_five_hundred_machines_are_small() -> None:
    """A batch stays well below the 60 KB that a queue message may have."""
    many = [
        machine(
            f"web-{i}",
            id=f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-{i % 7}"
            f"/providers/Microsoft.Compute/virtualMachines/web-{i}",
            tags=Tags({"owner": "web", "patch": "wave-1"}),
        )
        for i in range(500)
    ]
    assert len(wire.pack(many).packed) < 20_000


def test_a_run_keeps_its_machines() -> None:
    """A run is given to a check as it was found."""
    value = run("a", "b")
    assert wire.load(Run, through_json(wire.dump(value))).machines == value.machines
