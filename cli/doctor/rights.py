"""Questions about rights: may whoever runs the gate read what it must, and cancel?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from cli.azure.rights import permissions_of, permissions_of_us
from cli.doctor.facts import Facts, Who
from cli.doctor.finding import Finding, Unanswered, asking, failure, granting, ok, warning
from cli.permissions.roles import Role, actor, roles
from cli.plugins.in_force import is_on
from core.errors import BadId
from core.ids import subscription_id
from core.policy import PluginTable
from core.rights import missing
from plugins.definition import Definition

__all__ = ["rights_of_actions", "rights_on_configurations", "rights_on_machines"]


def rights_on_configurations(question: str, facts: Facts) -> Finding:
    """It may cancel a run, and read it."""
    own = facts.id.subscription
    canceller, _ = roles((), group=_group(facts), subscriptions=[own])
    return _compared(question, facts, canceller)


def rights_on_machines(question: str, facts: Facts) -> Finding:
    """It may read machines, and what the checks need, in every subscription with machines."""
    scopes = facts.scopes.get()
    if scopes.gaps and not scopes.subscriptions:
        gap = scopes.gaps[0]
        says = f"where the machines are is not known: {gap.problem}"
        return failure(question, says, gap.remedy)
    _, reader = roles(
        _needs(facts, "checks"), group=_group(facts), subscriptions=scopes.subscriptions
    )
    found = _compared(question, facts, reader)
    if facts.site is None and found.state == "ok":
        says = f"{found.says}; what the checks need besides is not known, since they are not loaded"
        return warning(question, says, "patchgate checks list")
    return found


def rights_of_actions(question: str, facts: Facts) -> Finding:
    """It may do what the actions need, in every subscription with machines."""
    if facts.site is None:
        says = "what the actions need is not known, since they are not loaded"
        return warning(question, says, "patchgate actions list")
    needs = tuple(_needs(facts, "actions"))
    if not needs:
        return ok(question, "no action is on that needs any")
    return _compared(question, facts, actor(needs, subscriptions=facts.scopes.get().subscriptions))


def _compared(question: str, facts: Facts, role: Role) -> Finding:
    who = facts.who.get()
    name = "whoever is signed in here" if who.principal is None else "the app's identity"
    lacks = {scope: lost for scope in role.scopes if (lost := _missing(facts, role, scope, who))}
    if lacks:
        each = "; ".join(f"{', '.join(lost)} on {scope}" for scope, lost in lacks.items())
        says = f"{name} lacks {each}"
        return failure(question, says, " && ".join(_grants(facts, role, who, tuple(lacks))))
    says = f"{name} has all of {role.name} on {', '.join(role.scopes)}"
    if who.principal is None:
        unsure = f"{says}; the app's identity is not known: {who.why}"
        mend = f"patchgate permissions {facts.option} --compare --principal OBJECT_ID"
        return warning(question, unsure, mend)
    return ok(question, says)


def _missing(facts: Facts, role: Role, scope: str, who: Who) -> tuple[str, ...]:
    # The listing of role assignments is a right that most roles have, of permissions every one.
    with asking(f"read what is allowed on {scope}", role="Reader", scope=scope):
        if who.principal is None:
            granted = permissions_of_us(facts.azure, scope)
        else:
            granted = permissions_of(facts.azure, scope, _principal(who.principal))
    return missing(role.actions, granted)


def _principal(text: str) -> str:
    try:
        return subscription_id(text, "object id of the app's identity")
    except BadId as error:
        raise Unanswered(str(error), "try again") from error


def _grants(facts: Facts, role: Role, who: Who, scopes: tuple[str, ...]) -> Iterator[str]:
    """The role is defined first, and then given on each scope that lacks it."""
    short = role.name.split()[-1].lower()
    file = f"{short}.json"
    subscriptions = dict.fromkeys(scope.split("/")[2] for scope in role.scopes)
    where = list(chain.from_iterable(("--subscription", one) for one in subscriptions))
    extra = "" if short == "canceller" else f" {' '.join(where)}"
    yield f"patchgate permissions {facts.option} --role {short}{extra} > {file}"
    yield f"az role definition create --role-definition @{file}"
    to = "--assignee YOU"
    if who.principal is not None:
        to = f"--assignee-object-id {who.principal} --assignee-principal-type ServicePrincipal"
    for scope in scopes:
        yield granting(role.name, scope, to)


def _needs(facts: Facts, table: PluginTable) -> Iterator[str]:
    """What the checks, or the actions, declare that are on for this configuration."""
    site = facts.site
    if site is None:
        return
    for found in site.found[table].values():
        if isinstance(found, Definition) and is_on(found, site.policy, table):
            yield from found.options.needs


def _group(facts: Facts) -> str:
    return f"/subscriptions/{facts.id.subscription}/resourceGroups/{facts.id.resource_group}"
