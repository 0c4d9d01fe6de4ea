"""The plan of a gate, when the rules turn out to be others than it was planned under."""

from __future__ import annotations

import pytest

from core.policy import Policy
from handlers.planning import GatePlan
from tests.stories import at, pre_event

PLAN = GatePlan.of("gate-x", pre_event(), Policy(), at("02:22"))


def test_other_rules_are_planned_from_the_same_moment() -> None:
    other = PLAN.under(Policy(reserve=600), at("02:23"))
    assert other == GatePlan.of("gate-x", pre_event(), Policy(reserve=600), at("02:22"))
    assert PLAN.under(PLAN.policy, at("02:23")) == PLAN


def test_a_greater_reserve_leaves_time_to_find_machines_while_there_is_any() -> None:
    """What is left until check_by is shared, though the old share is over."""
    timeline = PLAN.under(Policy(reserve=900), at("02:30:30")).timeline
    assert (timeline.find_by, timeline.check_by) == (at("02:32:30"), at("02:34:30"))
    assert timeline.planned_at == at("02:22")


@pytest.mark.parametrize("reserve", [0, 120, 900, 1500])
@pytest.mark.parametrize("now", ["02:22", "02:29", "02:36", "02:47", "02:49:59", "02:59"])
def test_no_step_moves_past_the_next(reserve: float, now: str) -> None:
    """The cancel call keeps its reserve, also one that was not known of."""
    timeline = PLAN.under(Policy(reserve=reserve), at(now)).timeline
    assert timeline.find_by <= timeline.check_by <= timeline.cancel_by <= timeline.cut_off
    assert (timeline.cancel_by - timeline.check_by).total_seconds() == min(reserve, 27.5 * 60)
