"""Stop the machines that we have started and nobody else claims: in doubt, none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from actions import CannotTell, Context, Run, done, nothing_to_do
from actions.builtin._activity import Operation, operations_on
from actions.builtin._at_once import Answers, at_once, margin, refusal
from actions.builtin._rows import Row, has_tag, rows_of
from actions.builtin._starting import compute
from actions.builtin._vms import OFF, parsed, vms_now
from arm.management import request_id
from core.model import Status, Verdict

__all__ = ["Stopping"]

_ACTION = "start_machines"  # whose undo this is: the ids of its requests follow from that
_FIRST_PAUSE, _LONGEST_PAUSE = 15.0, 60.0  # seconds between two looks at the log


class Stopping:
    """The undo of `start_machines` for one run."""

    def __init__(self, run: Run, ctx: Context[Any], *, keep: str) -> None:
        self._run, self._ctx, self._keep = run, ctx, keep
        self._answers: Answers = {}

    def stop(self, machines: Sequence[str], *, since: datetime) -> Answers:
        """An answer about each of these, by id in lower case, before the deadline."""
        keys = [machine.lower() for machine in machines]
        running = self._kept(self._running(keys))
        self._until_off(self._stopped(running, since))
        return self._answers

    def _running(self, keys: Sequence[str]) -> list[str]:
        """Those that are not off by now: the real state, not that of a row."""
        seen = vms_now(self._ctx, keys)
        for key in keys:
            if key in seen and seen[key].power in (*OFF, "deallocating", "stopping"):
                self._answers[key] = nothing_to_do(f"is {seen[key].power} already")
        unseen = [key for key in keys if key not in seen]
        self._answers.update(at_once(unseen, self._missing))
        return [key for key in keys if key not in self._answers]

    def _missing(self, key: str) -> Verdict:
        """A machine that its subscription's list leaves out is gone, or hidden from us."""
        from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

        id_ = parsed(key)
        try:
            machines = compute(self._ctx, id_.subscription).virtual_machines
            machines.get(id_.resource_group, id_.name)
        except HttpResponseError as error:
            if error.status_code == 404:
                return nothing_to_do("is gone: there is no such VM")
            raise CannotTell(refusal(error).reason) from error
        raise CannotTell("the list of its subscription's VMs leaves it out")

    def _kept(self, keys: Sequence[str]) -> list[str]:
        """Those that no tag keeps running."""
        rows: Mapping[str, Row] = rows_of(self._ctx) if keys else {}
        for key in keys:
            if key not in rows:
                self._answers[key] = CannotTell(
                    "left running: Resource Graph has no row of it, which would show its tags"
                )
            elif has_tag(rows[key], self._keep):
                self._answers[key] = nothing_to_do(f"left running: tagged {self._keep}")
        return [key for key in keys if key not in self._answers]

    def _stopped(self, keys: Sequence[str], since: datetime) -> list[str]:
        """Those that are being deallocated: asked again about the others while the log lags."""
        begun: list[str] = []
        pause, open_ = _FIRST_PAUSE, list(keys)
        while open_:
            judged = self._judged(open_, since)
            ours = [key for key in open_ if judged[key] is None]
            settled = {key: said for key, said in judged.items() if said is not None}
            self._answers.update(settled | at_once(ours, self._deallocate))
            begun += [key for key in ours if _is_done(self._answers[key])]
            open_ = [key for key, said in settled.items() if isinstance(said, CannotTell)]
            if not open_ or not self._wait(pause):
                break
            pause = min(_LONGEST_PAUSE, 1.5 * pause)
        return begun

    def _judged(
        self, keys: Sequence[str], since: datetime
    ) -> dict[str, Verdict | CannotTell | None]:
        try:
            log = operations_on(self._ctx, keys, since)
        except CannotTell as why:
            doubt = CannotTell(f"left running: who started it cannot be told: {why}")
            return dict.fromkeys(keys, doubt)
        return {key: self._claimed(key, log[key]) for key in keys}

    def _claimed(self, key: str, operations: Sequence[Operation]) -> Verdict | CannotTell | None:
        """Why this machine is left running; None if it is ours alone."""
        start, stop = self._asked(key, "start"), self._asked(key, "deallocate")
        others = [one for one in operations if not one.requests & {start, stop}]
        if others:
            last = others[-1]
            who = last.caller or "somebody else"
            when = f"{last.began:%Y-%m-%d %H:%M} UTC"
            return nothing_to_do(
                f"left running: {who} asked for its {last.kind} at {when}", by=who, at=when
            )
        well = [one for one in operations if not one.failed]
        if any(stop in one.requests for one in well):
            return CannotTell("left running: it was deallocated, and who started it is not known")
        if not any(start in one.requests for one in well):
            return CannotTell("left running: the activity log does not tell who started it")
        return None

    def _asked(self, key: str, does: str) -> str:
        return request_id(self._run.id, _ACTION, f"{key}/{does}")

    def _deallocate(self, key: str) -> Verdict:
        from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

        id_ = parsed(key)
        try:
            compute(self._ctx, id_.subscription).virtual_machines.begin_deallocate(
                id_.resource_group, id_.name, polling=False
            )
        except HttpResponseError as error:
            if error.status_code == 404:
                return nothing_to_do("is gone: there is no such VM")
            if (error.status_code or 0) >= 500:
                raise CannotTell(refusal(error).reason) from error
            return refusal(error)
        return done("its deallocation has begun")

    def _until_off(self, keys: Iterable[str]) -> None:
        """See them off, while there is time: that it was accepted is enough."""
        pause, open_ = _FIRST_PAUSE / 3, list(keys)
        while open_ and self._wait(pause):
            try:
                seen = vms_now(self._ctx, open_)
            except CannotTell:
                return
            off = [key for key in open_ if key not in seen or seen[key].power in OFF]
            self._answers.update(dict.fromkeys(off, done("is deallocated")))
            open_ = [key for key in open_ if key not in off]
            pause = min(_LONGEST_PAUSE, 1.5 * pause)

    def _wait(self, pause: float) -> bool:
        """Whether there is time for another look after that pause."""
        ctx = self._ctx
        left = (ctx.deadline - ctx.clock.now()).total_seconds() - margin(ctx)
        if left <= pause:
            return False
        ctx.clock.sleep(pause)
        return True


def _is_done(answer: Verdict | CannotTell) -> bool:
    return isinstance(answer, Verdict) and answer.status is Status.PASSED
