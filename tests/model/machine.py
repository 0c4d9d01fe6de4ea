"""The state machine: each rule adds one thing to tonight's story; the end plays it.

A story is put together first and played as a whole, because most of what goes wrong in one is
decided by when it goes wrong, and that shrinks best as numbers in one value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from simulator.scenario import Fault, MachineGroup
from tests.model.invariants import broken
from tests.model.saying import Phase
from tests.model.story import Death, Delivery, ScriptedCheck, SiteRule, Story, Stuck
from tests.model.world import Played, Product, play

__all__ = ["Stories", "faults"]

# Seconds. By the shorter ones as much can happen, and less is played of what only repeats.
_LEADS = (
    *(2280.0,) * 2,
    *(1200.0,) * 8,
    *(1100.0,) * 8,
    *(1020.0, 1020.0),
    *(900.0, 780.0, 700.0, 610.0, 400.0, 90.0, 5.0, -60.0),
)
# What passes, often enough that there are runs which are fine.
_WORDS = (
    *("pass",) * 6,
    "block",
    "hang",
    "raise",
    "none",
    "true",
    "text",
    "exit",
    "cannot tell",
    "skip",
)
_RUN_WORDS = ("each", "leaves out", "invents", "one blocked", "one true", "one cannot tell")
_STATUSES = (429, 500, 503, 400, 401, 403, 404, 409, 410, 200, 201, 202, 502)
_NAMES = ("c1", "c2", "c3")

_doubts = st.sampled_from(["cancel", "proceed"])
_maybe = st.none() | _doubts
_seconds = st.sampled_from([0.0, 1.0, 5.0, 20.0, 45.0, 120.0, 400.0])
_odd = st.sampled_from(["vm-01", "arc-01", "more-01"])
_maybe_odd = st.none() | _odd  # made once: Hypothesis looks long at a strategy that it meets first
_maybe_true = st.none() | st.booleans()


@st.composite
def _phases(draw: st.DrawFn, scope: str) -> tuple[Phase, ...]:
    words = st.sampled_from(_WORDS if scope == "machine" else (*_WORDS, *_RUN_WORDS))
    count = draw(st.sampled_from([1, 1, 1, 2, 3]))
    untils = sorted(draw(st.lists(st.integers(0, 2400), min_size=count, max_size=count)))[::-1]
    return tuple(
        Phase(
            says=draw(words), seconds=draw(_seconds), until=float(until) if n < count - 1 else 0.0
        )
        for n, until in enumerate(untils)
    )


@st.composite
def _checks(draw: st.DrawFn) -> ScriptedCheck:
    scope: Literal["machine", "run"] = draw(st.sampled_from(["machine", "run"]))
    patient = draw(st.sampled_from([False, False, True]))
    return ScriptedCheck(
        scope=scope,
        phases=draw(_phases(scope)),
        odd=draw(_maybe_odd) if scope == "machine" else None,
        is_async=draw(st.booleans()),
        advisory=draw(st.sampled_from([False, False, False, True])),
        on_unknown=draw(st.sampled_from(["cancel", "cancel", "proceed"])),
        timeout=draw(st.sampled_from([None, None, 10.0, 60.0])),
        patience=120.0 if patient else 0.0,
        every=30.0 if patient else 15.0,
    )


@st.composite
def faults(draw: st.DrawFn, on: str) -> Fault:
    which: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"first": 1},
                {"first": 2},
                {"first": 5},
                {"always": True},
                {"calls": (2,)},
                {"calls": (1, 3)},
                {"calls": (4, 5, 6)},
            ]
        )
    )
    kinds = ["status", "drop", "delay", "redirect", "body"] + ["effect"] * 2 * (on == "cancel")
    kind = draw(st.sampled_from(kinds))
    what: dict[str, Any] = {}
    if kind == "status":
        what["status"] = draw(st.sampled_from(_STATUSES))
        what["retry_after"] = draw(st.sampled_from([None, 5, 20, 120, 3600]))
        if on == "cancel":
            what["effect"] = draw(_maybe_true)
    elif kind == "drop":
        what["drop"] = draw(st.sampled_from(["before", "after"]))
    elif kind == "delay":
        what["delay"] = draw(st.sampled_from([2.0, 15.0, 40.0, 300.0, 1200.0]))
    elif kind == "redirect":
        what["redirect"] = "https://elsewhere.example/steal"
    elif kind == "body":
        what["body"] = draw(
            st.sampled_from(
                [
                    "",
                    "null",
                    "[]",
                    "{}",
                    "<html>",
                    '{"properties":{}}',
                    '{"data":[]}',
                    '{"properties":{"status":"Pending"}}',
                ]
            )
        )
    else:
        what["effect"] = False
    return Fault(on=on, **which, **what)  # type: ignore[arg-type]


class Stories(RuleBasedStateMachine):
    """Tonight's story grows rule by rule. `failed` is the last one that broke an invariant."""

    product: ClassVar[Product] = Product()
    failed: ClassVar[Played | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.story = Story(lead=1200.0)

    @initialize(
        lead=st.sampled_from(_LEADS),
        cut_off=st.sampled_from([*[60.0, 600.0] * 4, 900.0]),
        checks=st.lists(_checks(), max_size=2),
        pascal=st.booleans(),
        cloud=st.booleans(),
    )
    def arrives(
        self,
        lead: float,
        cut_off: float,
        checks: list[ScriptedCheck],
        *,
        pascal: bool,
        cloud: bool,
    ) -> None:
        self.story = replace(
            self.story,
            lead=lead,
            cut_off=cut_off,
            pascal=pascal,
            deliveries=(Delivery(cloud=cloud),),
            checks=tuple(
                replace(script, name=name) for name, script in zip(_NAMES, checks, strict=False)
            ),
        )

    def _scenario(self, **parts: Any) -> None:
        self.story = replace(self.story, scenario=replace(self.story.scenario, **parts))

    def _policy(self, **parts: Any) -> None:
        self.story = replace(self.story, policy=replace(self.story.policy, **parts))

    @precondition(lambda self: len(self.story.checks) < len(_NAMES))
    @rule(script=_checks())
    def a_check(self, script: ScriptedCheck) -> None:
        name = _NAMES[len(self.story.checks)]
        self.story = replace(self.story, checks=(*self.story.checks, replace(script, name=name)))

    @rule(
        copies=st.sampled_from([1, 2, 5, 29]),
        after=st.sampled_from([0.0, 1.0, 45.0, 600.0, 1400.0, 2000.0]),
        kind=st.sampled_from(["pre", "pre", "post"]),
        cloud=st.booleans(),
        several=st.booleans(),
    )
    def delivered_again(
        self, copies: int, after: float, kind: Any, *, cloud: bool, several: bool
    ) -> None:
        if kind == "post":
            after += max(0.0, self.story.lead)
        one = Delivery(after=after, kind=kind, cloud=cloud, several=several)
        room = 30 - len(self.story.deliveries)
        self.story = replace(
            self.story, deliveries=(*self.story.deliveries, *[one] * min(copies, room))
        )

    @rule(
        count=st.sampled_from([1, 2, 5]),
        kind=st.sampled_from(["vm", "arc"]),
        where=st.sampled_from([None, 1, 2]),
        lag=st.sampled_from([None, 0.0, 40.0, 300.0, 1200.0]),
        odd=st.sampled_from(["", "", "never", "down", "unreadable", "not in run"]),
    )
    def more_machines(self, count: int, kind: Any, where: Any, lag: float | None, odd: str) -> None:
        groups = self.story.scenario.machines
        if len(groups) > 4:
            return
        power = {"vm": "deallocated", "arc": "Disconnected"}[kind] if odd == "down" else None
        name = "more" if len(groups) == 2 else f"more{len(groups)}"
        group = MachineGroup(
            name=f"{name}-{{n:02}}",
            count=count,
            kind=kind,
            subscription=where,
            lag=lag,
            tags={"patch": "never"} if odd == "never" else {},
            power=power,
            readable=odd != "unreadable",
            in_run=odd != "not in run",
        )
        self._scenario(machines=(*groups, group))

    @rule(only=st.sampled_from([0, 1]))
    def fewer_machines(self, only: int) -> None:
        self._scenario(machines=self.story.scenario.machines[:only])

    @rule(
        lag=st.sampled_from([0.0, 30.0, 200.0, 3000.0]),
        run_row_lag=st.sampled_from([0.0, 60.0, 3000.0]),
        quota=st.sampled_from([0, 0, 1, 15]),
        page_size=st.sampled_from([1000, 1, 2]),
        hidden=st.sampled_from([(), (), (1,), (2,), (1, 2)]),
        refuse=st.booleans(),
    )
    def the_graph(
        self,
        lag: float,
        run_row_lag: float,
        quota: int,
        page_size: int,
        hidden: Any,
        *,
        refuse: bool,
    ) -> None:
        graph = replace(
            self.story.scenario.graph,
            lag=lag,
            run_row_lag=run_row_lag,
            quota=quota,
            page_size=page_size,
            hidden_subscriptions=hidden,
            refuse_unreadable=refuse,
        )
        self._scenario(graph=graph)

    @rule(fault=st.sampled_from(["cancel", "cancel", "read", "graph", "any"]).flatmap(faults))
    def goes_wrong(self, fault: Fault) -> None:
        self._scenario(faults=(*self.story.scenario.faults, fault))

    @rule(
        status=st.sampled_from([200, 201, 202]),
        too_late=st.sampled_from([400, 404, 409, 410]),
        read=st.booleans(),
    )
    def the_cancel_call(self, status: Any, too_late: int, *, read: bool) -> None:
        rules = replace(
            self.story.scenario.cancel, status=status, too_late_status=too_late, read=read
        )
        self._scenario(cancel=rules)

    @rule(
        by=st.sampled_from(["somebody", "system"]),
        after=st.sampled_from([0.0, 100.0, 700.0, 1400.0]),
    )
    def somebody_cancels(self, by: Any, after: float) -> None:
        self._scenario(run=replace(self.story.scenario.run, cancelled_by=by, cancelled_after=after))

    @rule(
        mode=st.sampled_from(["enforce", "enforce", "enforce", "observe"]),
        on_unknown=_maybe,
        on_gap=_doubts,
        reserve=st.sampled_from([120.0, 120.0, 120.0, 0.0, 0.0, 60.0, 60.0, 600.0, 1500.0]),
    )
    def the_policy(self, mode: Any, on_unknown: Any, on_gap: Any, reserve: float) -> None:
        self._policy(mode=mode, on_unknown=on_unknown, on_gap=on_gap, reserve=reserve)

    @rule(
        broken=st.booleans(),
        if_broken=_maybe,
        observed_if=st.sampled_from([None, "prod", "test"]),
        env=st.sampled_from([None, "prod"]),
    )
    def odd_policy(self, if_broken: Any, observed_if: Any, env: Any, *, broken: bool) -> None:
        self._policy(broken=broken, if_broken=if_broken, observed_if=observed_if)
        tags = {} if env is None else {"Env": env}
        self._scenario(configuration=replace(self.story.scenario.configuration, tags=tags))

    @rule(
        name=st.sampled_from(["opt_out_tag", *_NAMES]),
        enabled=st.sampled_from([None, None, True, False]),
        advisory=st.sampled_from([None, None, True, False]),
        on_unknown=_maybe,
        tolerance=st.sampled_from([None, None, 1, 3, "10%", "50%", "100%"]),
        timeout=st.sampled_from([None, None, 3.0, 30.0]),
        patience=st.sampled_from([None, None, 0.0, 200.0]),
    )
    def the_rule(self, name: str, **keys: Any) -> None:
        known = {*self.story.builtin, *(script.name for script in self.story.checks)}
        if name in known:
            self._policy(rules={**self.story.policy.rules, name: SiteRule(**keys)})

    @rule(running=st.booleans())
    def builtin(self, *, running: bool) -> None:
        names = ("opt_out_tag", "machines_running") if running else ("opt_out_tag",)
        self.story = replace(self.story, builtin=names)

    @rule(
        skew=st.sampled_from([0.0, 30.0, -30.0, 120.0, -120.0]),
        latency=st.sampled_from([0.01, 0.2, 1.5, 8.0]),
    )
    def clocks(self, skew: float, latency: float) -> None:
        self.story = replace(self.story, skew=skew, latency=latency)

    @rule(
        hop=st.integers(1, 80),
        down=st.sampled_from([0.0, 5.0, 40.0, 300.0]),
        lease=st.sampled_from([0.0, 30.0, 300.0]),
        hangs=st.sampled_from([False, False, False, True]),
    )
    def a_worker_dies(self, hop: int, down: float, lease: float, *, hangs: bool) -> None:
        death = Death(hop=hop, down=down, lease=lease, hangs=hangs)
        self.story = replace(self.story, deaths=(*self.story.deaths, death))

    @rule(
        after=st.sampled_from([0.0, 0.0, 0.3, 60.0, 700.0]),
        seconds=st.sampled_from([20.0, 200.0, 900.0, 4000.0]),
        how=st.sampled_from(["down", "refuses", "silent"]),
    )
    def the_engine_is_stuck(self, after: float, seconds: float, how: Any) -> None:
        stuck = Stuck(after=after, seconds=seconds, how=how)
        self.story = replace(self.story, stuck=(*self.story.stuck, stuck))

    @rule(named=st.booleans(), comes=st.booleans())
    def watched(self, *, named: bool, comes: bool) -> None:
        self.story = replace(self.story, watched=True, named=named)
        if named and not comes:
            late = tuple(d for d in self.story.deliveries if d.kind == "post")
            self.story = replace(self.story, deliveries=late)

    def teardown(self) -> None:
        played = play(self.story, self.product)
        wrong = broken(played)
        if wrong:
            type(self).failed = played
            raise AssertionError("\n".join(wrong))
