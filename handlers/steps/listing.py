"""The step that says which checks and actions are in force for a run, and under which policy."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, TypeVar

from actions.kind import ACTIONS
from arg_queries.configurations import configuration_tags
from checks.kind import CHECKS
from core.errors import ArmProblem, shorten
from core.model import Asking, Gap
from core.policy import CheckPolicy, PluginTable, Policy
from core.policy.file import unknown
from handlers.notifying import NOTIFY
from handlers.orders import CheckList, CheckSpec, ListRequest
from handlers.services import Services
from plugins.config import config_problem
from plugins.definition import Broken, Definition
from plugins.kinds import Kind

__all__ = ["in_order", "list_checks"]

_log = logging.getLogger("patchgate")

_Found = Definition | Broken
T = TypeVar("T")


def list_checks(services: Services, request: ListRequest) -> CheckList:
    """What is in force before or after this run, and what is wrong with the list as a whole."""
    policy, gaps = _policy(services, request)
    known = services.checks
    gaps += tuple(_unknown(one, "checks") for one in unknown(policy, known))
    slips = unknown(policy, services.actions, "actions")
    gaps += tuple(_unknown(one, "actions") for one in slips)
    if services.checks_folder is None:
        gaps += (_no_folder(services.settings.checks_folder),)
    checks = tuple(
        _spec(found, policy, CHECKS)
        for found in known.values()
        if _is_asked(found, policy.of(found.name), request)
    )
    actions = tuple(
        _spec(found, policy, ACTIONS)
        for found in in_order(services.actions, policy, "actions")
        if _is_asked(found, policy.of(found.name, "actions"), request)
    )
    notices, warnings = _notices(services, policy)
    if any(spec.asking.isolation == "process" for spec in checks):
        _warm(services)
    return CheckList(
        policy=policy,
        checks=checks,
        actions=tuple(spec for spec in actions if spec.name != NOTIFY),
        gaps=gaps,
        notices=notices,
        warnings=warnings,
    )


def _notices(services: Services, policy: Policy) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """The config of the action that tells people, before and after a run.

    It has no say in anything, so when it is on and cannot be used, that is a warning and no gap.
    """
    found, rule = services.actions.get(NOTIFY), policy.of(NOTIFY, "actions")
    if found is None or not rule.enabled:
        return None, ()
    if (problem := _spec(found, policy, ACTIONS).problem) is not None:
        return None, (f"nobody is told anything: {problem}",)
    return rule.config, ()


def in_order(known: Mapping[str, _Found], policy: Policy, table: PluginTable) -> list[_Found]:
    """Actions as the policy file names them, which is how they are done; checks as they are."""
    named = [name for name in policy.actions if name in known] if table == "actions" else []
    return [known[name] for name in dict.fromkeys((*named, *known))]


def _warm(services: Services) -> None:
    """Processes for checks need a moment to load them: begin while machines are looked for."""
    try:
        services.nursery.warm()
    except OSError as error:  # whoever is asked says so, as an UNKNOWN
        _log.warning("no process for checks can be started: %s", shorten(str(error)))


def _policy(services: Services, request: ListRequest) -> tuple[Policy, tuple[Gap, ...]]:
    """The policy with its blocks that go by tags; without them, and a gap, if those are unknown."""
    if request.by_tags is None:
        return request.policy, ()
    try:
        tags = configuration_tags(services.graph, request.configuration, request.until)
    except ArmProblem as problem:
        gap = Gap(
            subject=request.by_tags.name,
            problem=f"blocks of it go by tags, and {problem}",
            remedy="grant the app's identity Reader on the maintenance configuration",
            kind="unknown",
        )
        return request.policy, (gap,)
    return request.by_tags.of(request.configuration, tags), ()


def _unknown(sentence: str, table: PluginTable) -> Gap:
    """A slip in a name must not switch a check off in silence."""
    return Gap(
        subject="gate.toml",
        problem=sentence,
        remedy=f"mend the name; `patchgate {table} list` has them all",
        kind="unknown",
    )


def _no_folder(name: str) -> Gap:
    return Gap(
        subject="checks",
        problem=f"there is no folder {shorten(name)!r}, so no check of yours is in force",
        remedy="deploy it, if need be without a check, or mend PATCHGATE_CHECKS_FOLDER",
        kind="unknown",
    )


def _is_asked(found: _Found, rule: CheckPolicy, request: ListRequest) -> bool:
    """Nobody can say of a broken one when it is asked: so it is, each time."""
    enabled = rule.enabled
    if isinstance(found, Broken):
        return enabled is not False
    options = found.options
    return options.when == request.when and (options.enabled if enabled is None else enabled)


def _spec(found: _Found, policy: Policy, kind: Kind) -> CheckSpec:
    rule = policy.of(found.name, kind.table)
    if isinstance(found, Broken):
        return CheckSpec(
            name=found.name,
            title="(cannot be loaded)",
            scope="run",
            origin=found.origin,
            required=not rule.advisory,
            on_unknown=rule.on_unknown or policy.on_unknown or "cancel",
            problem=f"{found.origin}: {found.problem}",
            kind=kind.word,
        )
    options, problem = found.options, _problem(found, policy)
    return CheckSpec(
        name=found.name,
        title=found.title,
        # What cannot be asked is not asked about any machine.
        scope="run" if problem else found.scope,
        origin=found.origin,
        required=not _chosen(rule.advisory, options.advisory),
        on_unknown=rule.on_unknown or policy.on_unknown or options.on_unknown,
        asking=_asking(found, rule),
        problem=problem,
        kind=kind.word,
        undoes=found.undo is not None,
    )


def _asking(found: Definition, rule: CheckPolicy) -> Asking:
    options = found.options
    return Asking(
        timeout=_chosen(rule.timeout, options.timeout),
        patience=_chosen(rule.patience, options.patience),
        every=_chosen(rule.every, options.every),
        isolation=_chosen(rule.isolation, options.isolation),
        memory=_chosen(rule.memory, options.memory),
    )


def _chosen(site: T | None, author: T) -> T:
    """The site's word, or else the author's."""
    return author if site is None else site


def _problem(found: Definition, policy: Policy) -> str | None:
    """Why the check cannot be asked; None if it can."""
    if policy.problem is not None:
        return "the policy file cannot be used, so nobody knows what it would say of it"
    return config_problem(found, policy)
