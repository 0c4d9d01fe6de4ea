"""What `patchgate preview` does: when, which machines, what the checks say."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import typer

from cli.azure.assignments import Assigned, Scopes, assigned_machines, scopes_of
from cli.azure.changes import changed_too_late
from cli.azure.coming import coming_runs
from cli.azure.connection import Connection, connect
from cli.azure.reaching import reach
from cli.azure.schedule import Occurrence, Window
from cli.exit_codes import DONE, NO
from cli.options import configuration_in
from cli.output import console, only_checks_talk, refuse
from cli.plugins.site import Wanted as SiteWanted
from cli.plugins.site import open_site
from cli.preview.graph import AheadGraph
from cli.preview.judging import Ahead, acted_first, judge, rules_for
from cli.preview.showing import Preview, as_json, told
from cli.project import project_root
from cli.waiting import waiting
from core.ids import ConfigurationId, RunId
from core.timeline import FROZEN
from handlers.services import Services

__all__ = ["Wanted", "run_preview"]

_LONGEST = timedelta(hours=3, minutes=55)  # published: the longest window of guest patching


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line says. `timeout` is in seconds, for all checks together."""

    configuration: str
    timeout: int = 60
    arm: str | None = None
    as_json: bool = False


def run_preview(wanted: Wanted, *, azure: Connection | None = None) -> int:
    """Preview it, and answer the exit code. `azure` in place of the one that `arm` is."""
    id_ = configuration_in(wanted.configuration)
    azure = azure or connect(wanted.arm)
    only_checks_talk()
    services = Services(settings=azure.settings, root=project_root(Path.cwd()), clock=azure.clock)
    open_site(SiteWanted(configuration=str(id_)), services)
    with waiting("looking at the schedule and its machines"):
        reach(azure, "look at the schedule")
        window, coming, notes = _next(azure, id_)
        scopes, assigned = _machines(azure, id_)
    ahead = _ahead(azure, wanted, id_, coming, assigned)
    services.graph = AheadGraph(azure, ahead.run, assigned.machines)
    try:
        with waiting("asking the checks"), contextlib.redirect_stdout(sys.stderr):
            rules = rules_for(services, ahead)
            report = judge(services, ahead, rules)
    finally:
        services.nursery.close()
    shown = Preview(
        configuration=id_,
        window=window,
        coming=coming,
        scopes=scopes,
        assigned=assigned,
        report=replace(report, warnings=(*notes, *report.warnings)),
        first=acted_first(rules),
    )
    if wanted.as_json:
        typer.echo(json.dumps(as_json(shown), indent=2, ensure_ascii=False))
    else:
        console().print(told(shown))
    return NO if report.decision.cancels else DONE


def _next(azure: Connection, id_: ConfigurationId) -> tuple[Window, Occurrence, tuple[str, ...]]:
    """The next run, and what is to be said of it if it is near."""
    found = coming_runs(azure, id_, 1)
    if not found.runs:
        refuse(f"{id_.name} has no next run: its schedule has expired", code=NO)
    coming = found.runs[0]
    return found.window, coming, tuple(_near(coming, found.now, found.changed))


def _near(coming: Occurrence, now: datetime, changed: datetime | None) -> Iterator[str]:
    if now >= coming.start - FROZEN:
        yield "it is so near that its machines are frozen: patchgate runs machines has them"
    if changed_too_late(changed, coming.start):
        yield "the schedule was changed less than 40 minutes before: the system will cancel it"


def _machines(azure: Connection, id_: ConfigurationId) -> tuple[Scopes, Assigned]:
    scopes = scopes_of(azure.graph, id_, azure.soon())
    return scopes, assigned_machines(azure.graph, scopes, azure.soon())


def _ahead(
    azure: Connection, wanted: Wanted, id_: ConfigurationId, coming: Occurrence, assigned: Assigned
) -> Ahead:
    return Ahead(
        run=RunId(configuration=id_, name=f"{coming.start:%Y%m%d%H%M%S}"),
        start=coming.start,
        end=coming.end or coming.start + _LONGEST,
        assigned=assigned,
        by=azure.clock.now() + timedelta(seconds=wanted.timeout),
    )
