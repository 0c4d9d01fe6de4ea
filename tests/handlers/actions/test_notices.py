"""People are told what becomes of a run, and nothing waits for that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core import wire
from core.notice import Notice
from core.policy import Policy
from handlers.notifying import NOTIFY
from handlers.orders import CheckList
from tests.durable_host import Done, Raised
from tests.handlers.actions.night import Night
from tests.stories import UNCONFIRMED, at


@dataclass(kw_only=True)
class Told(Night):
    """A night whose people are told. `hangs`: nobody ever takes a notice."""

    hangs: bool = False
    notices: list[Notice] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)

    def work(self, name: str, request: Any, now: datetime) -> Done | Raised | None:
        if name == "act" and request["action"] == NOTIFY:
            memory = wire.unpack_memories(request["memory"])
            self.notices.append(wire.load(Notice, memory[""]["notice"]))
            self.at.append(now)
            return None if self.hangs else Raised(message="no such channel")
        done = super().work(name, request, now)
        if name == "list_checks" and isinstance(done, Done):
            return Done(answer=wire.dump(replace(wire.load(CheckList, done.answer), notices={})))
        return done

    @property
    def states(self) -> list[str]:
        return [notice.state for notice in self.notices]


def told(**changes: Any) -> Told:
    """Until everything is over."""
    one = Told(**changes)
    one.arrive()
    one.until("05:00")
    one.end()
    one.over()
    return one


def test_each_state_of_a_run_is_told_once() -> None:
    """From its start to what was put back."""
    assert told().states == ["start", "finished", "undone"]
    assert told(blocked=True).states == ["start", "blocked", "cancelled", "undone", "finished"]
    unconfirmed = told(blocked=True, cancellation=UNCONFIRMED).states
    assert unconfirmed == ["start", "blocked", "unconfirmed", "finished", "undone"]


def test_what_is_blocked_is_told_while_the_cancel_call_is_under_way() -> None:
    """With the reasons, and not after it."""
    one = told(blocked=True)
    blocked = one.notices[1]
    assert blocked.reasons == ("fine: 3 of 3 machines: no",)
    assert one.at[1] == one.gate.decision.at


def test_without_a_post_event_putting_back_is_told_by_itself() -> None:
    """By the story that did it."""
    one = Told()
    one.arrive()
    one.over()
    assert one.states == ["start", "undone"]
    assert "no post event" in one.notices[1].headline


def test_a_notifier_that_hangs_changes_nothing_and_delays_nothing() -> None:
    """Neither the decision nor the moment of it."""
    for blocked in (False, True):
        quick, slow = told(blocked=blocked), told(blocked=blocked, hangs=True)
        assert slow.gate.ending == quick.gate.ending
        assert slow.gate.decision == quick.gate.decision
        assert slow.states == quick.states


def test_nobody_is_told_of_a_run_that_is_only_observed() -> None:
    """Nothing happens to it."""
    one = Told(policy=Policy(mode="observe"))
    one.arrive()
    one.until("03:00")
    assert one.states == []
    assert one.gate.finished_at < at("03:00")
