"""What `patchgate permissions` does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import typer
from rich.text import Text

from cli.azure.connection import connect
from cli.exit_codes import BAD_INPUT, DONE, NO
from cli.options import configuration_in
from cli.output import console, refuse
from cli.permissions.comparing import Compared, compare
from cli.permissions.roles import Role, actor, as_bicep, as_json, roles
from cli.plugins.in_force import is_on
from cli.plugins.site import Site, open_site
from cli.plugins.site import Wanted as SiteWanted
from core.errors import BadId
from core.ids import ConfigurationId, subscription_id
from core.policy import PluginTable, Policy
from plugins.definition import Definition

__all__ = ["Wanted", "run_permissions"]

_NOWHERE = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line says."""

    configuration: str | None = None
    subscriptions: tuple[str, ...] = ()
    only: str | None = None
    bicep: bool = False
    compare: bool = False
    principal: str | None = None
    arm: str | None = None
    as_json: bool = False


def run_permissions(wanted: Wanted) -> int:
    """Print the roles, or how an identity compares; answer the exit code."""
    configuration = configuration_in(wanted.configuration) if wanted.configuration else None
    if wanted.compare and configuration is None:
        refuse("--compare needs --configuration ID: rights are had somewhere", code=BAD_INPUT)
    principal = None if wanted.principal is None else _guid(wanted.principal, "object id")
    chosen = _chosen(wanted, configuration)
    if not wanted.compare:
        _print(wanted, chosen)
        return DONE
    compared = compare(connect(wanted.arm), chosen, principal)
    if wanted.as_json:
        typer.echo(json.dumps([_told(one) for one in compared], indent=2))
    else:
        _print_compared(compared, principal or "whoever is signed in")
    return NO if any(one.missing for one in compared) else DONE


def _chosen(wanted: Wanted, configuration: ConfigurationId | None) -> tuple[Role, ...]:
    own = configuration.subscription.lower() if configuration else _NOWHERE
    named = configuration.resource_group if configuration else "RESOURCE-GROUP"
    subscriptions = [_guid(text, "subscription id") for text in wanted.subscriptions] or [own]
    site = open_site(SiteWanted(configuration=wanted.configuration))
    policies = (site.policy,) if configuration else tuple(site.file.each())
    both = roles(
        _needs(site, "checks", policies),
        group=f"/subscriptions/{own}/resourceGroups/{named}",
        subscriptions=subscriptions,
    )
    third = actor(_needs(site, "actions", policies), subscriptions=subscriptions)
    chosen = tuple(
        role
        for role in (*both, *((third,) if third.actions else ()))
        if wanted.only is None or role.name.lower().endswith(wanted.only)
    )
    if not chosen:
        refuse("no action is on, so nothing has to be allowed for one", code=BAD_INPUT)
    return chosen


def _guid(text: str, what: str) -> str:
    try:
        return subscription_id(text, what)
    except BadId as error:
        refuse(str(error), code=BAD_INPUT)


def _needs(site: Site, table: PluginTable, policies: Sequence[Policy]) -> Iterator[str]:
    """What the checks, or actions, declare that are on under one of the policies."""
    for found in site.found[table].values():
        if isinstance(found, Definition) and any(is_on(found, one, table) for one in policies):
            yield from found.options.needs


def _print(wanted: Wanted, chosen: tuple[Role, ...]) -> None:
    if wanted.as_json:
        typer.echo(json.dumps([json.loads(as_json(role)) for role in chosen], indent=2))
        return
    write = as_bicep if wanted.bicep else as_json
    if wanted.only is not None:
        typer.echo(write(chosen[0]).rstrip("\n"))
        return
    out = console()
    for role in chosen:
        out.print(Text(role.name, style="bold"), Text(f"assign it on {', '.join(role.scopes)}"))
        typer.echo(write(role))
    out.print(Text("One role alone, for a file: --role canceller, --role reader", style="dim"))


def _print_compared(compared: tuple[Compared, ...], who: str) -> None:
    out = console()
    for one in compared:
        lacks = bool(one.missing)
        mark = Text("✗ ", style="red") if lacks else Text("✓ ", style="green")
        said = "lacks" if lacks else "has everything of"
        out.print(mark + Text(f"{who} {said} {one.role.name} on {one.scope}"))
        for action in one.missing:
            out.print(Text(f"    {action}"))


def _told(one: Compared) -> dict[str, object]:
    return {"role": one.role.name, "scope": one.scope, "missing": list(one.missing)}
