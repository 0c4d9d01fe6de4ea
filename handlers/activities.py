"""The steps that the stories call. JSON in, JSON out; each is harmless to repeat.

Whatever Azure or a check does is part of a step's answer; a step raises only when the app itself is
at fault, and the story takes that for no answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from arg_queries.machines import find_machines as ask_for_machines
from arg_queries.runs import run_results
from checks.definition import CheckDefinition, config_of
from checks.discovery import BrokenCheck
from core import wire
from core.errors import BadCheck, shorten
from core.model import Asking, Gap, Machine, RunEnd
from core.policy import Policy
from core.report import AftermathReport, Cancellation, GateReport, MachineLine
from handlers.announce import announce as say
from handlers.asking import ask_check
from handlers.ending import how_it_stands
from handlers.engines import Json, Step
from handlers.orders import (
    CancelRequest,
    CheckList,
    CheckRequest,
    CheckSpec,
    EndRequest,
    ListRequest,
    Look,
    LookRequest,
)
from handlers.services import Services

__all__ = ["on_own_thread", "steps"]

_log = logging.getLogger("patchgate")

_BATCH = 500  # machines in one packed batch
_LINES = 500  # machines that a report names


def list_checks(services: Services, request: ListRequest) -> CheckList:
    """The checks in force under this policy, and what is wrong with either."""
    known, policy = services.checks, request.policy
    gaps = tuple(
        Gap(
            subject="gate.toml",
            problem=f"there is no check named {name!r}",
            remedy=f"the checks are {', '.join(sorted(known))}",
        )
        for name in policy.checks
        if name not in known
    )
    if services.checks_folder is None:
        gaps += (_no_folder(services.settings.checks_folder),)
    enabled = (found for found in known.values() if policy.of(found.name).enabled)
    return CheckList(
        policy=policy, checks=tuple(_spec(found, policy) for found in enabled), gaps=gaps
    )


def _no_folder(name: str) -> Gap:
    return Gap(
        subject="checks",
        problem=f"there is no folder {shorten(name)!r}, so no check of yours is in force",
        remedy="deploy it, if need be without a check, or mend PATCHGATE_CHECKS_FOLDER",
        kind="unknown",
    )


def _spec(found: CheckDefinition | BrokenCheck, policy: Policy) -> CheckSpec:
    rule = policy.of(found.name)
    if isinstance(found, BrokenCheck):
        return CheckSpec(
            name=found.name,
            title="(cannot be loaded)",
            scope="run",
            origin=found.origin,
            required=not rule.advisory,
            on_unknown=rule.on_unknown or policy.on_unknown or "cancel",
            problem=found.problem,
        )
    options = found.options
    return CheckSpec(
        name=found.name,
        title=found.title,
        scope=found.scope,
        origin=found.origin,
        required=not (options.advisory if rule.advisory is None else rule.advisory),
        on_unknown=rule.on_unknown or policy.on_unknown or options.on_unknown,
        asking=Asking(timeout=options.timeout if rule.timeout is None else rule.timeout),
        problem=_config_problem(found, policy),
    )


def _config_problem(found: CheckDefinition, policy: Policy) -> str | None:
    try:
        config_of(found, policy.of(found.name).config)
    except BadCheck as error:
        return error.why
    return None


def find_machines(services: Services, request: LookRequest) -> Look:
    """The run's machines as Resource Graph shows them now, packed; only new ones come back."""
    found = ask_for_machines(services.graph, request.run, request.subscriptions, request.until)
    known = {machine.id.lower() for machine in wire.unpack(request.known)}
    newcomers = [machine for machine in found.machines if machine.id.lower() not in known]
    ids = sorted([*(machine.id.lower() for machine in found.machines), *found.undetailed])
    room = max(0, _LINES - len(known))
    return Look(
        total=len(ids),
        fingerprint=hashlib.sha256("\n".join(ids).encode()).hexdigest(),
        newcomers=tuple(
            wire.pack(newcomers[i : i + _BATCH]) for i in range(0, len(newcomers), _BATCH)
        ),
        lines=tuple(_line(machine) for machine in newcomers[:room]),
        undetailed=len(found.undetailed),
        gaps=found.gaps,
        silent=found.silent,
    )


def _line(machine: Machine) -> MachineLine:
    return MachineLine(id=machine.id, name=machine.name, kind=machine.kind)


def cancel_run(services: Services, request: CancelRequest) -> Cancellation:
    """One round of the cancel call, with its read-backs. Says why, and what came of it."""
    _log.warning("cancelling run %s, because of %s", request.run, shorten(request.because, 600))
    outcome = services.canceller.cancel(request.run, request.until)
    level = logging.WARNING if outcome.confirmed else logging.ERROR
    _log.log(level, "run %s is %s%s", request.run, outcome.state, _why(outcome.problem))
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


def announce(_services: Services, report: GateReport | AftermathReport) -> None:
    """Write the report to the log, as loud as it is bad."""
    say(report)


# name → (what it is given, the step)
_STEPS: Mapping[str, tuple[Any, Callable[[Services, Any], Any]]] = {
    "list_checks": (ListRequest, list_checks),
    "find_machines": (LookRequest, find_machines),
    "ask_check": (CheckRequest, ask_check),
    "cancel_run": (CancelRequest, cancel_run),
    "read_ending": (EndRequest, read_ending),
    "announce": (GateReport | AftermathReport, announce),
}


def steps(services: Services) -> dict[str, Step]:
    """Every step by name, working with these services."""
    return {name: _step(services, kind, work) for name, (kind, work) in _STEPS.items()}


def _step(services: Services, kind: Any, work: Callable[[Services, Any], Any]) -> Step:
    def step(request: Json) -> Json:
        return wire.dump(work(services, wire.load(kind, request)))

    return step


async def on_own_thread(step: Step, request: Json) -> Json:
    """Take a step on a thread of its own.

    The worker's pool has a handful of threads: steps that wait for hung checks would fill it, and
    the cancel call would never get one.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Json] = loop.create_future()

    def settle(method: Callable[[Any], None], value: Any) -> None:
        if not answer.done():
            method(value)

    def work() -> None:
        try:
            value = step(request)
        except BaseException as error:  # noqa: BLE001 - handed on to whoever awaits the step
            # A future takes neither StopIteration nor what would end the loop.
            plain = isinstance(error, Exception) and not isinstance(error, StopIteration)
            told = error if plain else RuntimeError(f"the step ended with {error!r}")
            loop.call_soon_threadsafe(settle, answer.set_exception, told)
        else:
            loop.call_soon_threadsafe(settle, answer.set_result, value)

    threading.Thread(target=work, daemon=True, name="patchgate step").start()
    return await answer
