"""What `patchgate timeline` does: find out which run is meant, and show its times."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import typer

from cli.azure.coming import coming_runs
from cli.azure.connection import connect
from cli.azure.reaching import reach
from cli.event_file import read_event
from cli.exit_codes import BAD_INPUT, DONE, NO
from cli.options import configuration_in
from cli.output import console, refuse
from cli.project import project_root
from cli.timeline.moments import planned
from cli.timeline.showing import Next, Shown, as_json, next_told, told
from cli.timeline.zones import zone_in
from cli.waiting import waiting
from core.errors import BadEvent, BadPolicy, BadSettings, shorten
from core.ids import ConfigurationId
from core.model import PreMaintenanceEvent
from core.policy import Policy
from core.settings import Settings
from handlers.events import parse_event
from handlers.services import Services

__all__ = ["Wanted", "reserve_for", "run_timeline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line says."""

    of: str | None = None
    configuration: str | None = None
    count: int = 5
    zone: str | None = None
    arm: str | None = None
    as_json: bool = False


def run_timeline(wanted: Wanted) -> int:
    """Show the times, and answer the exit code."""
    if (wanted.of is None) == (wanted.configuration is None):
        refuse("say one: a START, the file of an event, or --configuration ID", code=BAD_INPUT)
    zone = zone_in(wanted.zone)
    if wanted.configuration is not None:
        return _of_configuration(wanted, configuration_in(wanted.configuration), zone)
    now = datetime.now(UTC)
    run = _of_start(wanted.of or "", zone, now) or _of_event(Path(wanted.of or ""), zone, now)
    if wanted.as_json:
        typer.echo(json.dumps(as_json(run), indent=2))
    else:
        console().print(told(run))
    return DONE


def _of_start(text: str, zone: tzinfo | None, now: datetime) -> Shown | None:
    """The run that starts then; None for a text that is no moment."""
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 2000 <= start.year < 2200:
        refuse(f"{shorten(text, 40)}: a run starts in a year from 2000 to 2199", code=BAD_INPUT)
    if start.tzinfo is None:
        start = start.replace(tzinfo=zone) if zone is not None else start.astimezone()
    reserve, notes = reserve_for(None)
    line = planned(start.astimezone(UTC), now=now, reserve=reserve)
    return Shown(timeline=line, now=now, zone=zone, notes=notes)


def _of_event(path: Path, zone: tzinfo | None, now: datetime) -> Shown:
    """The run of the event in that file, at its own times."""
    event = _event_in(path)
    reserve, notes = reserve_for(event.configuration)
    line = planned(
        event.start, now=event.event_time, reserve=reserve, cut_off=event.cancellation_cut_off
    )
    return Shown(timeline=line, now=now, zone=zone, end=event.end, run=str(event.run), notes=notes)


def _event_in(path: Path) -> PreMaintenanceEvent:
    try:
        event = parse_event(read_event(path.read_bytes()))
    except FileNotFoundError:
        refuse(
            f"{shorten(str(path), 80)!r} is neither a start, such as 2026-11-28T03:00Z,"
            " nor a file that is there",
            code=BAD_INPUT,
        )
    except OSError as error:
        refuse(f"{path} cannot be read: {error.strerror}", code=BAD_INPUT)
    except BadEvent as error:
        refuse(f"{path}: {shorten(str(error), 600)}", code=BAD_INPUT)
    if not isinstance(event, PreMaintenanceEvent):
        refuse(f"{path} holds a post event: give the run's pre event, or its start", code=BAD_INPUT)
    return event


def _of_configuration(wanted: Wanted, id_: ConfigurationId, zone: tzinfo | None) -> int:
    azure = connect(wanted.arm)
    with waiting(f"reading {id_.name}"):
        reach(azure, "read the configuration")
        found = coming_runs(azure, id_, wanted.count)
    window, coming, now = found.window, found.runs, found.now
    reserve, notes = reserve_for(id_)
    shown = Next(
        configuration=id_,
        window=window,
        changed=found.changed,
        coming=coming,
        now=now,
        zone=zone or window.zone,
        notes=(*window.doubts, *notes),
    )
    if coming:
        line = planned(coming[0].start, now=now, reserve=reserve)
        first = Shown(timeline=line, now=now, zone=shown.zone, end=coming[0].end)
        shown = replace(shown, first=first)
    if wanted.as_json:
        typer.echo(json.dumps(as_json(shown), indent=2))
    else:
        console().print(next_told(shown))
    return DONE if coming else NO


def reserve_for(configuration: ConfigurationId | None) -> tuple[timedelta, tuple[str, ...]]:
    """The cancel call's own time, as the policy says, and what is to be said of that."""
    try:
        settings = Settings.from_environment({})
        services = Services(settings=settings, root=project_root(Path.cwd()))
        file = services.policy_file()
        policy = file.each()[0] if configuration is None else file.of(configuration)
    except (BadPolicy, BadSettings) as error:
        note = f"the policy cannot be used, so the default reserve is shown: {shorten(str(error))}"
        return timedelta(seconds=Policy().reserve), (note,)
    return timedelta(seconds=policy.reserve), ()
