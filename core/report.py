"""What the stories answer: the report of a gate, and of how a run ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from core.ids import names_drill
from core.model import Asking, Batch, Gap, Outcome, PatchResult
from core.policy import Doubt
from core.timeline import Timeline

__all__ = [
    "AftermathReport",
    "Call",
    "Cancellation",
    "CheckReport",
    "Decision",
    "Ended",
    "Ending",
    "GateReport",
    "MachineLine",
    "Memory",
    "Reason",
    "Rehearsal",
    "Rehearsed",
    "RescueReport",
    "RestoreReport",
    "Tally",
    "not_undone",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that speaks against the run, and what would have changed the answer.

    `about` is the name of a check, or the subject of a gap.
    """

    about: str
    text: str
    remedy: str
    machines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether the run may start, and why not; `at` is when it was certain."""

    action: Literal["proceed", "cancel"]
    because: tuple[Reason, ...]
    at: datetime

    @property
    def cancels(self) -> bool:
        """The run must not start."""
        return self.action == "cancel"

    @property
    def summary(self) -> str:
        """The first reasons, on one line."""
        reasons = "; ".join(f"{reason.about}: {reason.text}" for reason in self.because[:3])
        more = len(self.because) - 3
        return reasons + (f"; and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to Azure and what it meant, in a sentence. `status` is None without an answer."""

    at: datetime
    method: str
    what: str
    status: int | None
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """What came of cancelling: only a read-back makes it `confirmed`.

    `attempts` counts the cancel calls; `unlisted_calls` those left out of the middle of `calls`.
    """

    confirmed: bool
    state: str
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    attempts: int = 0
    calls: tuple[Call, ...] = ()
    unlisted_calls: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """One part of the way to a cancel call: whether it can be gone, and what was seen."""

    part: Literal["token", "read-back", "right"]
    ok: bool
    saw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What came of rehearsing a cancel: only read, nothing sent that changes anything.

    `reached`: every part of the way was seen, and can be gone. If not, `problem` is what stands in
    it, and `remedy` what to do.
    """

    reached: bool
    seen: tuple[Rehearsed, ...] = ()
    problem: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many answers of each status a check gave."""

    passed: int = 0
    blocked: int = 0
    skipped: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """All answers."""
        return self.passed + self.blocked + self.skipped + self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What one check said in this gate, or how one action went.

    `outcomes` lists what did not pass, worst first; `unlisted` counts those left out for size.
    `asked` is how often it was asked at the most: a check with patience is asked until it passes.
    """

    name: str
    title: str
    scope: Literal["machine", "run"]
    required: bool
    on_unknown: Doubt
    origin: str
    tally: Tally
    outcomes: tuple[Outcome, ...] = ()
    unlisted: int = 0
    asked: int = 1
    kind: Literal["check", "action"] = "check"

    @property
    def failing(self) -> int:
        """Answers that are no yes."""
        return self.tally.blocked + self.tally.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What one action has changed, or was about to: its undo is asked about that, and nothing else.

    `machines` are those that it was asked about, and `packed` what it wanted to be remembered about
    them (`core.wire.pack_memories`). `asking` and `config` are those of that time, which may have
    been changed since.
    """

    action: str
    title: str
    scope: Literal["machine", "run"]
    origin: str
    machines: tuple[Batch, ...]
    packed: str
    asking: Asking = field(default_factory=Asking)
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineLine:
    """A machine as reports name it."""

    id: str
    name: str
    kind: Literal["vm", "arc"]


