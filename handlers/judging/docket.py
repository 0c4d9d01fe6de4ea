"""What a gate knows so far. Pure: a story writes into it, and reads decision and report from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.decide import decide
from core.model import Batch, Gap, GapKind
from core.report import (
    Cancellation,
    CheckReport,
    Decision,
    Ending,
    GateReport,
    MachineLine,
    Memory,
    Rehearsal,
)
from handlers.judging.answers import Answers
from handlers.orders import CheckList, Look
from handlers.planning import GatePlan
from handlers.rules import policy_gaps

__all__ = ["Docket"]


class Docket:
    """The machines seen, the answers heard and the gaps found, for one run."""

    def __init__(self, plan: GatePlan, warning: str | None = None) -> None:
        self._plan = plan
        self.answers = Answers()
        self.actions = Answers()
        self.memories: tuple[Memory, ...] = ()
        self.notices: dict[str, Any] | None = None  # see `CheckList`
        self.machines: tuple[Batch, ...] = ()
        self._lines: tuple[MachineLine, ...] = ()
        self._gaps = list(policy_gaps(plan.policy))
        self._unseen: tuple[Gap, ...] = ()  # of the latest look: a later one may close them
        self._undetailed = 0  # machines whose details the latest look did not show
        self._fingerprint = ""
        self.settled = False  # two looks in a row showed the same machines, and no gap
        self.warnings = [] if warning is None else [warning]
        if plan.timeline.early:
            self.warnings.append("the event came before T-40: the run's machines may still change")

    # What the story learns

    def in_force(self, listed: CheckList) -> None:
        """The checks and actions of this gate are known."""
        self.answers.in_force(listed.checks)
        self.actions.in_force(listed.actions)
        self._gaps.extend(listed.gaps)
        self.warnings.extend(listed.warnings)
        self.notices = listed.notices
        if not any(spec.required for spec in listed.checks):
            self.warnings.append("no required check is in force: nothing can speak against the run")

    def saw(self, look: Look) -> None:
        """A look at Resource Graph came back. Its gaps are those of the latest look."""
        if self.settled and look.gaps and not look.newcomers and not look.undetailed:
            self.did_not_see(look.gaps[0].problem)
            return
        self.settled = bool(look.total) and not look.gaps and look.fingerprint == self._fingerprint
        self._fingerprint = look.fingerprint
        self._unseen, self._undetailed = look.gaps, look.undetailed
        self.machines += look.newcomers
        self._lines += look.lines
        for subscription in look.silent:
            note = f"subscription {subscription} is in the event and shows no machine of this run"
            if note not in self.warnings:
                self.warnings.append(note)

    def remember(self, memory: Memory) -> None:
        """An action is about to change something."""
        self.memories += (memory,)

    def did_not_see(self, problem: str) -> None:
        """A look failed: harmless if two before it agreed, else a gap until one succeeds."""
        if self.settled:
            self.warnings.append(f"a later look for machines failed: {problem}")
        else:
            remedy = "see the log of the app, and Azure's status page"
            self._unseen = (Gap(subject="machines", problem=problem, remedy=remedy),)

    def gap(
        self,
        subject: str,
        problem: str,
        remedy: str,
        kind: GapKind = "gap",
    ) -> None:
        """Something that the gate had to know stays unknown."""
        self._gaps.append(Gap(subject=subject, problem=problem, remedy=remedy, kind=kind))

    # What it comes to

    @property
    def machine_count(self) -> int:
        """Machines seen so far."""
        return sum(batch.count for batch in self.machines) + self._undetailed

    def decision(self, at: datetime, *, all_seen: bool) -> Decision:
        """Judge what is known.

        Until all is seen, what a look missed does not count yet; and what a check says of the run
        counts once two looks in a row have shown the same machines.
        """
        gaps = self.gaps if all_seen else tuple(self._gaps)
        machines = self.machine_count if all_seen else None
        certain = [
            report
            for report in (
                *self.action_reports(all_seen=all_seen),
                *self.reports(all_seen=all_seen),
            )
            if report.scope == "machine" or all_seen or self.settled
        ]
        return decide(certain, gaps, self._plan.policy, at, machines=machines)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Everything that is missing, by the latest look."""
        return (*self._gaps, *self._unseen)

    def reports(self, *, all_seen: bool = True) -> tuple[CheckReport, ...]:
        """Each check with all that it said so far."""
        return self.answers.reports(self._undetailed if all_seen else 0)

    def action_reports(self, *, all_seen: bool = True) -> tuple[CheckReport, ...]:
        """Each action with how it went so far; in a drill or in observe mode none is done."""
        return self.actions.reports(self._undetailed if all_seen and self._acts else 0)

    @property
    def _acts(self) -> bool:
        return self._plan.touches

    def report(
        self,
        *,
        ending: Ending,
        decision: Decision,
        cancellation: Cancellation | None,
        at: datetime,
        rehearsal: Rehearsal | None = None,
    ) -> GateReport:
        """The whole of it."""
        return GateReport(
            key=self._plan.key,
            run=str(self._plan.event.run),
            configuration=str(self._plan.event.configuration),
            mode=self._plan.policy.mode,
            ending=ending,
            timeline=self._plan.timeline,
            finished_at=at,
            decision=decision,
            machine_count=self.machine_count,
            machines=self._lines,
            checks=self.reports(),
            actions=self.action_reports(),
            memories=self.memories,
            gaps=self.gaps,
            warnings=(*self.warnings, *self.answers.notes, *self.actions.notes),
            cancellation=cancellation,
            rehearsal=rehearsal,
        )
