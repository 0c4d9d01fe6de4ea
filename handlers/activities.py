"""The steps that the stories call. JSON in, JSON out; each is harmless to repeat.

Whatever Azure or a check does is part of a step's answer; a step raises only when the app itself is
at fault, and the story takes that for no answer.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from arg_queries.machines import Found
from arg_queries.machines import find_machines as ask_for_machines
from arg_queries.runs import run_results
from core import wire
from core.errors import shorten
from core.model import Batch, Gap, Machine, RunEnd
from core.report import Cancellation, MachineLine, Rehearsal
from handlers.ending import how_it_stands
from handlers.engines import Json, Step
from handlers.orders import (
    ActRequest,
    CancelRequest,
    CheckRequest,
    EndRequest,
    ListRequest,
    Look,
    LookRequest,
    RehearseRequest,
)
from handlers.services import Services
from handlers.steps.acting import act
from handlers.steps.announce import Report
from handlers.steps.announce import announce as say
from handlers.steps.asking import ask_check
from handlers.steps.listing import list_checks
from handlers.telemetry import telling

__all__ = ["steps"]

_log = logging.getLogger("patchgate")

_BATCH = 500  # machines in one packed batch
_LINES = 500  # machines that a report names


def find_machines(services: Services, request: LookRequest) -> Look:
    """The run's machines as Resource Graph shows them now, packed; only new ones come back."""
    found = ask_for_machines(services.graph, request.run, request.subscriptions, request.until)
    if request.only:
        return _anew(found, wire.unpack(request.only))
    known = {machine.id.lower() for machine in wire.unpack(request.known)}
    newcomers = [machine for machine in found.machines if machine.id.lower() not in known]
    ids = sorted([*(machine.id.lower() for machine in found.machines), *found.undetailed])
    room = max(0, _LINES - len(known))
    return Look(
        total=len(ids),
        fingerprint=hashlib.sha256("\n".join(ids).encode()).hexdigest(),
        newcomers=_packed(newcomers),
        lines=tuple(_line(machine) for machine in newcomers[:room]),
        # A machine whose details were seen before is known, although they are hidden now.
        undetailed=sum(machine not in known for machine in found.undetailed),
        gaps=found.gaps,
        silent=found.silent,
    )


def _anew(found: Found, wanted: Sequence[Machine]) -> Look:
    """These machines; as they were before, and with a gap, where they cannot be seen."""
    seen = {machine.id.lower(): machine for machine in found.machines}
    unseen = sum(machine.id.lower() not in seen for machine in wanted)
    gap = Gap(
        subject="machines",
        problem=f"{unseen} of {len(wanted)} machines are not shown",
        remedy="see the run in Azure Update Manager",
    )
    return Look(
        total=len(wanted),
        fingerprint="",
        newcomers=_packed([seen.get(machine.id.lower(), machine) for machine in wanted]),
        gaps=(gap,) if unseen else (),
    )


def _packed(machines: Sequence[Machine]) -> tuple[Batch, ...]:
    return tuple(wire.pack(machines[i : i + _BATCH]) for i in range(0, len(machines), _BATCH))


def _line(machine: Machine) -> MachineLine:
    return MachineLine(id=machine.id, name=machine.name, kind=machine.kind)


def cancel_run(services: Services, request: CancelRequest) -> Cancellation:
    """One round of the cancel call, with its read-backs. Says why, and what came of it."""
    _log.warning("cancelling run %s, because of %s", request.run, shorten(request.because, 600))
    outcome = services.canceller.cancel(request.run, request.until)
    level = logging.WARNING if outcome.confirmed else logging.ERROR
    _log.log(level, "run %s is %s%s", request.run, outcome.state, _why(outcome.problem))
    return outcome


def rehearse_cancel(services: Services, request: RehearseRequest) -> Rehearsal:
    """The way to the cancel call, for a drill: nothing but reads is sent."""
    outcome = services.rehearser.rehearse(request.run, request.until)
    level = logging.INFO if outcome.reached else logging.WARNING
    reached = "reached" if outcome.reached else "NOT reached"
    _log.log(level, "drill %s: cancel %s%s", request.run, reached, _why(outcome.problem))
    return outcome


def _why(problem: str | None) -> str:
    return f" ({shorten(problem, 300)})" if problem else ""


def read_ending(services: Services, request: EndRequest) -> RunEnd:
    """How the run stands in Resource Graph now."""
    row = services.run_state(request.run, request.until)
    results, problem = run_results(
        services.graph, request.run, request.subscriptions, request.until
    )
    return how_it_stands(row.status, row.message, results, row.problem or problem)


def announce(_services: Services, report: Report) -> None:
    """Write the report to the log, as loud as it is bad."""
    say(report)


# name → (what it is given, the step)
_STEPS: Mapping[str, tuple[Any, Callable[[Services, Any], Any]]] = {
    "list_checks": (ListRequest, list_checks),
    "find_machines": (LookRequest, find_machines),
    "act": (ActRequest, act),
    "ask_check": (CheckRequest, ask_check),
    "cancel_run": (CancelRequest, cancel_run),
    "rehearse_cancel": (RehearseRequest, rehearse_cancel),
    "read_ending": (EndRequest, read_ending),
    "announce": (Report, announce),
}


def steps(services: Services) -> dict[str, Step]:
    """Every step by name, working with these services."""
    return {name: _step(name, services, kind, work) for name, (kind, work) in _STEPS.items()}


def _step(name: str, services: Services, kind: Any, work: Callable[[Services, Any], Any]) -> Step:
    def step(request: Json) -> Json:
        asked = wire.load(kind, request)
        with telling.step(name, asked) as told:
            answer = work(services, asked)
            told.answer(answer)
            return wire.dump(answer)

    return step