Ending = Literal[
    "proceeded",  # every required check said yes: the run was let go
    "cancelled",  # the run was cancelled, and a read-back shows it
    "not confirmed",  # it had to be cancelled, and nothing shows that it is
    "would cancel",  # observe mode: it would have been cancelled
    "too late",  # the event came after the run had started
    "drill",  # there is no such run: it was judged, and its cancel was only rehearsed
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """The whole of one gate: seen, decided and done. `machines` may be cut, see the count.

    A drill has a `rehearsal` in place of a `cancellation`. `memories` is what actions have changed,
    in the order of doing; `undone` how it was put back, when that was done at once.
    """

    key: str
    run: str
    configuration: str
    mode: Literal["enforce", "observe"]
    ending: Ending
    timeline: Timeline
    finished_at: datetime
    decision: Decision
    machine_count: int
    machines: tuple[MachineLine, ...] = ()
    checks: tuple[CheckReport, ...] = ()
    gaps: tuple[Gap, ...] = ()
    warnings: tuple[str, ...] = ()
    cancellation: Cancellation | None = None
    rehearsal: Rehearsal | None = None
    actions: tuple[CheckReport, ...] = ()
    memories: tuple[Memory, ...] = ()
    undone: tuple[CheckReport, ...] = ()
    kind: Literal["gate"] = "gate"

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against a run that goes ahead all the same, because the policy says so."""
        required = [check for check in self.checks if check.required]
        actions = [action for action in self.actions if action.required]
        counts = (
            (sum(action.failing > 0 for action in actions), "required action", "went wrong"),
            (
                sum(check.tally.unknown > 0 for check in required),
                "required check",
                "gave no answer",
            ),
            (sum(check.tally.blocked > 0 for check in required), "required check", "said no"),
            (len(self.gaps), "thing", "could not be seen"),
        )
        return tuple(
            f"{count} {noun}{'s' if count > 1 else ''} {what}"
            for count, noun, what in counts
            if count
        )

    @property
    def headline(self) -> str:
        """The report in one sentence."""
        why = self.decision.summary
        match self.ending:
            case "proceeded":
                return f"run goes ahead: {self.machine_count} machines, {self._nothing_or_doubts}"
            case "cancelled":
                return f"run cancelled and confirmed: {why}{not_undone(self)}"
            case "would cancel":
                return f"observe mode, run not touched; it would have been cancelled: {why}"
            case "too late":
                return "too late: the run had already started when its event came; nothing was sent"
            case "not confirmed":
                return f"CANCEL NOT CONFIRMED, machines may be patched: {why}"
            case "drill":
                return f"drill, no run was touched: {self._rehearsed}"

    @property
    def _rehearsed(self) -> str:
        """How far a drill got."""
        if self.rehearsal is None:
            return "the way to a cancel call was not tried"
        if not self.rehearsal.reached:
            return f"a run could NOT be cancelled: {self.rehearsal.problem or 'no reason is known'}"
        return f"judged ({self.decision.action}), and the cancel call was reached"

    @property
    def _nothing_or_doubts(self) -> str:
        if not self.doubts:
            return "nothing speaks against it"
        return f"although {', '.join(self.doubts)}: the policy lets it"


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueReport:
    """A run that was cancelled outside of its gate, which did not answer: by whom, why, with what.

    `trigger`: the event came, and no gate could be started.
    `watchdog`: see `handlers.safety_net.watchdog`.
    """

    key: str
    run: str
    configuration: str
    by: Literal["trigger", "watchdog"]
    because: str
    cancellation: Cancellation
    finished_at: datetime
    kind: Literal["rescue"] = "rescue"

    @property
    def ending(self) -> Ending:
        """How it ended, in a word."""
        return "cancelled" if self.cancellation.confirmed else "not confirmed"

    @property
    def headline(self) -> str:
        """The report in one sentence."""
        if self.cancellation.confirmed:
            return f"run cancelled by the {self.by}, and confirmed: {self.because}"
        return (
            f"CANCEL NOT CONFIRMED, machines may be patched: {self.because};"
            f" the {self.by} tried until the start"
        )


Ended = Literal[
    "installed",
    "failed",
    "cancelled by us",
    "cancelled by somebody else",
    "cancelled by the system",
    "unknown",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AftermathReport:
    """How a run ended, in one word and with what it rests on.

    `checks` are those that were asked after the run, and `findings` what they object to. `undone`
    is how what was changed before the run was put back, `actions` what was done after that.
    """

    key: str
    run: str
    configuration: str
    ended: Ended
    event_status: str
    status: str
    message: str
    results: tuple[PatchResult, ...]
    finished_at: datetime
    problem: str | None = None
    checks: tuple[CheckReport, ...] = ()
    findings: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()
    undone: tuple[CheckReport, ...] = ()
    actions: tuple[CheckReport, ...] = ()
    kind: Literal["aftermath"] = "aftermath"

    @property
    def headline(self) -> str:
        """The report in one sentence."""
        parts = ", ".join(f"{r.machines} {r.status}" for r in self.results)
        said = f" ({self.message})" if self.message else ""
        machines = f"; machines: {parts}" if parts else ""
        unsure = f"; {self.problem}" if self.problem else ""
        found = "".join(f"; {finding.about}: {finding.text}" for finding in self.findings[:3])
        drill = "drill, there is no such run: " if names_drill(self.run) else ""
        done = _put_back(self)
        restored = f"; {done}" if done else ""
        ended = f"{drill}run ended: {self.ended}{said}{machines}"
        return f"{ended}{unsure}{found}{restored}{not_undone(self)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What was changed before a run was put back without its post event, and `because` of what.

    `undone` is empty if there was nothing to put back, or somebody else had done it.
    """

    key: str
    run: str
    configuration: str
    because: str
    finished_at: datetime
    undone: tuple[CheckReport, ...] = ()
    problem: str | None = None
    kind: Literal["restore"] = "restore"

    @property
    def ending(self) -> str:
        """How it ended, in a word."""
        if self.problem or any(one.failing for one in self.undone):
            return "not restored"
        return "restored" if self.undone else "nothing to restore"

    @property
    def headline(self) -> str:
        """The report in one sentence."""
        if self.problem:
            return f"what was changed before the run is NOT put back: {self.problem}"
        return f"{_put_back(self) or 'nothing to put back'}: {self.because}{not_undone(self)}"


def _put_back(report: AftermathReport | RestoreReport) -> str:
    """How much was put back, if anything was."""
    count = sum(one.tally.passed for one in report.undone)
    return f"put back {count} change{'s' if count > 1 else ''}" if count else ""


def not_undone(report: GateReport | AftermathReport | RestoreReport) -> str:
    """What could not be put back, as the end of a sentence; empty if all was."""
    return "".join(
        f"; NOT put back by {one.name}: {one.failing}" for one in report.undone if one.failing
    )
